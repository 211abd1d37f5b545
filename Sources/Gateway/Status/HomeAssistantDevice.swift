import Bytes

/// Home Assistant's discovery of the scanner as one device, by a single retained message (MQTT integration, device discovery,
/// since 2024.11).
public struct HomeAssistantDevice: Equatable, Sendable {
    private let prefix: String
    private let scannerID: String
    private let statusTopic: String
    private let version: String

    /// - Parameters:
    ///   - prefix: Home Assistant's discovery prefix.
    ///   - statusTopic: `ble/status/{scanner_id}`: what all entities read.
    public init(prefix: String, scannerID: String, statusTopic: String, version: String) {
        self.prefix = prefix
        self.scannerID = scannerID
        self.statusTopic = statusTopic
        self.version = version
    }

    /// `<prefix>/device/<scanner_id>/blemqttd/config`: the scanner is the node (with a hash where it is no word), a level of its own for brokers' access lists. No level has
    /// points.
    public var topic: String { "\(prefix)/device/\(node)/blemqttd/config" }

    private var objectID: String { "blemqttd-" + node }

    /// The scanner's identifier where it is a word, else the word that is nearest, with a hash, so that `pi.1` is not `pi_1`.
    private var node: String {
        let word = Self.word(scannerID)
        guard word != scannerID else { return word }
        let hash = scannerID.utf8.reduce(UInt64(0)) { SplitMix64.mix($0 &+ UInt64($1) &+ 1) }
        let digits = String(UInt32(truncatingIfNeeded: hash), radix: 16)
        return "\(word)-\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)"
    }

    /// Letters, digits, `_` and `-` only.
    private static func word(_ text: String) -> String {
        String(decoding: text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: byte
            default: UInt8(ascii: "_")
            }
        }, as: UTF8.self)
    }

    /// One entity: a component of the device.
    private struct Entity {
        var id: String
        var platform: StaticString
        var name: String
        /// What it shows of the status message.
        var template: String
        var more: [(key: StaticString, value: String)] = []
        /// Whether it is unavailable while the scanner is offline.
        var followsAvailability = true
    }

    private static let alive = "{{ 'offline' if value_json.status == 'offline' else 'online' }}"

    private static let fixed: [Entity] = [
        Entity(
            id: "connectivity", platform: "binary_sensor", name: "Connectivity",
            template: "{{ 'OFF' if value_json.status == 'offline' else 'ON' }}",
            more: [("device_class", "connectivity"), ("entity_category", "diagnostic")], followsAvailability: false),
        Entity(
            id: "problem", platform: "binary_sensor", name: "Problem",
            template: "{{ 'ON' if value_json.status == 'degraded' else 'OFF' }}",
            more: [("device_class", "problem"), ("entity_category", "diagnostic")]),
    ] + [Metric.Span.window, .total, .now].flatMap { span in Metric.table.filter { $0.span == span }.compactMap(entity) }

    /// A number of the status message's statistics, where the table has an entity for it; a last will has no numbers.
    private static func entity(_ metric: Metric) -> Entity? {
        guard let name = metric.entity?.description else { return nil }
        let unit = ("unit_of_measurement" as StaticString, metric.unit.symbol.description)
        let more: [(key: StaticString, value: String)] =
            switch metric.span {
            case .total: [unit, ("state_class", "total_increasing")]
            case .interval, .window: [unit, ("state_class", "measurement")]
            case .now: [("device_class", "duration"), unit, ("entity_category", "diagnostic")]
            }
        return Entity(
            id: word(name.lowercased()), platform: "sensor", name: name,
            template: "{{ (value_json.statistics | default({})).\(metric.key) | default(none) }}", more: more)
    }

    private static func entity(_ adapter: String) -> Entity {
        // In Jinja a backslash escapes within quotes; names of adapters have neither.
        Entity(
            id: "adapter_\(word(adapter))", platform: "sensor", name: "Adapter \(adapter)",
            template: "{{ ((value_json.adapters | default({}))['\(adapter)'] | default({})).state | default(none) }}",
            more: [("entity_category", "diagnostic")])
    }

    /// The message.
    /// - Parameters:
    ///   - adapters: names of those that there are.
    ///   - gone: names of those that an earlier message contained, and that are no more.
    public func payload(adapters: [String], gone: [String]) -> [UInt8] {
        JSONDocument.bytes { writer in
            JSONObject.write(to: &writer) { object, writer in
                object.member("dev", &writer) { writer in
                    JSONObject.write(to: &writer) { object, writer in
                        object.text("ids", objectID, &writer)
                        object.text("name", scannerID, &writer)
                        object.text("mf", "blemqttd", &writer)
                        object.text("mdl", "BLE to MQTT scanner", &writer)
                        object.text("sw", version, &writer)
                    }
                }
                object.member("o", &writer) { writer in
                    JSONObject.write(to: &writer) { object, writer in
                        object.text("name", "blemqttd", &writer)
                        object.text("sw", version, &writer)
                    }
                }
                object.member("cmps", &writer) { writer in
                    JSONObject.write(to: &writer) { object, writer in
                        for entity in Self.fixed + adapters.map(Self.entity) {
                            object.key(entity.id, &writer)
                            write(entity, to: &writer)
                        }
                        // A component without anything but its platform is removed.
                        for name in gone where !adapters.contains(name) {
                            object.key(Self.entity(name).id, &writer)
                            JSONObject.write(to: &writer) { object, writer in object.text("p", "sensor", &writer) }
                        }
                    }
                }
                object.text("state_topic", statusTopic, &writer)
                object.member("qos", &writer) { $0.text("1") }
            }
        }
    }

    private func write(_ entity: Entity, to writer: inout ByteWriter) {
        JSONObject.write(to: &writer) { object, writer in
            object.member("p", &writer) { writer in
                writer.u8(UInt8(ascii: "\""))
                writer.text(entity.platform)
                writer.u8(UInt8(ascii: "\""))
            }
            object.text("name", entity.name, &writer)
            object.text("unique_id", "\(objectID)_\(entity.id)", &writer)
            object.text("value_template", entity.template, &writer)
            for (key, value) in entity.more { object.text(key, value, &writer) }
            if entity.followsAvailability {
                object.text("availability_topic", statusTopic, &writer)
                object.text("availability_template", Self.alive, &writer)
            }
        }
    }
}
