/// Whether advertisements are being lost that should not be: for the status by what the rows that are losses count, from the first until a
/// minute has brought no more; for the log by what the ring drops, at most every 10 s, until 10 s have brought no more.
///
/// What is lost for want of a connection is not among it. Times are CLOCK_MONOTONIC in nanoseconds.
public struct LossMonitor: Sendable {
    /// What is logged of the ring.
    public enum RingReport: Equatable, Sendable {
        /// So many more advertisements were dropped.
        case dropping(UInt64)
        /// It lasted so long, ns, and so many have not been logged.
        case over(after: UInt64, UInt64)
    }

    /// From the first loss to the last.
    private struct Episode: Sendable {
        let calm: UInt64
        var seen: [UInt64]
        /// What had been lost before; nil while nothing is being lost.
        var before: [UInt64]?
        var began: UInt64 = 0
        var lastLoss: UInt64 = 0

        init(calm: UInt64, count: Int) {
            self.calm = calm
            seen = [UInt64](repeating: 0, count: count)
        }

        /// - Returns: whether it has begun, or is over.
        mutating func check(_ totals: [UInt64], at now: UInt64) -> Bool {
            defer { seen = totals }
            if totals != seen {
                lastLoss = now
                guard before == nil else { return false }
                before = seen
                began = now
                return true
            }
            guard before != nil, now >= lastLoss + calm else { return false }
            before = nil
            return true
        }
    }

    /// Between two checks.
    public static let pause: UInt64 = 2_000_000_000
    /// After so long without a loss the status is online again.
    public static let calm: UInt64 = 60_000_000_000
    /// The same for the log, and between two of its lines.
    public static let quiet: UInt64 = 10_000_000_000

    /// When `check` must be called next.
    public private(set) var deadline: UInt64
    private var losses = Episode(calm: calm, count: Metric.losses.count)
    private var ring = Episode(calm: quiet, count: 1)
    private var logged: UInt64 = 0
    private var loggedAt: UInt64 = 0

    public init(at now: UInt64) { deadline = now + Self.pause }

    /// - Returns: whether losses have begun, or are over; and what is to be logged.
    public mutating func check(_ statistics: Statistics) -> (hasChanged: Bool, ring: RingReport?) {
        let now = statistics.context.now
        deadline = now + Self.pause
        let hasChanged = losses.check(Metric.losses.map { $0.tally(statistics)!.total }, at: now)
        return (hasChanged, checkRing(statistics.intake.droppedRingFull.total, at: now))
    }

    private mutating func checkRing(_ dropped: UInt64, at now: UInt64) -> RingReport? {
        let hasChanged = ring.check([dropped], at: now)
        let isOver = hasChanged && ring.before == nil
        guard hasChanged || ring.lastLoss == now && now >= loggedAt + Self.quiet else { return nil }
        defer { (logged, loggedAt) = (dropped, now) }
        return isOver ? .over(after: now - ring.began, dropped - logged) : .dropping(dropped - logged)
    }

    /// What has been lost since losses began; empty while none are.
    public var degradedReasons: [String] {
        guard let before = losses.before else { return [] }
        return zip(Metric.losses, zip(losses.seen, before)).compactMap { row, counts in
            let count = counts.0 - counts.1
            guard count > 0 else { return nil }
            return "\(count) \(row.reason.map { "advertisements dropped: \($0)" } ?? "events dropped by the kernel")"
        }
    }
}
