import Bytes

extension PublishSession {
    /// Totals of advertisements, where it says so by the tag that the caller gave them; the session's own messages are not among them.
    public struct Counters: Equatable, Sendable {
        /// QoS 0: taken by the transport. QoS 1: acknowledged by the broker. By tag.
        public var published = Tally()
        /// QoS 1: sent whole, but the connection ended before the PUBACK: the broker may have it or not. By tag.
        public var unconfirmed = Tally()
        /// Handed over, but the connection ended before the transport took the last byte. By tag.
        public var connectionLost = Tally()
        /// Not sent, or not again, because the broker closes the connection over such messages. By tag.
        public var refused = Tally()
        /// QoS 1, `clean_session: false`: messages sent again with DUP.
        public var redelivered: UInt64 = 0
        /// Connections, and attempts at one, that ended unasked; by `CloseReason.Kind`.
        public var disconnects = Tally()
        /// CONNACKs that accepted.
        public var connects: UInt64 = 0
        /// PUBACKs for messages that did not wait for one.
        public var unexpectedAcknowledgements: UInt64 = 0

        public init() {}

        public mutating func add(_ other: Counters) {
            published += other.published
            unconfirmed += other.unconfirmed
            connectionLost += other.connectionLost
            refused += other.refused
            redelivered += other.redelivered
            disconnects += other.disconnects
            connects += other.connects
            unexpectedAcknowledgements += other.unexpectedAcknowledgements
        }
    }
}
