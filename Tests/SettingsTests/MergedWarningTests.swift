import Testing

@testable import Settings
@testable import YAMLSchema

/// Warnings of a configuration that is read from several files and variables.
@Suite struct MergedWarningTests {
    private func warnings(_ files: [(name: String, text: String)], _ variables: [(String, String)] = []) throws -> [String] {
        var sources = Sources()
        for (name, text) in files { sources.append(name, Array(text.utf8)) }
        sources.append(environment: variables.map { (name: $0, value: Array($1.utf8)) }, tableSchema.outline)
        return try tableSchema.read(sources).warnings.map(\.description)
    }

    private func refusal(_ files: [(name: String, text: String)]) -> String {
        do throws(ConfigurationErrors) {
            _ = try Configuration.parse(files: files.map { ($0.name, Array($0.text.utf8)) })
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test func `a warning names the file and the line that it is in, and a variable`() throws {
        let found = try warnings(
            [("a", "scanner_id: a\nfilters: {default: deny}\n"), ("b", "# second\nmqtt:\n  client:\n    max_inflight: 20\n")],
            [("BLEMQTTD_THINNING_INTERVAL", "5")])
        #expect(
            found.map { $0.prefix { $0 != "\n" } } == [
                "a:2:20: warning: filters.default: deny publishes nothing at all, for there are no rules; add a rule with action: allow to filters.rules, or write default: allow",
                "b:4:19: warning: mqtt.client.max_inflight: without effect, for mqtt.client.qos is 0; set it to 1",
                "BLEMQTTD_THINNING_INTERVAL: warning: thinning.interval: without effect, for thinning.mode is off; add mode: interval beside it",
            ])
    }

    @Test func `a key that has an effect by what another file says is no warning`() throws {
        let (first, second) = ("scanner_id: a\nthinning: {interval: 5}\n", "thinning: {mode: interval}\n")
        #expect(try warnings([("a", first)]).count == 1)
        #expect(try warnings([("a", first), ("b", second)]).isEmpty)
        #expect(try warnings([("a", first)], [("BLEMQTTD_THINNING_MODE", "interval")]).isEmpty)
    }

    @Test func `what a value has lost is a warning where the value counts, and tells no secret of any file`() throws {
        let first = "scanner_id: a\nmqtt: {broker: {username: me}}\n"
        let second = "mqtt:\n  broker:\n    password: hunter2 # or hunter3\n"
        let found = try warnings([("a", first), ("b", second)])
        #expect(found.count == 1 && found[0].hasPrefix("b:3:15: warning: mqtt.broker.password: a comment begins at the #"))
        #expect(!found[0].contains("hunter"), "\(found[0])")
        #expect(try warnings([("a", first), ("b", second), ("c", "mqtt: {broker: {password: 'hunter4'}}\n")]).isEmpty)
        let rule = "filters:\n  rules:\n  - action: deny\n    name: \"a\\tb\"\n"
        #expect(try warnings([("a", first), ("b", rule)]).map { $0.prefix(7) } == ["b:4:13:"])
        #expect(try warnings([("a", first), ("b", rule), ("c", "filters: {rules: []}\n")]).isEmpty)
    }

    @Test func `what a value in a list has lost is a warning with its number, and a word with & or ! in front is refused there`() throws {
        let text = "scanner_id: a\nfilters:\n  rules:\n  - action: deny\n    name:\n    - good\n    - bad #1\n"
        #expect(try warnings([("a", text)]).map { $0.prefix { $0 != "\n" } } == [
            "a:7:11: warning: filters.rules[0].name[1]: a comment begins at the #, so the value ends before it; put quotes around what is the value: \"bad #1\""
        ])
        let anchor = refusal([("a", "scanner_id: a\nfilters: {rules: [{action: deny, name: [good, &bad]}]}\n")])
        #expect(anchor.hasPrefix("a:2:47: filters.rules[0].name[1]: an anchor is not allowed; "), "\(anchor)")
        let tag = refusal([("a", "scanner_id: a\nfilters: {rules: [{action: deny, name: [good, ! bad]}]}\n")])
        #expect(tag.hasPrefix("a:2:47: filters.rules[0].name[1]: a tag is not allowed; "), "\(tag)")
        let list = refusal([("a", "scanner_id: a\nfilters: {rules: [{action: deny, name: &all [good]}]}\n")])
        #expect(list.hasPrefix("a:2:40: filters.rules[0].name: an anchor is not allowed; "), "\(list)")
        #expect(!list.contains("begins with ["))
    }

    @Test func `what only looks right in a later file is told with its line`() {
        let first = "scanner_id: a\n# one\n# two\n"
        let colon = refusal([("a", first), ("b", "mqtt:\n  broker:\n    host:pi\n    port: 1883\n")])
        #expect(colon.hasPrefix("b:3:5: mqtt.broker: ") && colon.contains("a blank is missing after the colon of host: write  host: pi"), "\(colon)")
        #expect(!colon.contains("not valid YAML"), "told twice")
        #expect(refusal([("a", first), ("b", "mqtt:\n\u{A0}\u{A0}broker:\n")]).hasPrefix("b:2:1: a no-break space (U+00A0) stands where a line is indented"))
        let blank = refusal([("a", first), ("b", "mqtt:\n  broker:\n    port:\u{A0}1883\n")])
        #expect(blank.hasPrefix("b:3:") && blank.contains("which is no blank"), "\(blank)")
    }
}
