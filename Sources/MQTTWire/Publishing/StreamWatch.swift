import Bytes

/// What the session knows of its stream to the broker's machine: whether bytes wait unsent in this machine's kernel, whether they move, and
/// whether the other end acknowledges. Of one connection.
///
/// Normally the transport's progress is checked only each `idleInterval` while something was written. Once the transport
/// has not taken all, or the kernel not sent all, the stream is backlogged, and is checked more often until nothing waits any more.
/// A value without a clock: times are CLOCK_MONOTONIC in nanoseconds.
struct StreamWatch {
    /// Between two checks while nothing is backlogged.
    static let idleInterval: UInt64 = 2_000_000_000
    /// Between two checks while something is: the first, then twice as long each time that nothing has moved.
    static let shortestInterval: UInt64 = 5_000_000
    static let longestInterval: UInt64 = 1_000_000_000
    /// A peer whose kernel acknowledges nothing for so long is gone.
    static let patience: UInt64 = 12_000_000_000
    /// It has had something to acknowledge for at least so long: on an idle connection only TCP's probes are answered.
    static let leastPatience: UInt64 = 3_000_000_000

    /// Something that was handed over had not left this machine when that was last known.
    private(set) var isBacklogged = false
    /// When bytes last moved while the stream was backlogged.
    private(set) var lastMoved: UInt64 = 0
    /// When the next check is due.
    private(set) var due: UInt64?
    /// Stream positions: what the transport has taken, and what had left this machine's kernel at the last check.
    private var taken: UInt64 = 0
    private var sent: UInt64 = 0
    private var unsent = 0
    private var lastCheck: UInt64 = 0
    private var interval = Self.shortestInterval
    private var acknowledged: UInt64 = 0
    private var outstandingSince: UInt64?
    /// The transport can report its progress, as far as is known.
    private var reportsProgress = true

    /// Stream position up to which everything has been sent, as far as is known.
    var sentPosition: UInt64 { isBacklogged && reportsProgress ? sent : taken }

    /// The transport has taken `count` bytes.
    /// - Parameter isShort: not all that it was offered.
    mutating func took(_ count: Int, isShort: Bool, at now: UInt64) {
        taken += UInt64(count)
        let isNew = isShort && !isBacklogged
        if isNew {
            isBacklogged = true
            interval = Self.shortestInterval
        }
        if count > 0 {
            outstandingSince = outstandingSince ?? now
            if isBacklogged { lastMoved = now }
        }
        guard reportsProgress else {
            isBacklogged = isShort
            return
        }
        guard count > 0 || isNew else { return }
        check(by: isBacklogged ? lastCheck + interval : now + Self.idleInterval, from: now)
    }

    /// The next check is not later than `time`, nor in the past.
    mutating func check(by time: UInt64, from now: UInt64) {
        guard reportsProgress else { return }
        due = min(due ?? .max, max(time, now))
    }

    /// A check begins: the next is due later, whether this one brings anything or not.
    mutating func checks(at now: UInt64) {
        lastCheck = now
        due = now + (isBacklogged ? interval : Self.idleInterval)
    }

    /// The result of a check.
    /// - Parameters:
    ///   - progress: nil if the transport cannot report it.
    ///   - isShort: the transport has not taken all.
    /// - Returns: whether the peer is alive, as far as is known.
    mutating func checked(_ progress: StreamProgress?, isShort: Bool, at now: UInt64) -> Bool {
        guard let progress else {
            reportsProgress = false
            due = nil
            isBacklogged = isShort
            return true
        }
        let hasMoved = progress.acknowledged > acknowledged || progress.unsent != unsent
        if isBacklogged, progress.acknowledged > acknowledged { lastMoved = now }
        acknowledged = max(acknowledged, progress.acknowledged)
        unsent = progress.unsent
        sent = max(sent, taken - min(taken, UInt64(max(0, unsent))))
        interval = hasMoved ? Self.shortestInterval : min(2 * interval, Self.longestInterval)
        isBacklogged = isShort || unsent > 0
        lastCheck = now
        if !progress.isOutstanding {
            // Nothing can move until more is taken.
            outstandingSince = nil
            due = nil
            return true
        }
        let since = outstandingSince ?? now
        outstandingSince = since
        due = now + (isBacklogged ? interval : Self.idleInterval)
        guard progress.unanswered > 0 else { return true }
        let end = max(now + Self.patience - min(progress.unanswered, Self.patience), since + Self.leastPatience)
        due = min(due!, max(end, now + 1))
        return now < end
    }
}
