extension PublishSession {
    /// Fixed for the life of a session.
    public struct Options: Sendable {
        public var connect: ConnectOptions
        public var qos: QoS
        /// Messages that may wait for their PUBACK at a time.
        public var maxInflight: Int
        public var backoff: Backoff

        public init(connect: ConnectOptions, qos: QoS, maxInflight: Int, backoff: Backoff) {
            self.connect = connect
            self.qos = qos
            self.maxInflight = maxInflight
            self.backoff = backoff
        }
    }

    /// Where the session stands.
    public enum State: Equatable, Sendable {
        /// Not started, or stopped for good.
        case idle
        /// No connection; the next attempt is due at `until`.
        case waiting(until: UInt64)
        /// The transport is being opened.
        case connecting
        /// CONNECT has been sent.
        case awaitingConnack
        /// CONNACK has accepted; messages flow.
        case online
        /// DISCONNECT has been sent; the broker is to close.
        case disconnecting
    }

    /// What the caller has to do with the transport.
    public enum Action: Equatable, Sendable {
        /// Open it, then call `transportOpened` or `transportFailed`.
        case open
        /// Ask it how far it is, then call `transportProgressed`.
        case look
        /// Close it; the session has left it behind already.
        case close(CloseReason)
    }

    /// How far the transport is with what it has taken.
    public struct Progress: Equatable, Sendable {
        /// Bytes that the broker's kernel has acknowledged on this connection: a count that only grows, and no position in the session's stream.
        public var acknowledged: UInt64
        /// Bytes at the end of what the transport has taken that have not left this machine's kernel.
        public var unsent: Int
        /// Something that the transport has taken has not been acknowledged by the broker's kernel.
        public var isOutstanding: Bool
        /// For how long that kernel has answered nothing, ns, while something waits for its answer; 0 where nothing does.
        public var unanswered: UInt64

        public init(acknowledged: UInt64, unsent: Int, isOutstanding: Bool, unanswered: UInt64) {
            self.acknowledged = acknowledged
            self.unsent = unsent
            self.isOutstanding = isOutstanding
            self.unanswered = unanswered
        }
    }

    /// What became of a message.
    public enum PublishResult: Equatable, Sendable {
        /// In flight; its packet identifier, nil at QoS 0.
        case accepted(packetID: UInt16?)
        /// No room now: not online, window closed, or outbox full. Again after the next event.
        case busy
        /// Does not fit even into an empty outbox.
        case oversize
        /// Of a size over which the broker closes the connection; counted.
        case refused
    }

    /// Messages that are not sent because the broker closes the connection over them: for the log.
    public enum Refusal: Equatable, Sendable {
        /// Those of at least `from` bytes, for the next `nanoseconds`.
        case sizes(from: Int, nanoseconds: UInt64)
        /// So many, each of which was on its way when three connections ended.
        case messages(UInt64)
    }
}
