import Bytes

/// What `systemctl status` shows of the daemon, in one line, whatever names are in it.
public enum ServiceLine {
    /// `scanning hci0 · broker mqtt.local:1883 online · 12.3 adv/s, 0 dropped`
    /// - Parameters:
    ///   - rate: advertisements a second.
    ///   - dropped: since the start.
    public static func text(
        adapters: [AdapterReport], broker: String, isOnline: Bool, rate: Double?, dropped: UInt64
    ) -> String {
        let scanning = adapters.filter { $0.condition == .scanning }.map(\.name)
        var parts: [String] = []
        if !scanning.isEmpty { parts.append("scanning \(scanning.joined(separator: ", "))") }
        for adapter in adapters where adapter.condition != .scanning {
            parts.append("\(adapter.name)\(adapter.condition.map { " \($0.rawValue)" } ?? "")")
        }
        if parts.isEmpty { parts.append("no adapter") }
        parts.append("broker \(broker) \(isOnline ? "online" : "offline")")
        parts.append("\(Statistics.Value.decimal(rate, digits: 1)) adv/s, \(dropped) dropped")
        return PrintableText.line(parts.joined(separator: " · "))
    }
}
