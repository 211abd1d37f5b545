extension PublishSession {
    /// Totals of advertisements; the session's own messages are not among them.
    public struct Counters: Equatable, Sendable {
        /// QoS 0: taken by the transport. QoS 1: acknowledged by the broker.
        public var published: UInt64 = 0
        /// QoS 1: sent whole, but the connection ended before the PUBACK: the broker may have it or not.
        public var unconfirmed: UInt64 = 0
        /// Handed over, but the connection ended before the transport took the last byte.
        public var connectionLost: UInt64 = 0
        /// CONNACKs that accepted.
        public var connects: UInt64 = 0
        /// PUBACKs for messages that did not wait for one.
        public var unexpectedAcknowledgements: UInt64 = 0

        public init() {}

        public mutating func add(_ other: Counters) {
            published += other.published
            unconfirmed += other.unconfirmed
            connectionLost += other.connectionLost
            connects += other.connects
            unexpectedAcknowledgements += other.unexpectedAcknowledgements
        }
    }
}
