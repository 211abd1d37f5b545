import Bytes
import MQTTWire

/// A snapshot of all counters, consistent: what the rows of `Metric.table` read.
///
/// `received = published + filtered + thinned + dropped + queued + in_flight` and `dropped` is the sum of its reasons, in total and
/// for each adapter, and `reports = received + fragments_joined + fragments_open`, at every moment.
public struct Statistics: Sendable {
    /// What the caller adds to the counters.
    public struct Context: Sendable {
        /// CLOCK_MONOTONIC, ns.
        public var now: UInt64
        /// When the program started; CLOCK_MONOTONIC, ns.
        public var started: UInt64
        /// Events that the kernel dropped because its socket buffer was full (SO_MEMINFO). By adapter.
        public var kernelDropped: Tally
        /// Steps of recovery of adapters.
        public var recoveries: UInt64
        /// Times that another program changed or stopped the scan.
        public var interferences: UInt64
        /// Resident memory, KiB (VmRSS).
        public var residentKiB: UInt64
        /// The longest that something waited for the scanner in the interval, ns.
        public var scannerGap: UInt64

        public init(
            now: UInt64, started: UInt64, kernelDropped: Tally = Tally(), recoveries: UInt64 = 0, interferences: UInt64 = 0,
            residentKiB: UInt64 = 0, scannerGap: UInt64 = 0
        ) {
            self.now = now
            self.started = started
            self.kernelDropped = kernelDropped
            self.recoveries = recoveries
            self.interferences = interferences
            self.residentKiB = residentKiB
            self.scannerGap = scannerGap
        }
    }

    public internal(set) var context: Context
    let window: RateWindow
    var intake: IntakeCounters
    var publisher: Publisher.Counters
    var session: PublishSession.Counters
    let inFlight: Tally
    /// What left the ring and waits for room in the outbox.
    let held: Tally
    let devices: UInt64
    let medianLatency: Double?
    let latency99: Double?

    /// - Parameter window: what rates are measured from.
    public init(
        _ intake: SharedIntake, _ publisher: borrowing Publisher, _ account: PublishSession.Account, _ window: RateWindow,
        _ context: Context
    ) {
        let (taken, devices) = intake.consume { ($0.counters, $0.devices) }
        self.intake = taken
        self.devices = UInt64(devices)
        self.publisher = publisher.counters
        session = account.counters
        inFlight = account.inFlight
        held = publisher.held
        medianLatency = publisher.latency.milliseconds(quantile: 0.5)
        latency99 = publisher.latency.milliseconds(quantile: 0.99)
        self.window = window
        self.context = context
    }

    // MARK: What follows from them

    /// Seconds.
    var interval: Double? { Double(context.now - window.began) / 1e9 }
    var uptime: Double? { Double(context.now - context.started) / 1e9 }
    /// Milliseconds.
    var scannerGap: Double? { Double(context.scannerGap) / 1e6 }
    /// Advertisements received a second; nil if no time has passed.
    public var receivedRate: Double? { rate(intake.received, from: window.received) }
    var publishedRate: Double? { rate(session.published, from: window.published) }

    private func rate(_ tally: Tally, from before: UInt64) -> Double? {
        interval! > 0 ? Double(tally.total - before) / interval! : nil
    }

    var droppedOffline: Tally { intake.droppedOffline + publisher.droppedOffline }

    var queued: Tally { intake.queued + held }

    /// Whatever the reason.
    public var dropped: Tally { Metric.reasons.reduce(into: Tally()) { $0 += $1.tally(self)! } }

    /// The sums that the type promises hold.
    public var isBalanced: Bool {
        session.published + intake.filtered + intake.thinned + dropped + queued + inFlight == intake.received
            && intake.reports == intake.received.total + intake.fragmentsJoined + intake.fragmentsOpen
    }

    /// Whether the numbers themselves are wrong: a bug of the program, which continues all the same.
    public var degradedReasons: [String] { isBalanced ? [] : ["advertisements are not accounted for"] }

    // MARK: How they are reported

    public typealias Fields = [(key: StaticString, value: Value)]

    /// Keys and values in the documented order.
    public var fields: Fields { fields(of: nil) }

    /// The fields, those that begin anew with every interval taken from another snapshot; nil for this one.
    func fields(of interval: Statistics?) -> Fields {
        Metric.table.map { ($0.key, $0.value($0.span == .interval ? interval ?? self : self)) }
    }

    /// What became of the advertisements of one adapter, in the documented order.
    /// - Parameters:
    ///   - slot: the adapter's slot, 0…15.
    ///   - name: `hci0`.
    public func adapterFields(_ slot: UInt8, name: String) -> Fields { [("adapter", .text(name))] + adapterCounts(slot) }

    /// The same without the name.
    func adapterCounts(_ slot: UInt8) -> Fields {
        Metric.table.compactMap { row in row.tally(self).map { (row.key, .count($0[slot])) } }
    }

    /// `stats interval_s=60.0 uptime_s=…`
    public var line: String { Self.line(fields) }

    /// `stats key=value key=value …`
    public static func line(_ fields: Fields) -> String {
        var line = "stats"
        for (key, value) in fields { line += " \(key)=\(value)" }
        return line
    }

    public enum Value: Sendable, CustomStringConvertible {
        /// Without a space in it.
        case text(String)
        case count(UInt64)
        /// With this many digits behind the point; nil if not known.
        case decimal(Double?, digits: Int)

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
}

/// What rates are measured from: log, status and service manager have a window each, of different length.
public struct RateWindow: Sendable {
    /// CLOCK_MONOTONIC, ns.
    public private(set) var began: UInt64
    fileprivate private(set) var received: UInt64 = 0
    fileprivate private(set) var published: UInt64 = 0

    /// The first begins with the program.
    public init(since started: UInt64) { began = started }

    /// The next one begins with this snapshot.
    public mutating func begin(_ statistics: Statistics) {
        began = statistics.context.now
        received = statistics.intake.received.total
        published = statistics.session.published.total
    }
}
