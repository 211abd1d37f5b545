import Bytes

extension ClientSession {
    /// What the broker keeps between two connections.
    public enum Persistence: Equatable, Sendable {
        /// Nothing: the session ends with its connection. Unacknowledged messages of QoS 1 are published anew after a reconnect; for those of
        /// QoS 2 it cannot be known whether they arrived, and that is said.
        case clean
        /// The session: subscriptions, and what is published while the client is away, at QoS 1 and 2.
        /// - Parameter expiry: seconds; nil for ever. With MQTT 3.1.1 the broker decides.
        case persistent(expiry: UInt32?)
    }

    /// Fixed for the life of a session, but for the password.
    public struct Options: Sendable {
        /// Empty: the broker chooses one, which is then kept; not with a persistent session of MQTT 3.1.1 [MQTT-3.1.3-7].
        public var clientID: String
        public var userName: String?
        /// With MQTT 3.1.1 only beside a user name [MQTT-3.1.2-22].
        public var password: [UInt8]?
        public var persistence: Persistence
        /// Seconds; 0 switches keep alive off. The broker may set another.
        public var keepAlive: UInt16
        public var will: Will?
        /// Messages of QoS 1 and 2 that the broker may send before they are acknowledged; MQTT 5 only.
        public var receiveMaximum: UInt16
        /// Bytes of the largest packet that is taken. With MQTT 5 the broker is told; a larger one ends the connection.
        public var maximumPacketSize: Int
        /// Topics that the broker may replace by a number; MQTT 5 only.
        public var topicAliasMaximum: UInt16
        /// Messages of QoS 1 and 2 that may wait for their acknowledgement at a time; the broker's Receive Maximum may make it less.
        public var maximumInFlight: Int
        /// Bytes, about, of messages that were handed over and are not done with; beyond them `publish` answers `busy`.
        public var maximumQueued: Int
        /// Of CONNECT; MQTT 5 only.
        public var userProperties: [UserProperty]

        public init(
            clientID: String = "", userName: String? = nil, password: [UInt8]? = nil, persistence: Persistence = .clean, keepAlive: UInt16 = 60,
            will: Will? = nil, receiveMaximum: UInt16 = 1000, maximumPacketSize: Int = 16 << 20, topicAliasMaximum: UInt16 = 32,
            maximumInFlight: Int = 256, maximumQueued: Int = 8 << 20, userProperties: [UserProperty] = []
        ) {
            precondition(receiveMaximum > 0 && maximumInFlight > 0 && maximumPacketSize >= 16)
            self.clientID = clientID
            self.userName = userName
            self.password = password
            self.persistence = persistence
            self.keepAlive = keepAlive
            self.will = will
            self.receiveMaximum = receiveMaximum
            self.maximumPacketSize = min(maximumPacketSize, PacketSize.whole(remaining: PacketSize.largestRemaining))
            self.topicAliasMaximum = topicAliasMaximum
            self.maximumInFlight = min(maximumInFlight, 65_535)
            self.maximumQueued = maximumQueued
            self.userProperties = userProperties
        }

        /// CONNECT's properties, 3.1.2.11.
        var connectProperties: Properties {
            var properties = Properties()
            if case .persistent(let expiry) = persistence { properties.set(.sessionExpiryInterval, expiry ?? .max) }
            if receiveMaximum < 65_535 { properties.set(.receiveMaximum, UInt32(receiveMaximum)) }
            properties.set(.maximumPacketSize, UInt32(maximumPacketSize))
            if topicAliasMaximum > 0 { properties.set(.topicAliasMaximum, UInt32(topicAliasMaximum)) }
            properties.userProperties = userProperties
            return properties
        }
    }

    public enum State: Equatable, Sendable {
        /// No transport.
        case disconnected
        /// CONNECT has been sent.
        case awaitingConnack
        /// CONNACK has accepted; messages flow.
        case online
        /// DISCONNECT has been sent, or the connection is to be closed.
        case closing
    }

    /// What the broker said in CONNACK, with what it did not say filled in: 3.2.2.3.
    public struct Acceptance: Equatable, Sendable {
        public var version: ProtocolVersion
        /// The broker still had the session.
        public var sessionPresent: Bool
        /// The identifier that the broker knows this client by.
        public var clientID: String
        /// Seconds; 0 if none.
        public var keepAlive: UInt16
        /// Messages of QoS 1 and 2 that the broker takes before they are acknowledged.
        public var receiveMaximum: UInt16
        public var maximumQoS: QoS
        public var canRetain: Bool
        /// Bytes of the largest packet that the broker takes; nil if it names none.
        public var maximumPacketSize: Int?
        public var topicAliasMaximum: UInt16
        public var hasWildcardSubscriptions: Bool
        public var hasSubscriptionIdentifiers: Bool
        public var hasSharedSubscriptions: Bool
        /// Seconds that the broker keeps the session; nil if it has taken what was asked for.
        public var sessionExpiry: UInt32?
        /// All of CONNACK's properties that an application may be interested in.
        public var properties: Properties

        init(_ connack: Connack, version: ProtocolVersion, options: Options) {
            let properties = connack.properties
            self.version = version
            sessionPresent = connack.sessionPresent
            clientID = properties.text(.assignedClientIdentifier) ?? options.clientID
            keepAlive = properties.number(.serverKeepAlive).map { UInt16($0) } ?? options.keepAlive
            receiveMaximum = properties.number(.receiveMaximum).map { UInt16($0) } ?? 65_535
            maximumQoS = properties.number(.maximumQoS).flatMap { QoS(rawValue: UInt8($0)) } ?? .exactlyOnce
            canRetain = properties.number(.retainAvailable) != 0
            maximumPacketSize = properties.number(.maximumPacketSize).map { Int($0) }
            topicAliasMaximum = UInt16(properties.number(.topicAliasMaximum) ?? 0)
            hasWildcardSubscriptions = properties.number(.wildcardSubscriptionAvailable) != 0
            hasSubscriptionIdentifiers = version == .v5 && properties.number(.subscriptionIdentifierAvailable) != 0
            hasSharedSubscriptions = properties.number(.sharedSubscriptionAvailable) != 0
            sessionExpiry = properties.number(.sessionExpiryInterval)
            self.properties = properties
        }
    }

    /// Why this side or the broker ended a connection; what befell the transport is the caller's to say.
    public enum CloseReason: Equatable, Sendable {
        /// CONNACK refused.
        case refused(ReasonCode, Properties)
        /// The broker's DISCONNECT, MQTT 5 only.
        case disconnectedByBroker(ReasonCode, Properties)
        /// The broker sent what the specification forbids.
        case protocolViolation(DecodeError)
        /// The broker sent too much that answers nothing.
        case flood
        /// No CONNACK, or no PINGRESP, within the time for it.
        case connackTimeout, pingTimeout
        /// The broker sends nothing more, because so many messages were let go without acknowledgement: they come again with the next connection.
        case unacknowledged
        /// DISCONNECT has been sent as it was asked for.
        case requested
    }

    /// What a request came to.
    public enum Completion: Equatable, Sendable {
        /// A message has been sent (QoS 0) or acknowledged; the code may say that nobody has subscribed to it.
        case published(ReasonCode)
        /// Of each filter in order, the QoS that was granted or why it was refused.
        case subscribed([ReasonCode])
        /// Of each filter in order.
        case unsubscribed([ReasonCode])
    }

    /// Why a request was not fulfilled.
    public enum RequestFault: Error, Equatable, Sendable {
        /// A message of QoS 0 while there is no connection: it would have to be kept, which QoS 0 is not.
        case notConnected
        case invalidTopic(TopicFault)
        /// A property or name cannot be encoded: longer than 65,535 bytes, or text with U+0000.
        case unencodable
        /// The packet has more bytes than the broker takes.
        case tooLarge(bytes: Int, limit: Int)
        /// The broker's highest QoS is less.
        case qosNotSupported(maximum: QoS)
        case retainNotSupported
        /// The broker has none of what this subscription needs: wildcards, or shared subscriptions.
        case subscriptionNotSupported(ReasonCode)
        /// The broker's answer, with its words if it had any.
        case refused(ReasonCode, String?)
        /// The connections on which this message was sent were all closed by the broker before it was acknowledged, so often, at last with
        /// nothing else in flight: that is how MQTT 3.1.1 refuses a message.
        case refusedByClosing(times: Int)
        /// A message of QoS 2 was sent and not acknowledged, and the broker has forgotten the session: it may have arrived or not.
        case inDoubt
        /// The connection ended before a message of QoS 0 was written.
        case connectionLost
        /// The session has been ended. What is unacknowledged stays in a persistent one.
        case ended
    }

    /// A message that has come.
    public struct Delivery: Equatable, Sendable {
        public var message: ApplicationMessage
        /// By which it is acknowledged; nil at QoS 0.
        public var number: UInt64?
        /// The packet identifier; 0 at QoS 0.
        public var packetID: UInt16
        /// The broker has sent it before, as it says itself.
        public var isDuplicate: Bool
        /// Bytes that it takes, about.
        public var cost: Int { message.cost }
    }

    public enum Event: Equatable, Sendable {
        case accepted(Acceptance)
        case message(Delivery)
        /// What became of the request with that token.
        case finished(token: UInt64, Result<Completion, RequestFault>)
        /// The broker has answered a PINGREQ.
        case answered
        /// After a reconnect the broker refused a subscription that it had granted before.
        case subscriptionLost(TopicFilter, ReasonCode)
        /// The transport is to be closed once what is to be sent has been sent.
        case close(CloseReason)
    }

    /// A change of what must outlive the process; to be durable before the bytes that were made with it are sent.
    public enum StoreOperation: Equatable, Sendable {
        /// A message of QoS 1 or 2 was handed over.
        case publish(number: UInt64, ApplicationMessage)
        /// PUBREC has come: what remains is PUBREL.
        case release(number: UInt64)
        /// It is done with.
        case finish(number: UInt64)
        /// A message of QoS 2 was acknowledged by PUBREC, and PUBREL has not come.
        case received(packetID: UInt16)
        /// PUBREL has come.
        case released(packetID: UInt16)
        /// The broker has forgotten the session: no message of QoS 2 awaits its PUBREL.
        case forgetReceived
    }

    /// What outlives a process: 4.1.
    public struct Stored: Equatable, Sendable {
        /// Messages that are not done with, in the order of their numbers; nil for those of which only PUBREL remains.
        public var outgoing: [(number: UInt64, message: ApplicationMessage?)]
        public var received: Set<UInt16>

        public init(outgoing: [(number: UInt64, message: ApplicationMessage?)] = [], received: Set<UInt16> = []) {
            self.outgoing = outgoing
            self.received = received
        }

        public static func == (left: Stored, right: Stored) -> Bool {
            left.received == right.received && left.outgoing.count == right.outgoing.count
                && zip(left.outgoing, right.outgoing).allSatisfy { $0.number == $1.number && $0.message == $1.message }
        }

        /// Applies an operation.
        public mutating func apply(_ operation: StoreOperation) {
            switch operation {
            case .publish(let number, let message): outgoing.append((number, message))
            case .release(let number): if let index = index(number) { outgoing[index].message = nil }
            case .finish(let number): if let index = index(number) { outgoing.remove(at: index) }
            case .received(let packetID): received.insert(packetID)
            case .released(let packetID): received.remove(packetID)
            case .forgetReceived: received = []
            }
        }

        /// Numbers ascend.
        private func index(_ number: UInt64) -> Int? {
            var low = 0
            var high = outgoing.count
            while low < high {
                let middle = (low + high) / 2
                if outgoing[middle].number < number { low = middle + 1 } else { high = middle }
            }
            return low < outgoing.count && outgoing[low].number == number ? low : nil
        }

        /// Operations that lead from nothing to this.
        public var operations: [StoreOperation] {
            var all: [StoreOperation] = []
            for (number, message) in outgoing {
                all.append(.publish(number: number, message ?? Outgoing.gone))
                if message == nil { all.append(.release(number: number)) }
            }
            return all + received.sorted().map { .received(packetID: $0) }
        }
    }

    /// Totals since the start.
    public struct Counters: Equatable, Sendable {
        /// CONNACKs that accepted.
        public var connects: UInt64 = 0
        /// Messages published: sent at QoS 0, acknowledged at QoS 1 and 2.
        public var published: UInt64 = 0
        /// Messages of QoS 1 and 2 that were sent again after a reconnect.
        public var redelivered: UInt64 = 0
        /// Messages received, each time that one was delivered.
        public var received: UInt64 = 0
        /// Messages of QoS 2 that came again, and were not delivered again.
        public var duplicates: UInt64 = 0
        /// Acknowledgements of messages received.
        public var acknowledged: UInt64 = 0
        /// Acknowledgements that came to nothing, for the connection had ended; the broker delivers such messages again.
        public var voidAcknowledgements: UInt64 = 0
        /// Messages that were let go without acknowledgement.
        public var abandoned: UInt64 = 0
        /// Packets of the broker's that answer nothing.
        public var unexpected: UInt64 = 0
        public var bytesSent: UInt64 = 0
        public var bytesReceived: UInt64 = 0

        public init() {}
    }
}
