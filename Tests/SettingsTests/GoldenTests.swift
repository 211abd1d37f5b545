import Foundation
import Testing

@testable import Settings
@testable import YAMLSchema

/// Every `Golden/NN-name.yaml` is refused with the whole text of `Golden/NN-name.txt`. A first line `# host name: NAME` is the machine's.
@Suite struct GoldenTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path())) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    @Test func `there are at least a hundred and thirty wrong configurations`() {
        #expect(Self.names.count >= 130)
    }

    @Test(arguments: names)
    func `a wrong configuration is refused with its golden message`(name: String) throws {
        let yaml = try Data(contentsOf: Self.directory.appending(path: name + ".yaml"))
        let expected = try String(contentsOf: Self.directory.appending(path: name + ".txt"), encoding: .utf8)
        let message = refusal([UInt8](yaml), hostName: Self.hostName(yaml)) + "\n"
        #expect(message == expected)
    }

    private static func hostName(_ yaml: Data) -> String? {
        let line = String(decoding: yaml.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let prefix = "# host name:"
        return line.hasPrefix(prefix) ? line.dropFirst(prefix.count).trimmingCharacters(in: .whitespaces) : nil
    }

    @Test(arguments: names)
    func `no message tells a password or a key`(name: String) throws {
        let yaml = try Data(contentsOf: Self.directory.appending(path: name + ".yaml"))
        let message = refusal([UInt8](yaml), hostName: Self.hostName(yaml)).lowercased()
        for part in ["hunter", "ec0234a3", "ec:02:34", "0a397d9"] { #expect(!message.contains(part)) }
    }
}
