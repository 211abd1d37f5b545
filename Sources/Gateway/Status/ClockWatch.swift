/// Decides when the kernel is asked whether the machine's clock is synchronized, and detects changes.
///
/// A value without I/O. Times are CLOCK_MONOTONIC in nanoseconds.
public struct ClockWatch: Sendable {
    /// What has changed.
    public enum Change: Equatable, Sendable {
        /// The clock was never set, or has not been disciplined for hours.
        case unsynchronized
        case synchronized
    }

    /// It is asked this often until it is synchronized.
    public static let pauseUntilSynchronized: UInt64 = 5_000_000_000
    /// It is asked this often afterwards, and where it does not know.
    public static let pause: UInt64 = 300_000_000_000

    /// The kernel reports that the clock is not synchronized.
    public private(set) var isUnsynchronized = false
    /// When `check` must be called next; at once, at first.
    public private(set) var deadline: UInt64 = 0

    public init() {}

    /// Asks, where that is due.
    /// - Parameter kernel: its answer; nil if it is unknown: that is no change.
    public mutating func check(at now: UInt64, _ kernel: () -> Bool?) -> Change? {
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
