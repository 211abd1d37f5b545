/// Decides when the kernel is asked whether the machine's clock is right, and what follows from the answers.
///
/// A value without I/O. Times are CLOCK_MONOTONIC in nanoseconds.
public struct ClockWatch: Sendable {
    /// What has changed.
    public enum News: Equatable, Sendable {
        /// The clock was never set, or nobody has kept it for hours.
        case unsynchronized
        case synchronized
    }

    /// It is asked this often until it is synchronized.
    public static let pauseUntilSynchronized: UInt64 = 5_000_000_000
    /// It is asked this often afterwards, and where it does not tell.
    public static let pause: UInt64 = 300_000_000_000

    /// The kernel has said that the clock is not synchronized.
    public private(set) var isUnsynchronized = false
    /// When `look` must be called next; at once, at first.
    public private(set) var deadline: UInt64 = 0

    public init() {}

    /// Asks, where that is due.
    /// - Parameter kernel: its answer; nil where it does not tell: nothing is said then.
    public mutating func look(at now: UInt64, _ kernel: () -> Bool?) -> News? {
        guard now >= deadline else { return nil }
        let answer = kernel()
        let was = isUnsynchronized
        isUnsynchronized = answer == false
        deadline = now + (isUnsynchronized ? Self.pauseUntilSynchronized : Self.pause)
        if isUnsynchronized == was { return nil }
        if isUnsynchronized { return .unsynchronized }
        return answer == true ? .synchronized : nil
    }
}
