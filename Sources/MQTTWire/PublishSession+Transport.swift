import Bytes

/// What the transport does with the session's bytes.
extension PublishSession {
    /// The transport has taken `count` bytes of `pending`, all that it takes now.
    ///
    /// At QoS 0 messages are done with when they have been sent. As long as the transport takes all that there is, they have been with
    /// this; where it does not, `poll` asks for a look at how far it is.
    /// - Parameter written: sees the receive stamp of each advertisement that is now known to be written whole (QoS 0: and sent) for the
    ///   first time.
    public mutating func transportTook(_ count: Int, at now: UInt64, _ written: (UInt64) -> Void) {
        outbox.take(count)
        watch.took(count, isShort: outbox.count > 0, at: now)
        settle(at: now, written)
        // Not before the usual time, unless nothing more could be published until then.
        if watch.isBacklogged, !inFlight.hasRoom, inFlight.qos == .atMostOnce { watch.look(by: now, from: now) }
        if inFlight.isResending { resend(at: now) }
    }

    /// How far the transport is; an answer to `Action.look`.
    /// - Parameters:
    ///   - progress: nil where the transport cannot tell.
    ///   - written: as for `transportTook`.
    public mutating func transportProgressed(_ progress: Progress?, at now: UInt64, _ written: (UInt64) -> Void) {
        guard state == .online || state == .disconnecting || state == .awaitingConnack, pendingClose == nil else { return }
        let isThere = watch.looked(progress, isShort: outbox.count > 0, at: now)
        settle(at: now, written)
        if !isThere { pendingClose = .unanswered }
    }

    private mutating func settle(at now: UInt64, _ written: (UInt64) -> Void) {
        let isDone = inFlight.qos == .atMostOnce
        Self.settle(upTo: isDone ? watch.settled : outbox.taken, at: now, &inFlight, &counters, &sizeLimit, written)
    }

    private static func settle(
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
