/// Events that come in bursts, each burst taken as one: it is over when it has been quiet for a while, or has lasted too long.
/// Times are CLOCK_MONOTONIC, ns.
public struct Burst {
    /// Nanoseconds without an event that end a burst.
    public static let quiet: UInt64 = 300_000_000
    /// Nanoseconds after which a burst counts, even where events go on.
    public static let longest: UInt64 = 1_000_000_000

    private var times: (first: UInt64, last: UInt64)?

    public init() {}

    /// An event.
    public mutating func note(at now: UInt64) {
        times = (times?.first ?? now, now)
    }

    /// When the burst is over, nil where there is none.
    public var deadline: UInt64? { times.map { min($0.last + Self.quiet, $0.first + Self.longest) } }

    /// Whether a burst is over; each says so once.
    public mutating func isOver(at now: UInt64) -> Bool {
        guard let deadline, now >= deadline else { return false }
        times = nil
        return true
    }
}
