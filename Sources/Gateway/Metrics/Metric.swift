import Bytes

/// One of the daemon's numbers, and how it is reported: a row of `table`.
///
/// The statistics line with its journal fields, the status message, the file for Prometheus, Home Assistant's discovery, and the tables in
/// docs/statistics.md and docs/status.schema.json are projections of the table.
public struct Metric: Sendable {
    public enum Unit: Sendable {
        /// Of what, the help explains.
        case count
        case advertisements
        case advertisementsPerSecond
        case seconds
        case milliseconds
        case bytes
        case kibibytes

        /// `ms`; empty for a count.
        public var symbol: StaticString {
            switch self {
            case .count: ""
            case .advertisements: "adv"
            case .advertisementsPerSecond: "adv/s"
            case .seconds: "s"
            case .milliseconds: "ms"
            case .bytes: "B"
            case .kibibytes: "KiB"
            }
        }

        /// Digits behind the point of what is measured in it.
        var digits: Int { self == .milliseconds ? 3 : 1 }

        /// What a value is multiplied by to be in Prometheus' base unit.
        var scale: Double {
            switch self {
            case .milliseconds: 1e-3
            case .kibibytes: 1024
            default: 1
            }
        }
    }

    /// The time that a value is of.
    public enum Span: String, Sendable {
        /// Since the start: it only grows, a counter.
        case total
        /// This moment.
        case now
        /// The interval of the statistics in the log: it begins anew with each.
        case interval
        /// Since the last such message: log, status and service manager have a `RateWindow` each.
        case window
    }

    /// Where the value is.
    public enum Source: Sendable {
        /// A count for each adapter, reported by adapter too.
        case byAdapter(KeyPath<Statistics, Tally> & Sendable)
        case count(KeyPath<Statistics, UInt64> & Sendable)
        /// Nil if not known yet.
        case measure(KeyPath<Statistics, Double?> & Sendable)
    }

    /// How it is in the file for Prometheus; names without `blemqttd_`.
    public enum Prometheus: Sendable {
        case family(StaticString)
        /// A family whose samples are the rows that are a `.reason`.
        case familyByReason(StaticString)
        /// A sample of that family.
        case reason
        /// Not at all: a rate, or its time; Prometheus makes rates of the counters itself.
        case rate
        /// Not at all: a part of the row that sums them up.
        case part
    }

    /// `received`; in the journal `BLEMQTTD_RECEIVED`.
    public let key: StaticString
    public let unit: Unit
    public let span: Span
    public let source: Source
    /// What it is, without a point at the end.
    public let help: StaticString
    /// How the help continues in docs/statistics.md, with the punctuation between; Markdown.
    public let detail: StaticString
    public let prometheus: Prometheus
    /// The name of its entity in Home Assistant; nil if none.
    let entity: StaticString?
    /// Lost though there was a connection: while it grows the scanner is degraded.
    let isLoss: Bool

    /// `prometheus` has no default, so that no row can forget it. Home Assistant has few.
    public init(
        _ key: StaticString, _ unit: Unit, _ span: Span, _ source: Source, _ help: StaticString, _ detail: StaticString = "",
        prometheus: Prometheus, entity: StaticString? = nil, isLoss: Bool = false
    ) {
        self.key = key
        self.unit = unit
        self.span = span
        self.source = source
        self.help = help
        self.detail = detail
        self.prometheus = prometheus
        self.entity = entity
        self.isLoss = isLoss
    }

    public var isByAdapter: Bool {
        if case .byAdapter = source { true } else { false }
    }

    /// `ring_full` of `dropped_ring_full`; nil if it is no reason for dropping advertisements.
    public var reason: String? {
        guard case .reason = prometheus else { return nil }
        return String(key.description.dropFirst("dropped_".count))
    }

    /// The value in total.
    func value(_ statistics: Statistics) -> Statistics.Value {
        switch source {
        case .byAdapter(let path): .count(statistics[keyPath: path].total)
        case .count(let path): .count(statistics[keyPath: path])
        case .measure(let path): .decimal(statistics[keyPath: path], digits: unit.digits)
        }
    }

    /// The counts of all adapters; nil if it is not reported by adapter.
    func tally(_ statistics: Statistics) -> Tally? {
        if case .byAdapter(let path) = source { statistics[keyPath: path] } else { nil }
    }
}
