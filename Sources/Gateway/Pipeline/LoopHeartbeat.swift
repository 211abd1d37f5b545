import Synchronization

/// The heartbeat of a thread's event loop, for other threads: when its next iteration is due, and its longest delay.
///
/// One thread writes it, any may read it. Times are CLOCK_MONOTONIC in nanoseconds.
public final class LoopHeartbeat: Sendable {
    /// The next iteration begins by then; `.max` while nothing is expected.
    private let expected = Atomic(UInt64.max)
    private let longest = Atomic<UInt64>(0)

    public init() {}

    // MARK: The loop's side

    /// The loop has come to the end of a wait, or of the work of an iteration. Being later than announced, or than `due`, is a gap: the lateness of
    /// a wake-up, or the length of the work.
    /// - Parameters:
    ///   - due: when the work was due, if earlier than the loop itself had announced.
    ///   - next: when the next beat is due: `now` where work begins, the end of the wait where it waits.
    public func beat(at now: UInt64, due: UInt64 = .max, next: UInt64) {
        let due = min(due, expected.load(ordering: .relaxed))
        if now > due, now - due > longest.load(ordering: .relaxed) { _ = longest.max(now - due, ordering: .relaxed) }
        expected.store(next, ordering: .relaxed)
    }

    /// The loop ends, or waits for something that may take any time: until the next beat nothing is expected of it.
    public func pause() { expected.store(.max, ordering: .relaxed) }

    // MARK: Other threads' side

    /// Whether the next iteration is late by `grace` at most.
    public func isAlive(at now: UInt64, grace: UInt64) -> Bool { lateness(at: now) <= grace }

    /// By how much the next iteration is late; ns.
    public func lateness(at now: UInt64) -> UInt64 {
        let expected = expected.load(ordering: .relaxed)
        return now > expected ? now - expected : 0
    }

    /// The longest gap since `beginInterval`, the present one included.
    public func longestGap(at now: UInt64) -> UInt64 {
        max(longest.load(ordering: .relaxed), lateness(at: now))
    }

    /// Gaps begin anew; what `longestGap` returned is forgotten, and nothing longer.
    /// - Parameter reported: the last result of `longestGap`.
    public func beginInterval(reported: UInt64) {
        let now = longest.load(ordering: .relaxed)
        if now <= reported { _ = longest.compareExchange(expected: now, desired: 0, ordering: .relaxed) }
    }
}
