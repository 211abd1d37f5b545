import Linux
import MQTTWire

extension CloseReason {
    /// What happened and what can be done about it.
    func explanation(broker: String) -> String {
        switch self {
        case .transport(let number): SystemError.text(number)
        case .tls(let explanation): explanation
        case .resolver(let code): "the host name cannot be looked up: \(Resolver.text(code))"
        case .closedByBroker: "the broker closed the connection"
        case .connectTimeout: "no connection within \(PublishSession.connectTimeout / 1_000_000_000) s"
        case .connackTimeout: "no CONNACK within \(PublishSession.connectTimeout / 1_000_000_000) s: is it an MQTT broker?"
        case .refused(let code): "refused: \(Self.meaning(ofReturnCode: code))"
        case .pingTimeout: "the broker does not answer PINGREQ"
        case .acknowledgementTimeout: "no progress for \(PublishSession.acknowledgementTimeout / 1_000_000_000) s"
        case .protocolViolation(let error): "the broker broke the protocol (\(error)): is it an MQTT 3.1.1 broker?"
        case .requested: "requested"
        }
    }

    /// The broker went away and said nothing.
    var isSilentClose: Bool {
        switch self {
        case .closedByBroker: true
        case .transport(let number): SystemError("read", number).isClosedByPeer
        default: false
        }
    }

    /// The deadline came before the resolver's answer.
    static let muteResolver = "the host name cannot be looked up: no answer within \(PublishSession.connectTimeout / 1_000_000_000) s"
}

extension TransportError {
    /// What it means to the session.
    var closeReason: CloseReason {
        switch self {
        case .system(let error): .transport(errno: error.number)
        case .tls(let error): .tls(explanation: error.explanation)
        }
    }
}
