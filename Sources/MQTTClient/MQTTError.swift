#if Tools
public import MQTTWire

/// What can go wrong, with what to do about it in the description.
public enum MQTTError: Error, Equatable, Sendable {
    /// An address that cannot be used, and why.
    case invalidAddress(String, String)
    case invalidTopic(MQTTTopicFault)
    /// Settings that contradict each other.
    case invalidConfiguration(String)
    /// No transport to the broker: name, network or TLS.
    case cannotConnect(broker: String, reason: String)
    /// CONNACK refused.
    case refused(broker: String, MQTTReasonCode, String?)
    /// The connection ended; what is unacknowledged is sent again on the next one.
    case connectionLost(String)
    /// There is no connection, and a message of QoS 0 is not kept.
    case notConnected
    /// The broker refused a message, a subscription or its end.
    case denied(MQTTReasonCode, String?)
    /// A message over which the broker closed one connection after the other.
    case deniedByClosing(times: Int)
    /// The broker has not announced to be able to do this.
    case notSupported(String)
    /// The packet has more bytes than the broker takes.
    case tooLarge(bytes: Int, limit: Int)
    /// A property or name cannot be encoded: longer than 65,535 bytes, or text with U+0000.
    case unencodable
    /// A message of QoS 2 may have arrived or not: the broker has forgotten the session.
    case inDoubt
    /// The client has been shut down.
    case closed
    /// The session's store failed, and nothing that it does not have may be sent.
    case store(String)
    /// A payload is not what was asked for.
    case payload(String)
}

extension MQTTError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidAddress(let text, let what): "\"\(text)\" is no broker's address: \(what)"
        case .invalidTopic(let fault): "topic: \(fault)"
        case .invalidConfiguration(let what): what
        case .cannotConnect(let broker, let reason): "cannot connect to \(broker): \(reason)"
        case .refused(let broker, let code, let words): "\(broker) refused the connection: \(code)\(Self.added(words))"
        case .connectionLost(let reason): "the connection ended: \(reason)"
        case .notConnected: "there is no connection to the broker, and a message of QoS 0 is not kept until there is"
        case .denied(let code, let words): "the broker refused it: \(code)\(Self.added(words))"
        case .deniedByClosing(let times):
            "the broker closed \(times) connections over this message; does its access list allow it, and its size limit?"
        case .notSupported(let what): "the broker does not support \(what)"
        case .tooLarge(let bytes, let limit): "the packet has \(bytes) bytes, and the broker takes \(limit)"
        case .unencodable: "a property has more than 65,535 bytes, or text with U+0000"
        case .inDoubt: "the broker has forgotten the session, so that a message of QoS 2 may have arrived or not"
        case .closed: "the client has been shut down"
        case .store(let reason): "the session's store failed: \(reason)"
        case .payload(let reason): "the payload \(reason)"
        }
    }

    private static func added(_ words: String?) -> String { words.map { ": \($0)" } ?? "" }

    init(_ fault: ClientSession.RequestFault) {
        self =
            switch fault {
            case .notConnected: .notConnected
            case .invalidTopic(let fault): .invalidTopic(fault)
            case .unencodable: .unencodable
            case .tooLarge(let bytes, let limit): .tooLarge(bytes: bytes, limit: limit)
            case .qosNotSupported(let maximum): .notSupported("QoS above \(maximum.rawValue)")
            case .retainNotSupported: .notSupported("retained messages")
            case .subscriptionNotSupported(let code):
                .notSupported(code == .wildcardSubscriptionsNotSupported ? "subscriptions with wildcards" : "shared subscriptions")
            case .refused(let code, let words): .denied(code, words)
            case .refusedByClosing(let times): .deniedByClosing(times: times)
            case .inDoubt: .inDoubt
            case .connectionLost: .connectionLost("before the message was sent")
            case .ended: .closed
            }
    }
}
#endif
