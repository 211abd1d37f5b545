import Bytes
import MQTTWire

/// The daemon's numbers at one moment, from one consistent look at all counters.
///
/// `received = published + filtered + thinned + dropped + queued + in_flight` and `dropped` is the sum of its reasons, in total and
/// for each adapter, and `reports = received + fragments_joined + fragments_open`, at every moment.
public struct Statistics: Sendable {
    /// What the caller knows besides.
    public struct Surroundings: Sendable {
        /// Nanoseconds since the last line of the interval.
        public var interval: UInt64
        /// Nanoseconds since the start.
        public var uptime: UInt64
        /// Events that the kernel dropped because its socket buffer was full (SO_MEMINFO).
        public var kernelDropped: UInt64
        /// Times that a silent adapter was brought back.
        public var recoveries: UInt64
        /// Times that another program changed or stopped the scan.
        public var interferences: UInt64
        /// Resident memory, KiB (VmRSS).
        public var residentKiB: UInt64
        /// The longest that something waited for the scanner in the interval, ns.
        public var scannerGap: UInt64

        public init(
            interval: UInt64, uptime: UInt64, kernelDropped: UInt64, recoveries: UInt64 = 0, interferences: UInt64 = 0,
            residentKiB: UInt64, scannerGap: UInt64 = 0
        ) {
            self.interval = interval
            self.uptime = uptime
            self.kernelDropped = kernelDropped
            self.recoveries = recoveries
            self.interferences = interferences
            self.residentKiB = residentKiB
            self.scannerGap = scannerGap
        }
    }

    /// What the interval's rates are measured from.
    public struct Baseline: Sendable {
        public var received: UInt64 = 0
        public var published: UInt64 = 0

        public init() {}

        init(received: UInt64, published: UInt64) {
            self.received = received
            self.published = published
        }
    }

    public typealias Fields = [(key: StaticString, value: Value)]

    public enum Value: Sendable {
        /// Without a space in it.
        case text(String)
        case count(UInt64)
        /// With this many digits behind the point; nil where there is nothing to tell.
        case decimal(Double?, digits: Int)
    }

    /// Keys and values in the documented order.
    public let fields: Fields
    /// What the next interval's rates are measured from.
    public let baseline: Baseline
    private let accounts: Accounts

    public init(_ intake: SharedIntake, _ publisher: borrowing Publisher, since: Baseline, _ surroundings: Surroundings) {
        let (taken, devices) = intake.consume { ($0.counters, $0.devices) }
        let session = publisher.sessionCounters
        let accounts = Accounts(taken, publisher)
        self.accounts = accounts
        baseline = Baseline(received: taken.received.total, published: session.published.total)
        let seconds = Double(surroundings.interval) / 1e9
        func rate(_ now: UInt64, _ before: UInt64) -> Value { .decimal(seconds > 0 ? Double(now - before) / seconds : nil, digits: 1) }
        fields =
            [
                ("interval_s", .decimal(seconds, digits: 1)),
                ("uptime_s", .decimal(Double(surroundings.uptime) / 1e9, digits: 1)),
                ("reports", .count(taken.reports)),
            ] + accounts.fields { $0.total } + [
                ("received_per_s", rate(baseline.received, since.received)),
                ("published_per_s", rate(baseline.published, since.published)),
                ("queue_high_water_bytes", .count(taken.highWater)),
                ("latency_p50_ms", .decimal(publisher.latency.milliseconds(quantile: 0.5), digits: 3)),
                ("latency_p99_ms", .decimal(publisher.latency.milliseconds(quantile: 0.99), digits: 3)),
                ("scanner_gap_ms", .decimal(Double(surroundings.scannerGap) / 1e6, digits: 3)),
                ("devices", .count(UInt64(devices))),
                ("fragments_joined", .count(taken.fragmentsJoined)),
                ("fragments_open", .count(taken.fragmentsOpen)),
                ("fragments_truncated", .count(taken.fragmentsTruncated)),
                ("resolved", .count(taken.resolved.total)),
                ("events", .count(taken.events)),
                ("bad_events", .count(taken.badEvents)),
                ("unknown_events", .count(taken.unknownEvents)),
                ("malformed", .count(publisher.counters.malformed)),
                ("kernel_dropped", .count(surroundings.kernelDropped)),
                ("recoveries", .count(surroundings.recoveries)),
                ("interferences", .count(surroundings.interferences)),
                ("connects", .count(session.connects)),
                ("disconnects", .count(session.disconnects.total)),
                ("disconnects_network", .count(session.disconnects[CloseReason.Kind.network.rawValue])),
                ("disconnects_broker", .count(session.disconnects[CloseReason.Kind.broker.rawValue])),
                ("disconnects_refused", .count(session.disconnects[CloseReason.Kind.refused.rawValue])),
                ("disconnects_timeout", .count(session.disconnects[CloseReason.Kind.timeout.rawValue])),
                ("disconnects_violation", .count(session.disconnects[CloseReason.Kind.violation.rawValue])),
                ("redelivered", .count(session.redelivered)),
                ("unexpected_pubacks", .count(session.unexpectedAcknowledgements)),
                ("rss_kb", .count(surroundings.residentKiB)),
            ]
    }

    /// What became of the advertisements of one adapter, in the documented order.
    /// - Parameters:
    ///   - slot: the adapter's slot, 0…15.
    ///   - name: `hci0`.
    ///   - kernelDropped: events that the kernel dropped of this adapter's.
    public func adapterFields(_ slot: UInt8, name: String, kernelDropped: UInt64) -> Fields {
        [("adapter", .text(name))] + accounts.fields { $0[slot] } + [("kernel_dropped", .count(kernelDropped))]
    }

    /// `stats interval_s=60.0 uptime_s=…`
    public var line: String { Self.line(fields) }

    /// `stats key=value key=value …`
    public static func line(_ fields: Fields) -> String {
        var line = "stats"
        for (key, value) in fields { line += " \(key)=\(value)" }
        return line
    }
}

extension Statistics.Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .text(let text): return text
        case .count(let count): return String(count)
        case .decimal(nil, _): return "-"
        case .decimal(let value?, let digits):
            var scale = 1.0
            for _ in 0..<digits { scale *= 10 }
            let scaled = UInt64(max(0, value * scale).rounded())
            let fraction = String(scaled % UInt64(scale))
            return "\(scaled / UInt64(scale)).\(String(repeating: "0", count: digits - fraction.utf8.count))\(fraction)"
        }
    }
}
