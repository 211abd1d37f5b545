import Foundation
import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct EnvironmentTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/blemqttd-environment-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    private func clean() { try? FileManager.default.removeItem(atPath: directory) }

    private var main: String { directory + "/config.yaml" }

    private func load(_ variables: [String: String]) throws(ConfigurationErrors) -> LoadedConfiguration {
        try Configuration.read(path: main, environment: variables.map { ($0.key, Array($0.value.utf8)) })
    }

    private func refusal(_ variables: [String: String]) -> String {
        do throws(ConfigurationErrors) {
            _ = try load(variables)
            return "accepted"
        } catch {
            return error.description
        }
    }

    /// Of the keys that have a variable.
    private static let keys = tableKeys.filter { $0.elementOf == nil && !$0.isSecret && !$0.holdsSecrets }

    @Test func `no two keys have the same variable, and none has one that Kubernetes or Docker makes`() {
        let names = tableKeys.filter { $0.elementOf == nil }.map { tableSchema.outline.variable(of: $0.path) }
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(name.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }, "\(name)")
            #expect(tableSchema.outline.meaning(ofVariable: name, Array("tcp://10.0.0.1:1883".utf8)) != nil, "\(name)")
        }
    }

    @Test(arguments: keys.map(\.path))
    func `each key but secrets can be set by its variable alone`(path: String) throws {
        defer { clean() }
        let key = try #require(tableKeys.first { $0.path == path })
        let name = "BLEMQTTD_" + path.uppercased().replacing(".", with: "_")
        let row = try #require(tableKeys.firstIndex { $0.path == path })
        #expect(tableSchema.outline.meaning(ofVariable: name, []) == (key.list == nil ? .value(row: row) : .list(row: row)))
        let value = key.defaultText ?? key.example?.file ?? ""
        // TLS that is neither on nor off is a mistake beside what belongs to it.
        var variables = ["BLEMQTTD_SCANNER_ID": "scanner-01", "BLEMQTTD_MQTT_BROKER_TLS_ENABLED": "false"]
        variables[name] = value
        let loaded = try load(variables)
        #expect(loaded.configuration == Configuration(scannerID: "scanner-01"))
        #expect(Set(loaded.sources) == Set(variables.keys))
    }

    @Test func `the environment counts more than config_d, and that more than the file`() throws {
        defer { clean() }
        try "scanner_id: a\nmqtt: {broker: {host: one, port: 1}}\n".write(toFile: main, atomically: false, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: directory + "/config.d", withIntermediateDirectories: true)
        try "stats: {interval: 7}\nmqtt: {broker: {host: two}}\n".write(
            toFile: directory + "/config.d/a.yaml", atomically: false, encoding: .utf8)
        let loaded = try load(["BLEMQTTD_MQTT_BROKER_HOST": "three", "BLEMQTTD_ADAPTERS": "[{adapter: hci1, mode: active}]", "PATH": "/bin"])
        #expect(loaded.configuration.broker == .init(host: "three", port: 1) && loaded.configuration.stats.intervalSeconds == 7)
        #expect(loaded.configuration.adapters.map(\.values.mode) == [.active])
        #expect(try load(["BLEMQTTD_ADAPTERS": ""]).configuration.adapters == [])
        let lines = loaded.printed().split(separator: "\n")
        #expect(lines.contains("    host: three  # BLEMQTTD_MQTT_BROKER_HOST") && lines.contains("    port: 1  # \(main):2"))
        #expect(lines.contains("adapters:  # BLEMQTTD_ADAPTERS") && lines.contains("  interval: 7  # \(directory)/config.d/a.yaml:1"))
        #expect(try parse(loaded.printed()) == loaded.configuration)
    }

    @Test func `values are taken as they are, whatever YAML would make of them`() throws {
        defer { clean() }
        let loaded = try load([
            "BLEMQTTD_SCANNER_ID": "007", "BLEMQTTD_MQTT_BROKER_USERNAME": "*a: #b", "BLEMQTTD_TOPIC_ADVERTISEMENT": "{mac}/x",
            "BLEMQTTD_MQTT_CLIENT_CLIENT_ID": "null",
        ])
        #expect(loaded.configuration.scannerID == "007" && loaded.configuration.broker.username == "*a: #b")
        #expect(loaded.configuration.topic.advertisement == "{mac}/x" && loaded.configuration.client.clientID == nil)
    }

    @Test func `a host name stands where its placeholder does, and prints say so`() throws {
        defer { clean() }
        func load(_ hostName: String, _ value: String) throws -> LoadedConfiguration {
            try Configuration.read(path: main, environment: [("BLEMQTTD_SCANNER_ID", Array(value.utf8))], hostName: hostName)
        }
        let loaded = try load("pi-07.lan", "{hostname}-up")
        #expect(loaded.configuration.scannerID == "pi-07-up")
        #expect(loaded.printed().hasPrefix("scanner_id: pi-07-up  # BLEMQTTD_SCANNER_ID, {hostname}-up\n"))
        #expect(try load("localhost", "attic").printed().hasPrefix("scanner_id: attic  # BLEMQTTD_SCANNER_ID\n"))
        // A later source wins whole: nothing of the placeholder remains.
        try "scanner_id: '{hostname}'\n".write(toFile: main, atomically: false, encoding: .utf8)
        #expect(try load("localhost", "attic").configuration == Configuration(scannerID: "attic"))
        #expect(throws: ConfigurationErrors.self) { try load("localhost", "{hostname}") }
        let own = try Configuration.read(path: main, environment: [], hostName: "pi-08")
        #expect(own.printed().hasPrefix("scanner_id: pi-08  # \(main):1, {hostname}\n"))
    }

    @Test(arguments: [
        ("BLEMQTTD_MQTT_BROKER_PORT", "0", "mqtt.broker.port: 0 is not allowed (a whole number, 1 to 65535)"),
        ("BLEMQTTD_MQTT_BROKER_PORT", "\"1883\"", "; the quotes belong to the value here, leave them out"),
        ("BLEMQTTD_STATS_INTERVAL", "", "stats.interval: an empty value is not allowed"),
        ("BLEMQTTD_ADAPTERS", "hci0", "adapters: hci0 is not allowed"),
        ("BLEMQTTD_SCANNER_WINDOW_MS", "200", "scanner.window_ms: 200 is not allowed (at most scanner.interval_ms, which is 100)"),
        ("BLEMQTTD_MQTT_BROKER_TLS_KEY", "-----BEGIN hunter2", "mqtt.broker.tls.key: ••• is not allowed"),
    ])
    func `a wrong value names its variable and its key`(name: String, value: String, message: String) {
        defer { clean() }
        let refusal = refusal(["BLEMQTTD_SCANNER_ID": "a", name: value])
        #expect(refusal.hasPrefix(name + ":") && refusal.contains(message) && !refusal.contains("hunter2"), "\(refusal)")
    }

    @Test(arguments: [
        ("BLEMQTTD_MQTT_HOST", "; did you mean BLEMQTTD_MQTT_BROKER_HOST?"), ("BLEMQTTD_SCANER_ID", "; did you mean BLEMQTTD_SCANNER_ID?"),
        ("BLEMQTTD_MQTT_BROKER_HOSTNAME", "; did you mean BLEMQTTD_MQTT_BROKER_HOST?"),
        ("BLEMQTTD_LOG_LEVEL", "; did you mean BLEMQTTD_LOGGING_LEVEL?"), ("BLEMQTTD_scanner_id", "; did you mean BLEMQTTD_SCANNER_ID?"),
        ("BLEMQTTD_QWERTZ", "(BLEMQTTD_ and the key's path in capitals, with _ for the point)"), ("BLEMQTTD_", "in capitals"),
        ("BLEMQTTD_ADAPTERS_0_MODE", "no key has this variable"),
    ])
    func `a variable that no key has is refused, with the one that was meant`(name: String, advice: String) {
        defer { clean() }
        let refusal = refusal(["BLEMQTTD_SCANNER_ID": "a", name: "hunter2"])
        #expect(refusal.hasPrefix("\(name): no key has this variable") && refusal.contains(advice), "\(refusal)")
        #expect(!refusal.contains("hunter2"))
    }

    @Test(arguments: [
        ("BLEMQTTD_MQTT_BROKER_PASSWORD", "/run/secrets/mqtt-password, and name that in BLEMQTTD_MQTT_BROKER_PASSWORD_FILE"),
        ("BLEMQTTD_MQTT_PASSWORD", "BLEMQTTD_MQTT_BROKER_PASSWORD_FILE"), ("BLEMQTTD_IDENTITIES", "write identities into a file of config.d"),
    ])
    func `a secret in the environment is refused, with the place for it`(name: String, advice: String) {
        defer { clean() }
        let refusal = refusal(["BLEMQTTD_SCANNER_ID": "a", "BLEMQTTD_MQTT_BROKER_USERNAME": "me", name: "hunter2"])
        #expect(refusal.hasPrefix("\(name): a secret does not go into the environment") && refusal.contains(advice), "\(refusal)")
        #expect(!refusal.contains("hunter2"))
    }

    @Test(arguments: [
        ("BLEMQTTD_SERVICE_HOST", "10.0.0.1"), ("BLEMQTTD_SERVICE_PORT", "80"), ("BLEMQTTD_SERVICE_PORT_METRICS", "80"),
        ("BLEMQTTD_PORT", "tcp://10.0.0.1:80"), ("BLEMQTTD_PORT_80_TCP", "tcp://10.0.0.1:80"), ("BLEMQTTD_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("BLEMQTTD_BROKER_SERVICE_HOST", "10.0.0.1"), ("BLEMQTTD_BROKER_PORT", "tcp://10.0.0.1:1883"),
        ("BLEMQTTD_BROKER_PORT_1883_TCP_PROTO", "tcp"), ("BLEMQTTD_NAME", "/a/blemqttd"), ("BLEMQTTD_ENV_TZ", "UTC"), ("BLEMQTTD", "x"),
    ])
    func `what Kubernetes and Docker say of a service of our name is not taken for a key`(name: String, value: String) throws {
        defer { clean() }
        #expect(try load(["BLEMQTTD_SCANNER_ID": "a", name: value]).sources == ["BLEMQTTD_SCANNER_ID"])
    }

    @Test func `the file is asked for only where nothing else is there`() {
        defer { clean() }
        #expect(refusal([:]).hasPrefix("\(main): no such file; make one with"))
        #expect(refusal(["BLEMQTTD_SERVICE_HOST": "10.0.0.1"]).hasPrefix("\(main): no such file"))
        #expect(refusal(["BLEMQTTD_STATS_INTERVAL": "5"]) == "\(main):1:1: scanner_id is required: add a line such as  scanner_id: living-room")
    }

    @Test func `a variable that is not UTF-8 is refused`() {
        defer { clean() }
        #expect(throws: ConfigurationErrors.self) {
            try Configuration.read(path: main, environment: [("BLEMQTTD_SCANNER_ID", Array("a".utf8)), ("BLEMQTTD_MQTT_BROKER_USERNAME", [0xFF])])
        }
    }
}
