/// What the session knows of its way to the broker's machine: whether bytes wait unsent in this machine's kernel, whether they move, and
/// whether anybody answers at the other end. Of one connection.
///
/// In good times nothing is asked for but, each `restfulPause` while something was written, whether it has arrived. Once the transport
/// has not taken all, or the kernel not sent all, the stream is backlogged, and is looked at more often until nothing waits any more.
/// A value without a clock: times are CLOCK_MONOTONIC in nanoseconds.
struct StreamWatch {
    /// Between two looks while nothing is backlogged.
    static let restfulPause: UInt64 = 2_000_000_000
    /// Between two looks while something is: the first, then twice as long each time that nothing has moved.
    static let shortestPause: UInt64 = 5_000_000
    static let longestPause: UInt64 = 1_000_000_000
    /// A peer whose kernel answers nothing for so long is not there.
    static let patience: UInt64 = 12_000_000_000
    /// It has had something to answer for at least so long: an idle connection hears from its peer by TCP's probes alone.
    static let leastPatience: UInt64 = 3_000_000_000

    /// Something that was handed over had not left this machine when that was last known.
    private(set) var isBacklogged = false
    /// When bytes last moved while the stream was backlogged.
    private(set) var lastMoved: UInt64 = 0
    /// The next look.
    private(set) var due: UInt64?
    /// Stream positions: what the transport has taken, and what had left this machine's kernel at the last look.
    private var taken: UInt64 = 0
    private var sent: UInt64 = 0
    private var unsent = 0
    private var lastLook: UInt64 = 0
    private var pause = Self.shortestPause
    private var acknowledged: UInt64 = 0
    private var outstandingSince: UInt64?
    /// The transport can tell how far it is, as far as is known.
    private var canTell = true

    /// Stream position up to which everything has been sent, as far as is known.
    var settled: UInt64 { isBacklogged && canTell ? sent : taken }

    /// The transport has taken `count` bytes.
    /// - Parameter isShort: not all that it was offered.
    mutating func took(_ count: Int, isShort: Bool, at now: UInt64) {
        taken += UInt64(count)
        let isNews = isShort && !isBacklogged
        if isNews {
            isBacklogged = true
            pause = Self.shortestPause
        }
        if count > 0 {
            outstandingSince = outstandingSince ?? now
            if isBacklogged { lastMoved = now }
        }
        guard canTell else {
            isBacklogged = isShort
            return
        }
        guard count > 0 || isNews else { return }
        look(by: isBacklogged ? lastLook + pause : now + Self.restfulPause, from: now)
    }

    /// The next look is not later than `time`, nor in the past.
    mutating func look(by time: UInt64, from now: UInt64) {
        guard canTell else { return }
        due = min(due ?? .max, max(time, now))
    }

    /// A look is being taken: the next is due later, whether this one brings anything or not.
    mutating func asks(at now: UInt64) {
        lastLook = now
        due = now + (isBacklogged ? pause : Self.restfulPause)
    }

    /// What the look has brought.
    /// - Parameters:
    ///   - progress: nil where the transport cannot tell.
    ///   - isShort: the transport has not taken all.
    /// - Returns: whether somebody is there, as far as can be told.
    mutating func looked(_ progress: PublishSession.Progress?, isShort: Bool, at now: UInt64) -> Bool {
        guard let progress else {
            canTell = false
            due = nil
            isBacklogged = isShort
            return true
        }
        let hasMoved = progress.acknowledged > acknowledged || progress.unsent != unsent
        if isBacklogged, progress.acknowledged > acknowledged { lastMoved = now }
        acknowledged = max(acknowledged, progress.acknowledged)
        unsent = progress.unsent
        sent = max(sent, taken - min(taken, UInt64(max(0, unsent))))
        pause = hasMoved ? Self.shortestPause : min(2 * pause, Self.longestPause)
        isBacklogged = isShort || unsent > 0
        lastLook = now
        if !progress.isOutstanding {
            // Nothing can move until more is taken.
            outstandingSince = nil
            due = nil
            return true
        }
        let since = outstandingSince ?? now
        outstandingSince = since
        due = now + (isBacklogged ? pause : Self.restfulPause)
        guard progress.unanswered > 0 else { return true }
        let end = max(now + Self.patience - min(progress.unanswered, Self.patience), since + Self.leastPatience)
        due = min(due!, max(end, now + 1))
        return now < end
    }
}
