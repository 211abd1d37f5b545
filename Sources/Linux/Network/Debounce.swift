/// Treats several events that follow each other closely as one: that is over when there was no event for a while, or it has lasted too long.
/// Times are CLOCK_MONOTONIC, ns.
public struct Debounce {
    /// Nanoseconds without an event that end a debounce.
    public static let quiet: UInt64 = 300_000_000
    /// Nanoseconds after which it ends, even if events continue.
    public static let longest: UInt64 = 1_000_000_000

    private var times: (first: UInt64, last: UInt64)?

    public init() {}

    /// An event.
    public mutating func event(at now: UInt64) {
        times = (times?.first ?? now, now)
    }

    /// When it is over; nil if there was no event.
    public var deadline: UInt64? { times.map { min($0.last + Self.quiet, $0.first + Self.longest) } }

    /// Whether it is over; true once for each.
    public mutating func isOver(at now: UInt64) -> Bool {
        guard let deadline, now >= deadline else { return false }
        times = nil
        return true
    }
}
