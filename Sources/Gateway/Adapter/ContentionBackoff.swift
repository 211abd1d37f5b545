/// The delay between repeated repairs against another program: once a second for a while, then ever more rarely, so that
/// two programs never chase each other.
///
/// Times are CLOCK_MONOTONIC in nanoseconds.
struct ContentionBackoff: Sendable {
    /// The shortest time between two.
    let spacing: UInt64
    static let longestSpacing: UInt64 = 64_000_000_000
    /// So often within `window` is a busy neighbour; more often is contention.
    static let patience = 15
    static let window: UInt64 = 60_000_000_000

    private var last: UInt64?
    private var inWindow = 0
    private var windowStart: UInt64 = 0
    private var current: UInt64

    init(spacing: UInt64 = 1_000_000_000) {
        self.spacing = spacing
        current = spacing
    }

    /// The other program undoes it again and again.
    var isContention: Bool { current > spacing }

    /// The pause after the last time, ns.
    var pause: UInt64 { current }

    /// When it may be done again.
    func earliest(at now: UInt64) -> UInt64 { last.map { max(now, $0 + current) } ?? now }

    /// It is done now.
    /// - Returns: whether contention begins or lasts: the delay has grown.
    mutating func acted(at now: UInt64) -> Bool {
        defer { last = now }
        if let last, now >= last + max(Self.window, 2 * current) {
            current = spacing
            inWindow = 0
        }
        if inWindow == 0 || now >= windowStart + Self.window {
            windowStart = now
            inWindow = 0
        }
        inWindow += 1
        guard isContention || inWindow > Self.patience else { return false }
        current = min(current * 2, Self.longestSpacing)
        return true
    }
}
