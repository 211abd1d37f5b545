import Bytes

/// The statistics in Prometheus' text format, for node_exporter's textfile collector. Names and units are by Prometheus' conventions:
/// base units, `_total` for counters; every family has its help and type.
public enum MetricsText {
    /// The whole file.
    /// - Parameter isOnline: the broker has accepted the connection that there is.
    public static func bytes(
        _ statistics: Statistics, adapters: [AdapterReport], scannerID: String, version: String, isOnline: Bool
    ) -> [UInt8] {
        JSONDocument.bytes { writer in
            family("build_info", "gauge", "The program and the scanner", &writer)
            sample("build_info", [("scanner_id", scannerID), ("version", version)], "1", &writer)
            family("broker_connected", "gauge", "Whether the broker has accepted the connection that there is", &writer)
            sample("broker_connected", [], isOnline ? "1" : "0", &writer)
            let states = adapters.filter { $0.condition != nil }
            if !states.isEmpty { family("adapter_scanning", "gauge", "Whether the adapter scans and hears something", &writer) }
            for adapter in states {
                sample("adapter_scanning", [("adapter", adapter.name)], adapter.condition == .scanning ? "1" : "0", &writer)
            }
            for row in Metric.table { write(row, statistics, adapters, &writer) }
        }
    }

    private static func write(_ row: Metric, _ statistics: Statistics, _ adapters: [AdapterReport], _ writer: inout ByteWriter) {
        let name: StaticString
        var reasons: [Metric?] = [nil]
        switch row.prometheus {
        case .family(let own): name = own
        case .familyByReason(let own): (name, reasons) = (own, Metric.reasons)
        case .reason, .rate, .part: return
        }
        let type: StaticString = row.span == .total ? "counter" : "gauge"
        guard row.isByAdapter else {
            guard let number = text(row.value(statistics), row.unit.scale) else { return }
            family(name, type, row.help, &writer)
            return sample(name, [], number, &writer)
        }
        let counted = adapters.filter { $0.slot != nil }
        if !counted.isEmpty { family(name, type, row.help, &writer) }
        for adapter in counted {
            for reason in reasons {
                var labels: [(key: StaticString, value: String)] = [("adapter", adapter.name)]
                if let reason { labels.append(("reason", reason.reason!)) }
                sample(name, labels, String((reason ?? row).tally(statistics)![adapter.slot!]), &writer)
            }
        }
    }

    /// Nil for what is not known: such a metric is left out.
    private static func text(_ value: Statistics.Value, _ scale: Double) -> String? {
        switch value {
        case .text, .decimal(nil, _): nil
        case .count(let count): scale == 1 ? String(count) : String(count * UInt64(scale))
        case .decimal(let number?, let digits):
            Statistics.Value.decimal(number * scale, digits: digits + (scale < 1 ? 3 : 0)).description
        }
    }

    private static func family(_ name: StaticString, _ type: StaticString, _ help: StaticString, _ writer: inout ByteWriter) {
        writer.text("# HELP blemqttd_")
        writer.text(name)
        writer.text(" ")
        writer.text(help)
        writer.text(".\n# TYPE blemqttd_")
        writer.text(name)
        writer.text(" ")
        writer.text(type)
        writer.text("\n")
    }

    private static func sample(
        _ name: StaticString, _ labels: [(key: StaticString, value: String)], _ value: String, _ writer: inout ByteWriter
    ) {
        writer.text("blemqttd_")
        writer.text(name)
        for (position, label) in labels.enumerated() {
            writer.text(position == 0 ? "{" : ",")
            writer.text(label.key)
            writer.text("=\"")
            for byte in label.value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): writer.text("\\\\")
                case UInt8(ascii: "\""): writer.text("\\\"")
                case UInt8(ascii: "\n"): writer.text("\\n")
                default: writer.u8(byte)
                }
            }
            writer.text("\"")
        }
        if !labels.isEmpty { writer.text("}") }
        writer.text(" ")
        writer.plain(value)
        writer.text("\n")
    }
}
