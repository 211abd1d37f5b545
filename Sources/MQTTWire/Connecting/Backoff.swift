/// How long to wait before the next connection attempt: `initial`, doubled each time up to `maximum`.
public struct Backoff: Sendable {
    /// Nanoseconds.
    public let initial: UInt64
    /// Nanoseconds.
    public let maximum: UInt64
    /// Without it every wait is `initial`.
    public let isExponential: Bool
    /// The share, 0…0.5, by which chance may shorten a wait, so that a fleet does not return in step.
    public let jitter: Double

    /// No two attempts are closer than this, whatever chance says. Nanoseconds.
    public static let floor: UInt64 = 500_000_000

    private var next: UInt64

    public init(initial: UInt64, maximum: UInt64, isExponential: Bool = true, jitter: Double = 0.5) {
        precondition(initial <= maximum && (0...0.5).contains(jitter))
        self.initial = initial
        self.maximum = maximum
        self.isExponential = isExponential
        self.jitter = jitter
        next = initial
    }

    /// The wait before the next attempt, in nanoseconds.
    /// - Parameter random: 64 bits of chance.
    public mutating func delay(random: UInt64) -> UInt64 {
        let full = next
        if isExponential { next = full > maximum / 2 ? maximum : full * 2 }
        let chance = Double(random >> 11) / Double(1 << 53)
        return max(full - UInt64(Double(full) * jitter * chance), Self.floor)
    }

    /// Starts over, after a connection that has proved good.
    public mutating func reset() {
        next = initial
    }
}
