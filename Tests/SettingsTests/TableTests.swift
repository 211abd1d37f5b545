import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct TableTests {
    private static let schema = tableSchema
    private static let reader = Reader(schema)

    @Test(arguments: tableKeys.filter { $0.list == nil && $0.elementOf == nil }.map(\.path))
    func `the default of every key is in its range`(path: String) throws {
        let row = try #require(Self.schema.outline.index(of: path))
        let key = tableKeys[row]
        let text = key.defaultText ?? key.example?.file ?? ""
        var configuration = Configuration(scannerID: "")
        #expect(Self.reader.assign(Scalar(text: text, isPlain: true), row, to: &configuration) == nil)
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
            guard let list = key.list, let access = Self.schema.rows[row].list else { continue }
            let first = tableKeys[row + 1]
            #expect(first.elementOf == key.path[...] && first.example != nil)
            #expect(!list.example.isEmpty && list.example.allSatisfy { $0[0].hasPrefix("\(first.name): ") })
            #expect(key.defaultText == "[]" && list.maximum > 0)
            var configuration = Configuration(scannerID: "")
            access.append(&configuration)
            #expect(access.count(configuration) == 1 && !Self.schema.rows[row].isSame(configuration, Configuration(scannerID: "")))
            #expect(Self.schema.rows[row].text(in: configuration) == nil)
            #expect(Self.reader.assign(Scalar(text: "x", isPlain: true), row, to: &configuration) == key.allowed)
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
            for list in Self.schema.rows.compactMap(\.list) { list.append(&configuration) }
            let before = configuration
            let refused = Self.reader.assign(Scalar(text: "\u{1}", isPlain: true), row, to: &configuration)
            #expect((refused == nil) == ["mqtt.broker.password", "filters.rules[].name"].contains(key.path), "\(key.path)")
            if refused != nil { #expect(configuration == before) }
        }
    }
}
