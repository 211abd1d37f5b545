import Linux
import MQTTWire

extension CloseReason {
    /// What an attempt waits for before CONNECT.
    package enum Missing {
        case address, connection, handshake
    }

    /// What happened and what can be done about it.
    /// - Parameter missing: what had not come by the deadline of an attempt.
    func explanation(missing: Missing) -> String {
        switch self {
        case .transport(let number): SystemError.text(number)
        case .tls(let explanation): explanation
        case .resolver(let code): "the host name cannot be looked up: \(Resolver.text(code))"
        case .closedByBroker: "the broker closed the connection"
        case .unanswered: "the broker's machine does not answer any more: is the network down?"
        case .connectTimeout: Self.late(missing)
        case .connackTimeout: "no CONNACK within \(Self.patience): is it an MQTT broker?"
        case .refused(let code): "refused: \(Self.meaning(ofReturnCode: code))"
        case .pingTimeout: "the broker does not answer PINGREQ"
        case .acknowledgementTimeout: "no progress for \(PublishSession.acknowledgementTimeout / 1_000_000_000) s"
        case .protocolViolation(let error): "the broker violated the protocol (\(error)): is it an MQTT 3.1.1 broker?"
        case .flood: "the broker floods: it sent more than 100 unrequested PINGRESPs or PUBACKs within 10 s; is it an MQTT broker?"
        case .requested: "requested"
        }
    }

    private static let patience = "\(PublishSession.connectTimeout / 1_000_000_000) s"

    private static func late(_ missing: Missing) -> String {
        switch missing {
        case .address: "the host name cannot be looked up: no answer within \(patience)"
        case .connection: "no connection within \(patience)"
        case .handshake: "connected, but the TLS handshake was not complete within \(patience): does the broker hang, or not speak TLS on this port?"
        }
    }

    /// The broker closed the connection without a reply.
    var isSilentClose: Bool {
        switch self {
        case .closedByBroker: true
        case .transport(let number): SystemError("read", number).isClosedByPeer
        default: false
        }
    }
}

extension TransportError {
    /// The same for the session.
    var closeReason: CloseReason {
        switch self {
        case .system(let error): .transport(errno: error.number)
        case .tls(let error): .tls(explanation: error.explanation)
        }
    }
}

extension PublishSession.Refusal {
    /// What is not sent, and why, for the log.
    var explanation: String {
        switch self {
        case .sizes(let size, let time):
            "messages of \(size) bytes and more are dropped for \(time / 1_000_000_000) s: the broker closes the connection on them"
                + " (does it limit the size of packets?)"
        case .messages(let count):
            "\(count == 1 ? "a message is" : "\(count) messages are") not sent again: three connections have ended while it was being sent"
        }
    }
}
