/// Whether advertisements are being lost that should not be, for the status: from the first until a minute has brought no more.
///
/// What is lost for want of a connection is told by the connection's end. Times are CLOCK_MONOTONIC in nanoseconds.
public struct LossWindow: Sendable {
    /// What was lost since the start, by reason.
    public struct Totals: Equatable, Sendable {
        public var ringFull: UInt64
        public var oversize: UInt64
        public var refused: UInt64
        /// Events.
        public var kernel: UInt64

        public init(ringFull: UInt64 = 0, oversize: UInt64 = 0, refused: UInt64 = 0, kernel: UInt64 = 0) {
            self.ringFull = ringFull
            self.oversize = oversize
            self.refused = refused
            self.kernel = kernel
        }
    }

    /// So long without a loss, and it is over.
    public static let calm: UInt64 = 60_000_000_000

    private var seen = Totals()
    private var before: Totals?
    private var lastLoss: UInt64 = 0

    public init() {}

    /// - Returns: whether losses have begun, or are over.
    public mutating func look(_ totals: Totals, at now: UInt64) -> Bool {
        defer { seen = totals }
        if totals != seen {
            lastLoss = now
            guard before == nil else { return false }
            before = seen
            return true
        }
        guard before != nil, now >= lastLoss + Self.calm else { return false }
        before = nil
        return true
    }

    /// What has been lost since losses began; empty while none are.
    public var troubles: [String] {
        guard let before else { return [] }
        var troubles: [String] = []
        func add(_ count: UInt64, _ what: String) { if count > 0 { troubles.append("\(count) \(what)") } }
        add(seen.ringFull - before.ringFull, "advertisements dropped: ring_full")
        add(seen.oversize - before.oversize, "advertisements dropped: oversize")
        add(seen.refused - before.refused, "advertisements dropped: refused")
        add(seen.kernel - before.kernel, "events dropped by the kernel")
        return troubles
    }
}
