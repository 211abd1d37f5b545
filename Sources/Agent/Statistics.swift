import Bytes
import MQTTWire

/// The daemon's numbers at one moment, from one consistent look at all counters.
///
/// `received = published + filtered + thinned + dropped + queued + in_flight`, `dropped` is the sum of its reasons, and
/// `reports = received + fragments_joined + fragments_open`, at every moment.
public struct Statistics: Sendable {
    /// What the caller knows besides.
    public struct Surroundings: Sendable {
        /// Nanoseconds since the last line of the interval.
        public var interval: UInt64
        /// Nanoseconds since the start.
        public var uptime: UInt64
        /// Events that the kernel dropped because its socket buffer was full (SO_MEMINFO).
        public var kernelDropped: UInt64
        /// Resident memory, KiB (VmRSS).
        public var residentKiB: UInt64

        public init(interval: UInt64, uptime: UInt64, kernelDropped: UInt64, residentKiB: UInt64) {
            self.interval = interval
            self.uptime = uptime
            self.kernelDropped = kernelDropped
            self.residentKiB = residentKiB
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

    public enum Value: Sendable {
        case count(UInt64)
        /// With this many digits behind the point; nil where there is nothing to tell.
        case decimal(Double?, digits: Int)
    }

    /// Keys and values in the documented order.
    public let fields: [(key: StaticString, value: Value)]
    /// What the next interval's rates are measured from.
    public let baseline: Baseline
    public let dropped: UInt64

    public init(_ intake: SharedIntake, _ publisher: borrowing Publisher, since: Baseline, _ surroundings: Surroundings) {
        let (taken, devices) = intake.consume { ($0.counters, $0.devices) }
        let session = publisher.sessionCounters
        let offline = taken.droppedOffline + publisher.counters.droppedOffline
        dropped =
            offline + taken.droppedRingFull + session.connectionLost + session.unconfirmed + publisher.counters.droppedOversize
            + publisher.counters.droppedShutdown
        baseline = Baseline(received: taken.received, published: session.published)
        let seconds = Double(surroundings.interval) / 1e9
        func rate(_ now: UInt64, _ before: UInt64) -> Value { .decimal(seconds > 0 ? Double(now - before) / seconds : nil, digits: 1) }
        fields = [
            ("interval_s", .decimal(seconds, digits: 1)),
            ("uptime_s", .decimal(Double(surroundings.uptime) / 1e9, digits: 1)),
            ("reports", .count(taken.reports)),
            ("received", .count(taken.received)),
            ("published", .count(session.published)),
            ("filtered", .count(taken.filtered)),
            ("thinned", .count(taken.thinned)),
            ("dropped", .count(dropped)),
            ("dropped_offline", .count(offline)),
            ("dropped_ring_full", .count(taken.droppedRingFull)),
            ("dropped_connection_lost", .count(session.connectionLost)),
            ("dropped_unconfirmed", .count(session.unconfirmed)),
            ("dropped_oversize", .count(publisher.counters.droppedOversize)),
            ("dropped_shutdown", .count(publisher.counters.droppedShutdown)),
            ("queued", .count(taken.queued + publisher.held)),
            ("in_flight", .count(UInt64(publisher.session.inFlightCount))),
            ("received_per_s", rate(taken.received, since.received)),
            ("published_per_s", rate(session.published, since.published)),
            ("queue_high_water_bytes", .count(taken.highWater)),
            ("latency_p50_ms", .decimal(publisher.latency.milliseconds(quantile: 0.5), digits: 3)),
            ("latency_p99_ms", .decimal(publisher.latency.milliseconds(quantile: 0.99), digits: 3)),
            ("devices", .count(UInt64(devices))),
            ("fragments_joined", .count(taken.fragmentsJoined)),
            ("fragments_open", .count(taken.fragmentsOpen)),
            ("fragments_truncated", .count(taken.fragmentsTruncated)),
            ("events", .count(taken.events)),
            ("bad_events", .count(taken.badEvents)),
            ("unknown_events", .count(taken.unknownEvents)),
            ("malformed", .count(publisher.counters.malformed)),
            ("kernel_dropped", .count(surroundings.kernelDropped)),
            ("connects", .count(session.connects)),
            ("unexpected_pubacks", .count(session.unexpectedAcknowledgements)),
            ("rss_kb", .count(surroundings.residentKiB)),
        ]
    }

    /// `stats interval_s=60.0 uptime_s=…`
    public var line: String {
        var line = "stats"
        for (key, value) in fields { line += " \(key)=\(value)" }
        return line
    }
}

extension Statistics.Value: CustomStringConvertible {
    public var description: String {
        switch self {
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
