import Testing

@testable import Config

@Suite struct TableTests {
    @Test(arguments: KeyTable.keys.filter { $0.list == nil && $0.elementOf == nil }.map(\.path))
    func `the default of every key is in its range`(path: String) throws {
        let key = try #require(KeyTable.keys.first { $0.path == path })
        let text = key.defaultText ?? key.example?.file ?? ""
        var configuration = Configuration(scannerID: "")
        #expect(key.assign(Scalar(text: text, isPlain: true), to: &configuration) == nil)
        #expect(configuration == Configuration(scannerID: key.example == nil ? "" : text))
    }

    @Test func `every key of an element is required or says what leaving it out means`() {
        for key in KeyTable.keys where key.elementOf != nil {
            #expect((key.example == nil) != (key.absence == nil), "\(key.path)")
            #expect(key.defaultText == nil)
            if let absence = key.absence, absence.contains(".") { #expect(Schema.isKnown(absence), "\(key.path)") }
        }
    }

    @Test func `a list's elements follow it and begin with a required key`() {
        for (row, key) in KeyTable.keys.enumerated() {
            guard let list = key.list else { continue }
            let first = KeyTable.keys[row + 1]
            #expect(first.elementOf == key.path[...] && first.example != nil)
            #expect(!list.example.isEmpty && list.example.allSatisfy { $0[0].hasPrefix("\(first.name): ") })
            #expect(key.defaultText == "[]" && list.maximum > 0)
            var configuration = Configuration(scannerID: "")
            list.append(&configuration)
            #expect(list.count(configuration) == 1 && !key.isSame(configuration, Configuration(scannerID: "")))
            #expect(key.text(in: configuration) == nil)
            #expect(key.assign(Scalar(text: "x", isPlain: true), to: &configuration) == key.allowed)
        }
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
            for list in KeyTable.keys.compactMap(\.list) { list.append(&configuration) }
            let before = configuration
            let refused = key.assign(Scalar(text: "\u{1}", isPlain: true), to: &configuration)
            #expect((refused == nil) == ["mqtt.broker.password", "filters.rules[].name"].contains(key.path), "\(key.path)")
            if refused != nil { #expect(configuration == before) }
        }
    }
}
