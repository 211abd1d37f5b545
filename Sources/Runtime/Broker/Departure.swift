/// How the broker is left: what is in flight may settle for a while, then `offline` and DISCONNECT are said, and then the broker has a moment
/// to close. A value without I/O; times are CLOCK_MONOTONIC, ns.
struct Departure {
    private enum Phase {
        case settling(until: UInt64)
        /// DISCONNECT is out.
        case closing(until: UInt64)
    }

    /// What is said in the farewell.
    let reason: String
    /// What waits in the ring is sent, too.
    let drains: Bool
    private var phase: Phase
    private var hasFinishedWriting = false

    /// The time that a broker has to close after DISCONNECT, and what a second signal leaves of it; ns.
    private static let closingTime: UInt64 = 1_000_000_000
    private static let hastenedClosingTime: UInt64 = 250_000_000

    /// - Parameter settled: until when messages may settle.
    init(_ reason: String, drains: Bool, settled: UInt64) {
        self.reason = reason
        self.drains = drains
        phase = .settling(until: settled)
    }

    var isClosing: Bool {
        if case .closing = phase { true } else { false }
    }

    /// When it goes on at the latest.
    /// - Parameter connectionEnds: when the session gives the connection up for want of an answer. Before that there is still to be said
    /// that we go, and time for the broker to hear it.
    func deadline(_ connectionEnds: UInt64?) -> UInt64 {
        switch phase {
        case .settling(let until): min(until, connectionEnds.map { $0 - min($0, Self.closingTime) } ?? .max)
        case .closing(let until): until
        }
    }

    /// Nothing is waited for any longer: what the socket takes at once is still said.
    mutating func hasten(at now: UInt64) {
        switch phase {
        case .settling: phase = .settling(until: now)
        case .closing(let until): phase = .closing(until: min(until, now + Self.hastenedClosingTime))
        }
    }

    /// Whether the farewell and DISCONNECT are to be said now; once.
    mutating func isTimeToSayGoodbye(isSettled: Bool, connectionEnds: UInt64?, at now: UInt64) -> Bool {
        guard case .settling = phase, isSettled || now >= deadline(connectionEnds) else { return false }
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
