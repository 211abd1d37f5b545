/// One statistics line of the daemon: `stats key=value key=value …`.
struct Statistics: Sendable, CustomStringConvertible {
    let values: [String: Double]
    let description: String

    /// Nil where the line is not one.
    init?(logLine: String) {
        guard let start = logLine.firstRange(of: " stats ")?.upperBound else { return nil }
        var values: [String: Double] = [:]
        for pair in logLine[start...].split(separator: " ") {
            guard let equals = pair.firstIndex(of: "=") else { continue }
            let text = pair[pair.index(after: equals)...]
            // A dash: nothing to tell, such as a latency of no messages.
            if let value = text == "-" ? .nan : Double(text) { values[String(pair[..<equals])] = value }
        }
        self.values = values
        description = logLine
    }

    /// A count; −1 where the line does not tell it, so that every comparison with it fails.
    subscript(key: String) -> Int { values[key].flatMap { $0.isNaN ? nil : Int($0) } ?? -1 }

    static let dropReasons = [
        "dropped_offline", "dropped_ring_full", "dropped_connection_lost", "dropped_unconfirmed", "dropped_oversize", "dropped_shutdown",
    ]

    /// Every key that the documentation names.
    static let keys =
        dropReasons + [
            "interval_s", "uptime_s", "reports", "received", "published", "filtered", "dropped", "queued", "in_flight", "received_per_s",
            "published_per_s", "queue_high_water_bytes", "latency_p50_ms", "latency_p99_ms", "devices", "fragments_joined", "fragments_open",
            "fragments_truncated", "events", "bad_events", "unknown_events", "malformed", "kernel_dropped", "connects", "rss_kb",
        ]

    /// What is wrong with the line's arithmetic, empty where every report is accounted for.
    var faults: [String] {
        var faults = Self.keys.filter { values[$0] == nil }.map { "no \($0)" }
        let accounted = self["published"] + self["filtered"] + self["dropped"] + self["queued"] + self["in_flight"]
        if self["received"] != accounted { faults.append("received \(self["received"]) ≠ \(accounted)") }
        let reasons = Self.dropReasons.reduce(0) { $0 + self[$1] }
        if self["dropped"] != reasons { faults.append("dropped \(self["dropped"]) ≠ \(reasons) by reason") }
        let reports = self["received"] + self["fragments_joined"] + self["fragments_open"]
        if self["reports"] != reports { faults.append("reports \(self["reports"]) ≠ \(reports)") }
        return faults
    }
}
