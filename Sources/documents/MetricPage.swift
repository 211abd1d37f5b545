import Gateway

/// The numbers, as docs/statistics.md has them.
enum MetricPage {
    static func table(_ metrics: [Metric]) -> [String] {
        ["| key | unit | of | meaning | Prometheus: `blemqttd_` |", "|---|---|---|---|---|"]
            + metrics.map { "| `\($0.key)` | \($0.unit.symbol) | \($0.span.rawValue) | \($0.help)\($0.detail) | \(prometheus($0)) |" }
    }

    private static func prometheus(_ metric: Metric) -> String {
        switch metric.prometheus {
        case .family(let name): "`\(name)`"
        case .familyByReason(let name): "`\(name)`, by `reason`"
        case .reason: "`reason=\"\(metric.reason!)\"`"
        case .rate, .part: ""
        }
    }

    static func adapterLine(_ metrics: [Metric]) -> [String] {
        wrapped(
            ["stats", "adapter=hci0"] + metrics.filter(\.isByAdapter).map { "\($0.key)=…" }, width: 140, indent: "    ",
            continuation: String(repeating: " ", count: 10))
    }
}
