import Testing

@testable import Config

@Suite struct TableTests {
    @Test(arguments: KeyTable.keys.map(\.path))
    func `the default of every key is in its range`(path: String) throws {
        let key = try #require(KeyTable.keys.first { $0.path == path })
        let text = key.defaultText ?? key.example?.file ?? ""
        var configuration = Configuration(scannerID: "")
        #expect(key.assign(Scalar(text: text, isPlain: true), to: &configuration) == nil)
        #expect(configuration == Configuration(scannerID: key.example == nil ? "" : text))
    }

    @Test func `paths occur once and keys of a section stand together`() {
        var seen: Set<String> = []
        var last = ""
        for key in KeyTable.keys {
            if key.section != last { #expect(seen.insert(String(key.section)).inserted || key.section.isEmpty) }
            last = String(key.section)
        }
        #expect(Set(KeyTable.keys.map(\.path)).count == KeyTable.keys.count)
        #expect(KeyTable.keys.allSatisfy { !Schema.isSection($0.path) })
    }

    @Test func `help is whole sentences`() {
        for key in KeyTable.keys {
            #expect(key.help.last == "." && key.help.first != " ", "\(key.path)")
        }
    }

    @Test func `a wrong value leaves the configuration as it was`() {
        for key in KeyTable.keys {
            var configuration = Configuration(scannerID: "x")
            let refused = key.assign(Scalar(text: "\u{1}", isPlain: true), to: &configuration)
            #expect((refused == nil) == (key.path == "mqtt.broker.password"), "\(key.path)")
            if refused != nil { #expect(configuration == Configuration(scannerID: "x")) }
        }
    }
}
