import Testing

@testable import Settings
@testable import YAMLSchema

/// Keys that are valid and do nothing, or too much.
@Suite struct EffectTests {
    private func messages(_ text: String) throws -> [String] {
        var messages: [String] = []
        _ = try Configuration.parse(Array(("scanner_id: attic\n" + text).utf8), name: "f", warn: { messages.append($0.message) })
        return messages
    }

    @Test(arguments: [
        ("thinning: {interval: 10}", "thinning.interval: without effect, for thinning.mode is off; add mode: interval beside it"),
        ("thinning: {keep_alive: 60}", "thinning.keep_alive: without effect, for thinning.mode is off; add mode: changes beside it"),
        ("thinning: {devices: 64}", "thinning.devices: without effect, for thinning.mode is off; add mode: interval or mode: changes beside it"),
        ("thinning: {mode: changes, interval: 5}", "thinning.interval: without effect, for thinning.mode is changes, and not interval"),
        (
            "filters: {default: deny}",
            "filters.default: deny publishes nothing at all, for there are no rules; add a rule with action: allow to filters.rules, or write default: allow"
        ),
        (
            "filters: {default: deny, rules: [{action: deny, rssi_below: -90}]}",
            "filters.default: deny publishes nothing at all, for no rule allows anything; add a rule with action: allow to filters.rules, or write default: allow"
        ),
        (
            "filters: {rules: [{action: allow, address: AA:BB:CC}]}",
            "filters.rules: without effect, for every rule allows, and filters.default allows the rest; add default: deny beside it"
        ),
        ("scanner: {mixed: {active: 4}}", "scanner.mixed.active: without effect, for scanner.mode is passive; set it to mixed"),
        ("scanner: {mode: active, mixed: {period: 90}}", "scanner.mixed.period: without effect, for scanner.mode is active; set it to mixed"),
        (
            "scanner: {own_address_type: random}",
            "scanner.own_address_type: without effect, for scanner.mode is passive, which sends nothing"
        ),
        ("topic: {base: home, advertisement: \"x/{mac}\"}", "topic.base: without effect, for topic.advertisement is the whole topic; remove one of them"),
        ("topic: {use_identity: true}", "topic.use_identity: without effect, for there are no identities"),
        (
            "mqtt: {client: {clean_session: false}}",
            "mqtt.client.clean_session: false is without effect, for mqtt.client.qos is 0, and nothing is sent again; set it to 1"
        ),
        ("mqtt: {client: {max_inflight: 20}}", "mqtt.client.max_inflight: without effect, for mqtt.client.qos is 0; set it to 1"),
        (
            "mqtt: {reconnect: {exponential_backoff: false, max_delay: 30}}",
            "mqtt.reconnect.max_delay: without effect, for mqtt.reconnect.exponential_backoff is false: every pause is initial_delay"
        ),
        (
            "home_assistant: {prefix: ha}",
            "home_assistant.prefix: without effect, for home_assistant.discovery is false; add discovery: true beside it"
        ),
        ("mqtt: {broker: {host: \"unix:/run/m.sock\", port: 1884}}", "mqtt.broker.port: without effect, for a Unix socket has no port"),
        (
            "mqtt: {broker: {tls: {enabled: true, insecure: true, ca_file: /ca.pem}}}",
            "mqtt.broker.tls.ca_file: without effect, for mqtt.broker.tls.insecure takes any certificate; remove that line"
        ),
    ])
    func `a key that does nothing, or a rule that drops all, is a warning`(text: String, warning: String) throws {
        #expect(try messages(text) == [warning])
    }

    @Test(arguments: [
        "thinning: {mode: interval, interval: 5}", "thinning: {mode: off, interval: 5}", "thinning: {mode: changes, keep_alive: 60, interval: 10}",
        "filters: {default: deny, rules: [{action: allow, address: AA:BB:CC}]}", "filters: {rules: [{action: deny, address: AA:BB:CC}]}",
        "filters: {default: allow}", "scanner: {mode: mixed, mixed: {active: 4}}", "adapters: [{adapter: hci0, mode: mixed}]\nscanner: {mixed: {active: 4}}",
        "scanner: {mode: active, own_address_type: random}", "mqtt: {client: {qos: 1, clean_session: false, max_inflight: 20}}",
        "mqtt: {client: {qos: 0, max_inflight: 20}}", "home_assistant: {discovery: true, prefix: ha}", "home_assistant: {discovery: false, prefix: ha}",
        "topic: {base: ble/raw, advertisement: \"x/{mac}\"}", "topic: {base: home}", "mqtt: {broker: {port: 1883}}", "mqtt: {broker: {port: 8883, tls: {enabled: true, system_ca: true}}}",
        "mqtt: {broker: {tls: {enabled: true, system_ca: true}}}", "mqtt: {broker: {port: 1884, tls: {enabled: true, system_ca: true}}}",
    ])
    func `a key that does something, or that the file itself switches off, is none`(text: String) throws {
        #expect(try messages(text).isEmpty)
    }

    @Test func `TLS on the port without it, and no TLS on the port for it, are warnings`() throws {
        #expect(
            try messages("mqtt: {broker: {port: 1883, tls: {enabled: true, system_ca: true}}}")
                == [
                    "mqtt.broker.port: 1883 is the port for MQTT without TLS, and mqtt.broker.tls.enabled is true; leave the line out for 8883, the port for TLS"
                ])
        #expect(
            try messages("mqtt: {broker: {port: 8883}}")
                == [
                    "mqtt.broker.port: 8883 is the port for MQTT over TLS, which is off; set mqtt.broker.tls.enabled: true, or leave the line out for 1883"
                ])
    }

    @Test func `a printed configuration gives no warning`() throws {
        #expect(try warnings(Configuration(scannerID: "attic").printed()).isEmpty)
    }

    @Test func `warnings stand in the order of the file, and not beside errors`() throws {
        let found = try warnings("scanner_id: attic\nthinning: {interval: 5}\nfilters: {default: deny}\nmqtt: {broker: {port: 8883}}\n")
        #expect(found.map { $0.prefix(16) } == ["config.yaml:2:22", "config.yaml:3:20", "config.yaml:4:23"])
        var isWarned = false
        #expect(throws: ConfigurationErrors.self) {
            try Configuration.parse(Array("scanner_id: a b\nthinning: {interval: 5}".utf8), name: "f", warn: { _ in isWarned = true })
        }
        #expect(!isWarned)
    }
}
