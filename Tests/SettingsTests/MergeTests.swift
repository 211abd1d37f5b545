import Foundation
import Linux
import Testing

@testable import Settings
@testable import YAMLSchema

/// Several files that are one configuration.
@Suite struct MergeTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/blemqttd-merge-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    private func clean() { try? FileManager.default.removeItem(atPath: directory) }

    private var main: String { directory + "/config.yaml" }

    @discardableResult
    private func write(_ text: String, _ name: String, mode: mode_t = 0o600) throws -> String {
        let path = directory + "/" + name
        try FileManager.default.createDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path(), withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try #require(chmod(path, mode) == 0)
        return path
    }

    private func refusal() -> String {
        do throws(ConfigurationErrors) {
            _ = try Configuration.read(path: main)
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test func `files of config_d count more than the file beside it, the later more than the earlier, key by key`() throws {
        defer { clean() }
        try write("scanner_id: a\nmqtt: {broker: {host: one, port: 1}, client: {qos: 1}}\nstats: {interval: 7}\n", "config.yaml")
        try write("mqtt: {broker: {host: three}}\n", "config.d/20-b.yaml")
        try write("scanner_id: b\nmqtt: {broker: {host: two, port: 2}}\n", "config.d/10-a.yaml")
        let loaded = try Configuration.read(path: main)
        #expect(loaded.configuration.scannerID == "b" && loaded.configuration.stats.intervalSeconds == 7)
        #expect(loaded.configuration.broker == .init(host: "three", port: 2) && loaded.configuration.client.qos == 1)
        #expect(loaded.sources == [main, "\(directory)/config.d/10-a.yaml", "\(directory)/config.d/20-b.yaml"])
        #expect(try Configuration.read(path: main).configuration == loaded.configuration)
    }

    @Test func `a name that the package's own file leaves blank may be given by another`() throws {
        defer { clean() }
        try write("scanner_id:\nmqtt: {broker: {host: pi}}\n", "config.yaml")
        #expect(refusal().hasPrefix("\(main):1:12: scanner_id: an empty value is not allowed ("))
        let path = try write("scanner_id: attic\n", "config.d/10-first-boot.yaml")
        let loaded = try Configuration.read(path: main)
        #expect(loaded.configuration.scannerID == "attic" && loaded.printed().hasPrefix("scanner_id: attic  # \(path):1\n"))
        let variable = try Configuration.read(path: main, environment: [("BLEMQTTD_SCANNER_ID", Array("cellar".utf8))])
        #expect(variable.configuration.scannerID == "cellar")
        // What counts is the last word: a blank behind a name is a mistake, and so is another mistake before it.
        try write("scanner_id:\n", "config.d/20-later.yaml")
        #expect(refusal().contains("20-later.yaml:1:12: scanner_id: an empty value is not allowed ("))
        try write("scanner_id: ''\n", "config.yaml")
        try write("scanner_id: attic\n", "config.d/20-later.yaml")
        #expect(refusal().hasPrefix("\(main):1:13: scanner_id: \"\" is not allowed ("))
    }

    @Test func `a list of a later file stands in place of an earlier one's, as a whole`() throws {
        let rule = "filters: {rules: [{action: deny, rssi_below: -90}, {action: deny, rssi_below: -80}]}\n"
        func merged(_ later: String) throws -> Configuration {
            try Configuration.parse(files: [("a", Array(("scanner_id: a\n" + rule).utf8)), ("b", Array(later.utf8))])
        }
        #expect(try merged("filters: {rules: [{action: allow, rssi_min: -50}]}").filters.rules.map(\.rssiMin) == [-50])
        #expect(try merged("filters: {rules: []}").filters.rules == [])
        #expect(try merged("filters: {default: deny}").filters.rules.count == 2)
        let adapters = try Configuration.parse(files: [
            ("a", Array("scanner_id: a\nadapters: [{adapter: hci0}, {adapter: hci1}]\n".utf8)), ("b", Array("adapters: [{adapter: hci1}]\n".utf8)),
        ])
        #expect(adapters.adapters == [Partial(.index(1))])
    }

    @Test func `every mistake is told with the file and the line that it is in`() throws {
        defer { clean() }
        try write("scanner_id: a b\n", "config.yaml")
        try write("# remark\nstats: {interval: 0}\nwrong: 1\n", "config.d/10-a.yaml")
        try write("filters: {rules: [{action: x}]}\n", "config.d/20-b.yaml")
        let lines = refusal().split(separator: "\n").filter { $0.hasPrefix(directory) }
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("\(main):1:13: scanner_id: a b is not allowed"))
        #expect(lines[1].hasPrefix("\(directory)/config.d/10-a.yaml:2:19: stats.interval: 0 is not allowed"))
        #expect(lines[2].hasPrefix("\(directory)/config.d/10-a.yaml:3:1: wrong: unknown key"))
        #expect(lines[3].hasPrefix("\(directory)/config.d/20-b.yaml:1:28: filters.rules[0].action: x is not allowed"))
        #expect(refusal().contains("    2 | stats: {interval: 0}\n"))
    }

    @Test func `what two files say together is judged, where the later says it`() throws {
        defer { clean() }
        try write("scanner_id: a\nscanner: {interval_ms: 50, window_ms: 50}\n", "config.yaml")
        try write("scanner: {window_ms: 60}\n", "config.d/a.yaml")
        #expect(refusal().hasPrefix("\(directory)/config.d/a.yaml:1:22: scanner.window_ms: 60 is not allowed (at most scanner.interval_ms, which is 50)"))
        try write("scanner: {interval_ms: 60}\n", "config.d/b.yaml")
        #expect(refusal() == "accepted")
    }

    @Test func `a key may stand once in each file and not twice in one`() throws {
        let twice = "stats: {interval: 5}\nstats: {interval: 6}\n"
        #expect(throws: ConfigurationErrors.self) { try Configuration.parse(files: [("a", Array("scanner_id: a\n".utf8)), ("b", Array(twice.utf8))]) }
    }

    @Test func `the file may be missing where config_d has one, and asks for what is required`() throws {
        defer { clean() }
        #expect(refusal().hasPrefix("\(main): no such file; make one with"))
        try write("stats: {interval: 5}\n", "config.d/a.yaml")
        #expect(refusal() == "\(main):1:1: scanner_id is required: add a line such as  scanner_id: living-room")
        try write("scanner_id: b\n", "config.d/b.yaml")
        let loaded = try Configuration.read(path: main)
        #expect(loaded.configuration.scannerID == "b" && loaded.sources.count == 2)
    }

    @Test func `what editors and package managers leave in config_d is not read, and a name that is meant to be is refused`() throws {
        defer { clean() }
        try write("scanner_id: a\n", "config.yaml")
        for name in [".a.yaml.swp", ".a.yaml", "a.yaml~", "a.yaml.dpkg-old", "README"] { try write("wrong: 1\n", "config.d/\(name)") }
        #expect(try Configuration.read(path: main).sources == [main])
        let path = try write("stats: {interval: 5}\n", "config.d/a.yml")
        #expect(refusal() == "\(path): is not read, for its name ends in .yml; let it end in .yaml, or take the file away")
    }

    @Test func `config_d that is a file, or has a directory in it, is refused`() throws {
        defer { clean() }
        try write("scanner_id: a\n", "config.yaml")
        let path = try write("", "config.d")
        #expect(refusal() == "\(path): is not a directory; it is for files that are read after \(main)")
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path + "/x.yaml", withIntermediateDirectories: true)
        #expect(refusal().hasPrefix("\(path)/x.yaml: is a directory"))
    }

    @Test func `config_d of the working directory goes with a file that is named without a directory`() {
        #expect(DropIns.path(beside: "a.yaml") == "config.d" && DropIns.path(beside: "/a.yaml") == "/config.d")
    }

    @Test func `each file with a secret is private, whether its secret counts or not, and the others need not be`() throws {
        defer { clean() }
        try write("scanner_id: a\nmqtt: {broker: {username: me}}\n", "config.yaml", mode: 0o644)
        let first = try write("mqtt: {broker: {password: hunter2}}\n", "config.d/a.yaml")
        try write("mqtt: {broker: {password: hunter3}}\n", "config.d/b.yaml")
        #expect(try Configuration.read(path: main).configuration.broker.password == "hunter3")
        #expect(chmod(first, 0o644) == 0)
        #expect(refusal().hasPrefix("\(first): every user of this machine may read or change it (mode 644), and mqtt.broker.password is"))
    }

    @Test func `who is to read a configuration is told of each file and the directory, and which of them hold secrets`() throws {
        defer { clean() }
        try write("scanner_id: a\nmqtt: {broker: {username: me}}\n", "config.yaml")
        #expect(try Configuration.read(path: main).directory == nil)
        let secret = try write("mqtt: {broker: {password: 'hunter2'}}\n", "config.d/10-a.yaml")
        let open = try write("thinning: {interval: 5}\n", "config.d/20-b.yaml")
        let loaded = try Configuration.read(path: main)
        #expect(loaded.directory == directory + "/config.d")
        #expect(loaded.files == [.init(path: main, isSecret: false), .init(path: secret, isSecret: true), .init(path: open, isSecret: false)])
        #expect(loaded.warnings.map(\.file) == [open])
    }

    @Test func `no mistake in one file tells a secret of another`() throws {
        let message: String
        do throws(ConfigurationErrors) {
            _ = try Configuration.parse(files: [
                ("a", Array("scanner_id: a\nmqtt: {broker: {username: me, password: hunter2}}\n".utf8)),
                ("b", Array("mqtt: {broker: {password: hunter3, port: 0}}\n".utf8)),
            ])
            message = ""
        } catch {
            message = error.description
        }
        #expect(message.contains("mqtt.broker.port: 0 is not allowed") && !message.contains("hunter"))
    }

    @Test func `the print says where each value comes from that is not the default, and reads back`() throws {
        defer { clean() }
        try write("scanner_id: a\nstats: {interval: 60}\nmqtt:\n  broker: {host: one, tls: {enabled: true, system_ca: true}}\n", "config.yaml")
        try write("\nmqtt: {broker: {host: two}}\nfilters:\n  rules: [{action: deny, rssi_below: -90}]\n", "config.d/a.yaml")
        let loaded = try Configuration.read(path: main)
        let lines = loaded.printed().split(separator: "\n")
        #expect(lines.contains("scanner_id: a  # \(main):1") && lines.contains("    host: two  # \(directory)/config.d/a.yaml:2"))
        #expect(lines.contains("    port: 8883  # with TLS") && lines.contains("  rules:  # \(directory)/config.d/a.yaml:4"))
        #expect(lines.contains("  interval: 60") && lines.contains("    username: null"))
        #expect(lines.filter { $0.contains("#") }.count == 6)
        #expect(try parse(loaded.printed()) == loaded.configuration)
        #expect(loaded.configuration.printed().contains("#") == false)
    }
}
