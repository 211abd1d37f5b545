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

    /// The state of the session.
    public enum State: Equatable, Sendable {
        /// Not started, or stopped.
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
        /// Ask it for its progress, then call `transportProgressed`.
        case checkProgress
        /// Close it; for the session it has ended already.
        case close(CloseReason)
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
        /// So many, each of which was being sent when three connections ended.
        case messages(UInt64)
    }
}
