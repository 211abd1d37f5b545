import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct TableTests {
    private static let schema = tableSchema

    @Test(arguments: tableKeys.filter { $0.list == nil && $0.elementOf == nil }.map(\.path))
    func `the default of every key is in its range`(path: String) throws {
        let row = try #require(Self.schema.outline.index(of: path))
        let key = tableKeys[row]
        let text = key.defaultText ?? key.example?.file ?? ""
        var configuration = Configuration(scannerID: "")
        #expect(configuration.assign(text, row) == nil)
        #expect(configuration == Configuration(scannerID: key.example == nil ? "" : text))
    }

    @Test func `every key of an element is required or says what leaving it out means`() {
        for key in tableKeys where key.elementOf != nil {
            #expect((key.example == nil) != (key.absence == nil), "\(key.path)")
            #expect(key.defaultText == nil)
            if let absence = key.absence, absence.contains(".") { #expect(Self.schema.outline.isKnown(absence), "\(key.path)") }
        }
    }

    @Test func `a list's elements follow it and begin with a required key`() {
        for (row, key) in tableKeys.enumerated() {
            guard let list = key.list else { continue }
            let first = tableKeys[row + 1]
            #expect(first.elementOf == key.path[...] && first.example != nil)
            #expect(!list.example.isEmpty && list.example.allSatisfy { $0[0].hasPrefix("\(first.name): ") })
            #expect(key.defaultText == "[]" && list.maximum > 0)
            var configuration = Configuration(scannerID: "")
            configuration.append(row)
            #expect(Self.schema.differences(Configuration(scannerID: ""), configuration).map(\.path) == [key.path])
            #expect(configuration.texts[row] == [nil] && configuration.texts[row + 1].count == 1)
            #expect(configuration.assign("x", row) == key.allowed)
        }
    }

    @Test func `paths occur once and keys of a section stand together`() {
        var seen: Set<String> = []
        var last = ""
        for key in tableKeys {
            if key.section != last { #expect(seen.insert(String(key.section)).inserted || key.section.isEmpty) }
            last = String(key.section)
        }
        #expect(Set(tableKeys.map(\.path)).count == tableKeys.count)
        #expect(tableKeys.allSatisfy { !Self.schema.outline.isSection($0.path) })
    }

    @Test func `help is whole sentences`() {
        for key in tableKeys {
            #expect(key.help.last == "." && key.help.first != " ", "\(key.path)")
        }
    }

    @Test func `a wrong value leaves the configuration as it was`() {
        for (row, key) in tableKeys.enumerated() {
            var configuration = Configuration(scannerID: "x")
            for (row, key) in tableKeys.enumerated() where key.list != nil { configuration.append(row) }
            let before = configuration
            let refused = configuration.assign("\u{1}", row)
            #expect((refused == nil) == ["mqtt.broker.password", "filters.rules[].name"].contains(key.path), "\(key.path)")
            if refused != nil { #expect(configuration == before) }
        }
    }
}
