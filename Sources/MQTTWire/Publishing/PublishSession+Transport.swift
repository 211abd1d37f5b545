import Bytes

/// What the transport does with the session's bytes.
extension PublishSession {
    /// The transport has taken `count` bytes of `pending`, all that it takes now.
    ///
    /// At QoS 0 messages are done with when they have been sent. As long as the transport takes all that there is, they have been with
    /// this; where it does not, `poll` asks for its progress.
    /// - Parameter written: sees the receive stamp of each advertisement that is now known to be written whole (QoS 0: and sent) for the
    ///   first time.
    public mutating func transportTook(_ count: Int, at now: UInt64, _ written: (UInt64) -> Void) {
        outbox.take(count)
        watch.took(count, isShort: outbox.count > 0, at: now)
        countWritten(at: now, written)
        // Not before the usual time, unless nothing more could be published until then.
        if watch.isBacklogged, !inFlight.hasRoom, inFlight.qos == .atMostOnce { watch.check(by: now, from: now) }
        if inFlight.isResending { resend(at: now) }
    }

    /// The transport's progress; an answer to `Action.checkProgress`.
    /// - Parameters:
    ///   - progress: nil if the transport cannot report it.
    ///   - written: as for `transportTook`.
    public mutating func transportProgressed(_ progress: StreamProgress?, at now: UInt64, _ written: (UInt64) -> Void) {
        guard state == .online || state == .disconnecting || state == .awaitingConnack, pendingClose == nil else { return }
        let isThere = watch.checked(progress, isShort: outbox.count > 0, at: now)
        countWritten(at: now, written)
        if !isThere { pendingClose = .unanswered }
    }

    private mutating func countWritten(at now: UInt64, _ written: (UInt64) -> Void) {
        let isDone = inFlight.qos == .atMostOnce
        Self.countWritten(upTo: isDone ? watch.sentPosition : outbox.taken, at: now, &inFlight, &counters, &sizeLimit, written)
    }

    private static func countWritten(
        upTo position: UInt64, at now: UInt64, _ inFlight: inout InFlight, _ counters: inout Counters, _ sizeLimit: inout SizeLimit,
        _ written: (UInt64) -> Void
    ) {
        let isDone = inFlight.qos == .atMostOnce
        inFlight.written(upTo: position) { slot in
            written(slot.received)
            guard isDone else { return }
            counters.published.add(slot.tag)
            sizeLimit.wrote(Int(slot.size), at: now)
        }
    }
}
