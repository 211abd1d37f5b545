import Bytes

extension PublishSession {
    /// Totals of advertisements, some of them by the tag that the caller gave them; the session's own messages are not among them.
    public struct Counters: Equatable, Sendable {
        /// QoS 0: taken by the transport, and sent as far as is known. QoS 1: acknowledged by the broker. By tag.
        public var published = Tally()
        /// QoS 1: sent whole, but the connection ended before the PUBACK: the broker may have it or not. By tag.
        public var unconfirmed = Tally()
        /// Handed over, but the connection ended before the last byte was taken by the transport or, at QoS 0, was known to be sent. By tag.
        public var connectionLost = Tally()
        /// Not sent, or not again, because the broker closes the connection over such messages. By tag.
        public var refused = Tally()
        /// QoS 1 without a clean session: messages sent again with DUP.
        public var redelivered: UInt64 = 0
        /// Connections, and attempts at one, that ended unasked; by `CloseReason.Kind`.
        public var disconnects = Tally()
        /// CONNACKs that accepted.
        public var connects: UInt64 = 0
        /// PUBACKs for no open message.
        public var unexpectedAcknowledgements: UInt64 = 0
        /// PINGRESPs without a PINGREQ.
        public var unexpectedPingResponses: UInt64 = 0

        public init() {}

        public static func += (left: inout Counters, right: Counters) {
            left.published += right.published
            left.unconfirmed += right.unconfirmed
            left.connectionLost += right.connectionLost
            left.refused += right.refused
            left.redelivered += right.redelivered
            left.disconnects += right.disconnects
            left.connects += right.connects
            left.unexpectedAcknowledgements += right.unexpectedAcknowledgements
            left.unexpectedPingResponses += right.unexpectedPingResponses
        }
    }

    /// Where a session's advertisements are: done with, by what became of them, or in flight.
    public struct Account: Sendable {
        /// Of this session and those before it.
        public var counters: Counters
        /// By tag.
        public var inFlight: Tally

        public init(counters: Counters = Counters(), inFlight: Tally = Tally()) {
            self.counters = counters
            self.inFlight = inFlight
        }
    }
}
