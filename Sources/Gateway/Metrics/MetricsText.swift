import Bytes

/// The statistics in Prometheus' text format, for node_exporter's textfile collector. Names and units are by Prometheus' conventions:
/// base units, `_total` for counters; every family has its help and type.
public enum MetricsText {
    /// How a key of the statistics becomes a metric without labels.
    private struct Row {
        let key: StaticString
        let name: StaticString
        let isCounter: Bool
        /// What the value is multiplied by to be in the base unit.
        var scale = 1.0
        let help: StaticString

        init(_ key: StaticString, _ name: StaticString, counter isCounter: Bool, scale: Double = 1, _ help: StaticString) {
            self.key = key
            self.name = name
            self.isCounter = isCounter
            self.scale = scale
            self.help = help
        }
    }

    /// Keys of the statistics that have a metric by a row.
    static var keys: [String] { rows.map(\.key.description) }

    private static let rows = [
        Row("uptime_s", "uptime_seconds", counter: false, "Time since the start."),
        Row("reports", "reports_total", counter: true, "Advertising reports in HCI events."),
        Row("events", "hci_events_total", counter: true, "HCI events read."),
        Row("bad_events", "hci_events_damaged_total", counter: true, "Damaged HCI events."),
        Row("unknown_events", "hci_events_unknown_total", counter: true, "HCI events without advertising reports."),
        Row("malformed", "advertisements_malformed_total", counter: true, "Advertisements with damaged data, published as far as it went."),
        Row("resolved", "advertisements_resolved_total", counter: true, "Advertisements of known identities."),
        Row("fragments_joined", "fragments_joined_total", counter: true, "Reports that became part of an advertisement which a later report stands for."),
        Row("fragments_truncated", "fragments_truncated_total", counter: true, "Advertisements that went on incomplete."),
        Row("fragments_open", "fragments_open", counter: false, "Reports that wait for the rest of their advertisement."),
        Row("devices", "devices", counter: false, "Different addresses in the interval, an estimate."),
        Row("queue_high_water_bytes", "queue_high_water_bytes", counter: false, "The most the ring held in the interval."),
        Row("latency_p50_ms", "publish_latency_median_seconds", counter: false, scale: 1e-3, "From receive stamp to write, median of the interval."),
        Row("latency_p99_ms", "publish_latency_p99_seconds", counter: false, scale: 1e-3, "From receive stamp to write, 99th percentile of the interval."),
        Row("scanner_gap_ms", "scanner_gap_seconds", counter: false, scale: 1e-3, "The longest that something waited for the scanner's loop in the interval."),
        Row("recoveries", "recoveries_total", counter: true, "Steps of recovery of adapters."),
        Row("interferences", "interferences_total", counter: true, "Times that another program changed or stopped the scan."),
        Row("connects", "broker_connects_total", counter: true, "Connections that the broker accepted."),
        Row("disconnects", "broker_disconnects_total", counter: true, "Connections, and attempts at one, that ended unasked."),
        Row("redelivered", "redelivered_total", counter: true, "Messages sent again with DUP."),
        Row("unexpected_pubacks", "unexpected_pubacks_total", counter: true, "Acknowledgements for messages that did not wait for one."),
        Row("unexpected_pingresps", "unexpected_pingresps_total", counter: true, "PINGRESPs that no PINGREQ waited for."),
        Row("rss_kb", "resident_memory_bytes", counter: false, scale: 1024, "Resident memory."),
    ]

    /// The whole file.
    /// - Parameter isOnline: the broker has accepted the connection that there is.
    public static func bytes(
        _ statistics: Statistics, adapters: [AdapterReport], scannerID: String, version: String, isOnline: Bool
    ) -> [UInt8] {
        Document.bytes { writer in
            family("build_info", "gauge", "The program and the scanner.", &writer)
            sample("build_info", [("scanner_id", scannerID), ("version", version)], "1", &writer)
            family("broker_connected", "gauge", "Whether the broker has accepted the connection that there is.", &writer)
            sample("broker_connected", [], isOnline ? "1" : "0", &writer)
            writeAdapters(adapters, statistics, &writer)
            for row in rows {
                guard let value = statistics.fields.first(where: { $0.key.description == row.key.description })?.value else {
                    preconditionFailure("no statistic is called \(row.key)")
                }
                guard let number = text(value, row.scale) else { continue }
                family(row.name, row.isCounter ? "counter" : "gauge", row.help, &writer)
                sample(row.name, [], number, &writer)
            }
        }
    }

    private static func writeAdapters(_ adapters: [AdapterReport], _ statistics: Statistics, _ writer: inout ByteWriter) {
        let states = adapters.filter { $0.condition != nil }
        if !states.isEmpty {
            family("adapter_scanning", "gauge", "Whether the adapter scans and hears something.", &writer)
            for adapter in states {
                sample("adapter_scanning", [("adapter", adapter.name)], adapter.condition == .scanning ? "1" : "0", &writer)
            }
        }
        let counted = adapters.filter { $0.slot != nil }
        guard !counted.isEmpty else { return }
        let accounts = statistics.accounts
        func counts(_ name: StaticString, counter isCounter: Bool, _ help: StaticString, _ tally: Tally) {
            family(name, isCounter ? "counter" : "gauge", help, &writer)
            for adapter in counted { sample(name, [("adapter", adapter.name)], String(tally[adapter.slot!]), &writer) }
        }
        counts("advertisements_received_total", counter: true, "Advertisements received.", accounts.received)
        counts("advertisements_published_total", counter: true, "Advertisements published.", accounts.published)
        counts("advertisements_filtered_total", counter: true, "Advertisements kept back by a filter.", accounts.filtered)
        counts("advertisements_thinned_total", counter: true, "Advertisements kept back by thinning.", accounts.thinned)
        counts("advertisements_queued", counter: false, "Advertisements in the ring.", accounts.queued)
        counts("advertisements_in_flight", counter: false, "Advertisements handed to the session and not published yet.", accounts.inFlight)
        family("advertisements_dropped_total", "counter", "Advertisements dropped, by reason.", &writer)
        for adapter in counted {
            for (key, tally) in accounts.reasons {
                sample(
                    "advertisements_dropped_total",
                    [("adapter", adapter.name), ("reason", String(key.description.dropFirst("dropped_".count)))],
                    String(tally[adapter.slot!]), &writer)
            }
        }
        family("kernel_dropped_events_total", "counter", "HCI events that the kernel dropped.", &writer)
        for adapter in counted {
            sample("kernel_dropped_events_total", [("adapter", adapter.name)], String(adapter.kernelDropped), &writer)
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
        writer.text("\n# TYPE blemqttd_")
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
