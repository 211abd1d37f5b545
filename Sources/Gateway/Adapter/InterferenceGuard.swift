/// When the scan is set up again after another program has changed it: once that program seems to have sent all its commands, and
/// no oftener than `ContentionBackoff` allows.
///
/// Times are CLOCK_MONOTONIC in nanoseconds.
struct InterferenceGuard: Sendable {
    /// A program that changes the scan sends several commands in a row; in between is no time to send ours.
    static let settle: UInt64 = 150_000_000
    /// A row of commands is waited for no longer than this.
    static let longestSettle: UInt64 = 500_000_000

    /// With the setting up of the scan it is less than a second, whenever the other program comes.
    static let spacing: UInt64 = 800_000_000

    private var backoff = ContentionBackoff(spacing: Self.spacing)
    private var first: UInt64?
    private var last: UInt64 = 0
    /// The controller has been reset: it has forgotten more than the scan.
    private(set) var sawReset = false

    /// Another program's command has been completed.
    mutating func noticed(isReset: Bool, at now: UInt64) {
        first = first ?? now
        last = now
        sawReset = sawReset || isReset
    }

    /// When the scan is to be set up again; nil while there was no interference.
    func due(at now: UInt64) -> UInt64? {
        guard let first else { return nil }
        return max(min(last + Self.settle, first + Self.longestSettle), backoff.earliest(at: now))
    }

    /// The scan is set up anew for whatever reason, so that what was noticed is dealt with.
    mutating func forget() {
        first = nil
        sawReset = false
    }

    /// The scan is set up again for the interference.
    /// - Returns: the delay before the next time, ns, if there is contention; else nil.
    mutating func rearmed(at now: UInt64) -> UInt64? {
        forget()
        return backoff.acted(at: now) ? backoff.pause : nil
    }
}
