/// A graceful disconnect: waiting for PUBACKs for a while, then the offline message and DISCONNECT, and then the broker has a moment
/// to close. A value without I/O; times are CLOCK_MONOTONIC, ns.
struct GracefulDisconnect {
    private enum Phase {
        case waiting(until: UInt64)
        /// DISCONNECT is out.
        case closing(until: UInt64)
    }

    /// The reason in the offline message.
    let reason: String
    /// What is in the ring is sent, too.
    let drains: Bool
    private var phase: Phase
    private var hasFinishedWriting = false

    /// The time that a broker has to close after DISCONNECT, and what a second signal leaves of it; ns.
    private static let closingTime: UInt64 = 1_000_000_000
    private static let shortClosingTime: UInt64 = 250_000_000

    /// - Parameter deadline: until when PUBACKs are awaited.
    init(_ reason: String, drains: Bool, until deadline: UInt64) {
        self.reason = reason
        self.drains = drains
        phase = .waiting(until: deadline)
    }

    var isClosing: Bool {
        if case .closing = phase { true } else { false }
    }

    /// When the next phase begins at the latest.
    /// - Parameter connectionEnds: when the session gives the connection up for want of an answer. Before that the offline message is still
    /// to be sent, and read by the broker.
    func deadline(_ connectionEnds: UInt64?) -> UInt64 {
        switch phase {
        case .waiting(let until): min(until, connectionEnds.map { $0 - min($0, Self.closingTime) } ?? .max)
        case .closing(let until): until
        }
    }

    /// Nothing is waited for any longer: what the socket takes at once is still sent.
    mutating func stopWaiting(at now: UInt64) {
        switch phase {
        case .waiting: phase = .waiting(until: now)
        case .closing(let until): phase = .closing(until: min(until, now + Self.shortClosingTime))
        }
    }

    /// Whether the offline message and DISCONNECT are to be sent now; once.
    mutating func isTimeToDisconnect(isDrained: Bool, connectionEnds: UInt64?, at now: UInt64) -> Bool {
        guard case .waiting = phase, isDrained || now >= deadline(connectionEnds) else { return false }
        phase = .closing(until: now + Self.closingTime)
        return true
    }

    /// Whether our side of the stream is to be closed now; once, for each time wakes the loop.
    /// - Parameter isSent: the transport has taken all.
    mutating func isTimeToFinishWriting(isSent: Bool) -> Bool {
        guard isClosing, isSent, !hasFinishedWriting else { return false }
        hasFinishedWriting = true
        return true
    }

    /// Whether the broker has had its moment to close.
    func isOver(at now: UInt64) -> Bool {
        guard case .closing(let until) = phase else { return false }
        return now >= until
    }
}
