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
    /// The longest that something waited for the scanner in the interval, ns.
    public let scannerGap: UInt64
    /// Advertisements received a second; nil where no time has passed.
    public let receivedRate: Double?
    let accounts: Accounts
    /// The sums that the type promises hold.
    public let isBalanced: Bool
    /// Advertisements dropped since the start, whatever the reason.
    public let dropped: UInt64

    public init(
        _ intake: SharedIntake, _ publisher: borrowing Publisher, _ account: PublishSession.Account, since: Baseline,
        _ surroundings: Surroundings
    ) {
        let (taken, devices) = intake.consume { ($0.counters, $0.devices) }
        let session = account.counters
        let accounts = Accounts(taken, publisher, account)
        self.accounts = accounts
        isBalanced = accounts.isBalanced && taken.reports == taken.received.total + taken.fragmentsJoined + taken.fragmentsOpen
        dropped = accounts.reasons.reduce(0) { $0 + $1.tally.total }
        baseline = Baseline(received: taken.received.total, published: session.published.total)
        let seconds = Double(surroundings.interval) / 1e9
        func rate(_ now: UInt64, _ before: UInt64) -> Double? { seconds > 0 ? Double(now - before) / seconds : nil }
        scannerGap = surroundings.scannerGap
        receivedRate = rate(baseline.received, since.received)
        fields =
            [
                ("interval_s", .decimal(seconds, digits: 1)),
                ("uptime_s", .decimal(Double(surroundings.uptime) / 1e9, digits: 1)),
                ("reports", .count(taken.reports)),
            ] + accounts.fields { $0.total } + [
                ("received_per_s", .decimal(receivedRate, digits: 1)),
                ("published_per_s", .decimal(rate(baseline.published, since.published), digits: 1)),
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
                ("unexpected_pingresps", .count(session.unexpectedPingResponses)),
                ("rss_kb", .count(surroundings.residentKiB)),
            ]
    }

    /// What became of the advertisements of one adapter, in the documented order.
    /// - Parameters:
    ///   - slot: the adapter's slot, 0…15.
    ///   - name: `hci0`.
    ///   - kernelDropped: events that the kernel dropped of this adapter's.
    public func adapterFields(_ slot: UInt8, name: String, kernelDropped: UInt64) -> Fields {
        [("adapter", .text(name))] + adapterCounts(slot, kernelDropped: kernelDropped)
    }

    /// The same without the name.
    func adapterCounts(_ slot: UInt8, kernelDropped: UInt64) -> Fields {
        accounts.fields { $0[slot] } + [("kernel_dropped", .count(kernelDropped))]
    }

    /// What begins anew with every interval, but for the rates, which have a baseline.
    private static let ofInterval: Set<String> = ["queue_high_water_bytes", "latency_p50_ms", "latency_p99_ms", "scanner_gap_ms", "devices"]

    /// The fields, those that begin anew with every interval taken from another look; nil for this one.
    func fields(of interval: Statistics?) -> Fields {
        guard let interval else { return fields }
        return zip(fields, interval.fields).map { own, other in
            Self.ofInterval.contains(own.key.description) ? other : own
        }
    }

    /// What is wrong with the numbers themselves: a fault of the program, which goes on all the same.
    public var troubles: [String] { isBalanced ? [] : ["advertisements are not accounted for"] }

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
