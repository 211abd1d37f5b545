import Synchronization

/// What a thread tells of its loop, for others to see: when it will be round again, and the longest that something waited for it.
///
/// One thread tells, any may look. Times are CLOCK_MONOTONIC in nanoseconds.
public final class LoopPulse: Sendable {
    /// The loop is round again by then; `.max` while nothing can be said about it.
    private let expected = Atomic(UInt64.max)
    private let longest = Atomic<UInt64>(0)

    public init() {}

    // MARK: The loop's side

    /// The loop has come to the end of a wait, or of a turn's work. Being later than it said, or than `due`, is a gap: the lateness of
    /// a wake-up, or the length of the work.
    /// - Parameters:
    ///   - due: what had to be done had to be done then, if earlier than the loop itself said.
    ///   - next: when it will be round again at the latest: `now` where work begins, the end of the wait where it waits.
    public func turn(at now: UInt64, due: UInt64 = .max, next: UInt64) {
        let due = min(due, expected.load(ordering: .relaxed))
        if now > due, now - due > longest.load(ordering: .relaxed) { _ = longest.max(now - due, ordering: .relaxed) }
        expected.store(next, ordering: .relaxed)
    }

    /// The loop ends, or waits for something that may take any time: until the next turn nothing is expected of it.
    public func pause() { expected.store(.max, ordering: .relaxed) }

    // MARK: Everybody's side

    /// Whether the loop is round again when it said so, give or take `grace`.
    public func isAlive(at now: UInt64, grace: UInt64) -> Bool { lateness(at: now) <= grace }

    /// How long ago the loop should have been round again, and is not; ns.
    public func lateness(at now: UInt64) -> UInt64 {
        let expected = expected.load(ordering: .relaxed)
        return now > expected ? now - expected : 0
    }

    /// The longest gap since `beginInterval`, the present one included.
    public func longestGap(at now: UInt64) -> UInt64 {
        max(longest.load(ordering: .relaxed), lateness(at: now))
    }

    /// Gaps begin anew; what `longestGap` told is forgotten, and nothing longer.
    /// - Parameter told: the last answer of `longestGap`.
    public func beginInterval(told: UInt64) {
        let now = longest.load(ordering: .relaxed)
        if now <= told { _ = longest.compareExchange(expected: now, desired: 0, ordering: .relaxed) }
    }
}
