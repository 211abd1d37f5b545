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
        case .unanswered: "nothing comes back from the broker's machine: is the network there?"
        case .connectTimeout: Self.late(missing)
        case .connackTimeout: "no CONNACK within \(Self.patience): is it an MQTT broker?"
        case .refused(let code): "refused: \(Self.meaning(ofReturnCode: code))"
        case .pingTimeout: "the broker does not answer PINGREQ"
        case .acknowledgementTimeout: "no progress for \(PublishSession.acknowledgementTimeout / 1_000_000_000) s"
        case .protocolViolation(let error): "the broker broke the protocol (\(error)): is it an MQTT 3.1.1 broker?"
        case .flood: "the broker floods: hundreds of PINGRESP or PUBACK that answer nothing; is it a broker, or is something between broken?"
        case .requested: "requested"
        }
    }

    private static let patience = "\(PublishSession.connectTimeout / 1_000_000_000) s"

    private static func late(_ missing: Missing) -> String {
        switch missing {
        case .address: "the host name cannot be looked up: no answer within \(patience)"
        case .connection: "no connection within \(patience)"
        case .handshake: "connected, but the TLS handshake was not over within \(patience): does it hang, or speak no TLS on this port?"
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
