import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("qos", "qso", 1), ("abc", "abc", 0), ("port", "prot", 1),
        ("ab", "ba", 1),
    ])
    func `distance counts changes and neighbouring swaps`(left: String, right: String, distance: Int) {
        #expect(Suggestion.distance(Array(left.utf8), Array(right.utf8)) == distance)
    }

    @Test(arguments: [
        ("brokr", "mqtt", ["mqtt.broker"]), ("HOST", "mqtt.broker", ["mqtt.broker.host"]),
        ("keep-alive", "mqtt.client", ["mqtt.client.keep_alive"]),
        ("qos", "", ["mqtt.client.qos", "status.qos"]), ("client", "", ["mqtt.client"]), ("adapter", "", ["scanner.adapter", "payload.adapter"]),
        ("scanerid", "", ["scanner_id"]), ("keepalive", "", ["mqtt.client.keep_alive"]),
        ("id", "scanner", ["scanner_id"]), ("mqtt.broker.host", "", ["mqtt.broker.host"]), ("broker_port", "mqtt", ["mqtt.broker.port"]),
        ("x", "", []), ("thermometer", "mqtt", []),
        (String(repeating: "q", count: 100), "", []),
    ])
    func `the nearest known key is offered`(name: String, section: String, paths: [String]) {
        #expect(tableSchema.outline.suggestions(for: name, in: section) == paths)
    }
}
