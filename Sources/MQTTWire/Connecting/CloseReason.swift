import Bytes

/// Why a connection, or the attempt at one, ended.
public enum CloseReason: Equatable, Sendable {
    /// The transport failed; the operating system's error number.
    case transport(errno: Int32)
    /// TLS could not be established, or the broker's certificate was refused: what happened and what can be done, for the log.
    case tls(explanation: String)
    /// The host name could not be looked up; the resolver's error code (`EAI_…`).
    case resolver(code: Int32)
    /// The broker closed the connection.
    case closedByBroker
    /// The broker's machine does not answer any more, or nothing gets through.
    case unanswered
    /// No transport connection within the deadline.
    case connectTimeout
    /// No CONNACK within the deadline.
    case connackTimeout
    /// CONNACK with a return code other than 0, MQTT 3.1.1 table 3.1.
    case refused(returnCode: UInt8)
    /// No PINGRESP within the deadline.
    case pingTimeout
    /// The oldest message waited too long for the transport or for its PUBACK.
    case acknowledgementTimeout
    /// The broker sent what the specification forbids or a publisher never asked for.
    case protocolViolation(DecodeError)
    /// The broker sent so many PINGRESPs or PUBACKs that answer nothing that it is a flood.
    case flood
    /// This side ended it: a stop or a new configuration.
    case requested

    /// What reasons are counted by.
    public enum Kind: UInt8, CaseIterable, Sendable {
        /// The network, the resolver, or TLS.
        case network
        /// The broker closed or reset the connection.
        case broker
        /// CONNACK with another return code than 0.
        case refused
        /// A deadline: of the connect, CONNACK, PINGRESP, or a PUBACK.
        case timeout
        /// The broker violated the protocol, or floods.
        case violation
    }

    /// Nil for an end that was asked for.
    public var kind: Kind? {
        switch self {
        case .closedByBroker: .broker
        case .transport: isByBroker ? .broker : .network
        case .resolver, .tls, .unanswered: .network
        case .refused: .refused
        case .connectTimeout, .connackTimeout, .pingTimeout, .acknowledgementTimeout: .timeout
        case .protocolViolation, .flood: .violation
        case .requested: nil
        }
    }

    /// EPIPE and ECONNRESET, Linux: how a broker's close looks to one who is writing.
    private static let resets: [Int32] = [32, 104]

    /// The broker itself has ended the connection, as far as can be told.
    var isByBroker: Bool {
        switch self {
        case .closedByBroker: true
        case .transport(let number): Self.resets.contains(number)
        default: false
        }
    }

    /// What a return code of CONNACK means.
    public static func meaning(ofReturnCode code: UInt8) -> String {
        switch code {
        case 1: "unacceptable protocol version: the broker does not speak MQTT 3.1.1"
        case 2: "client identifier rejected"
        case 3: "server unavailable"
        case 4: "bad user name or password"
        case 5: "not authorized: the broker does not accept this client"
        default: "return code \(code), which MQTT 3.1.1 does not define"
        }
    }
}
