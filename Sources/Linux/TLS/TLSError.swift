/// Why no stream under TLS came about, or why one ended.
public enum TLSError: Error, Equatable, Sendable {
    /// A certificate's time is over; `until` is its last moment as text.
    case expired(Holder, until: String)
    /// A certificate is not valid yet; `now` is the day on this machine's clock: a text that changes each second would be logged each second.
    case notYetValid(Holder, from: String, now: String)
    /// No trusted authority stands behind the certificate; `issuer` is who signed it, or who signed the last that is known.
    case unknownIssuer(String)
    /// The certificate is its own authority, and is not trusted.
    case selfSigned
    /// The certificate is good, and for others: its alternative names are given, at most a handful.
    case wrongHost(String, names: [String])
    /// A certificate is refused for something else, in the library's words.
    case refused(Holder, String)
    /// The peer's handshake is larger than any needs to be, and was ended before it cost more.
    case excessive(Excess)
    /// The peer wants a certificate from us, and none is configured.
    case certificateRequired
    /// The peer has refused our certificate: TLS alert, RFC 8446 section 6.2.
    case certificateRejected(alert: UInt8)
    /// The peer's first byte is none that TLS begins with.
    case notTLS(firstByte: UInt8)
    /// The peer closed before the handshake was over, without a word.
    case closed
    /// The peer speaks no TLS 1.2 or later.
    case versionTooOld
    /// The peer knows no application protocol of this name.
    case noCommonProtocol
    /// Another alert of the peer's.
    case alert(UInt8, String)
    /// A file of our own cannot be used.
    case file(TLSSettings.File, path: String, problem: String)
    /// Something that has no case of its own, in the library's words.
    case other(String)

    /// Whose certificate it is.
    public enum Holder: Equatable, Sendable {
        case peer
        /// One between the peer and what is trusted, or that itself, by name.
        case authority(String)
    }
}

extension TLSError {
    /// What happened, and what can be done about it.
    public var explanation: String {
        switch self {
        case .expired(let holder, let until):
            "\(holder.text) expired on \(until); \(holder == .peer ? "renew it at the broker" : "the broker needs one of a valid authority")"
        case .notYetValid(let holder, let from, let now):
            "\(holder.text) is not valid before \(from), and this machine's clock says \(now): is the clock right?"
        case .unknownIssuer(let issuer):
            "the broker's certificate comes from an unknown issuer (\(issuer)); is it the right broker, and its authority in mqtt.broker.tls.ca_file?"
        case .selfSigned:
            "the broker's certificate is self-signed and not trusted; to trust it, name a copy of it in mqtt.broker.tls.ca_file"
        case .wrongHost(let host, let names):
            "the broker's certificate is not for \(host) but for \(Self.list(names)); connect by a name it has, or set mqtt.broker.tls.server_name"
        case .refused(let holder, let text): "\(holder.text) is refused: \(text)"
        case .excessive(let excess):
            "the broker's TLS handshake is refused: \(excess.text); is it the right broker?"
        case .certificateRequired:
            "the broker wants a client certificate; set mqtt.broker.tls.certificate and mqtt.broker.tls.key"
        case .certificateRejected(let alert):
            "the broker rejects our client certificate (\(Self.meaning(ofAlert: alert))); check mqtt.broker.tls.certificate"
        case .notTLS: "the broker does not speak TLS on this port; check mqtt.broker.port, it is often 8883 with TLS"
        case .closed: "the broker closed the connection during the TLS handshake; does it speak TLS on this port?"
        case .versionTooOld: "the broker speaks no TLS 1.2 or later; older versions are not safe"
        case .noCommonProtocol: "the broker does not know the application protocol in mqtt.broker.tls.alpn"
        case .alert(let alert, let text): "the broker ended TLS: \(text) (alert \(alert))"
        case .file(let file, let path, let problem): "\(file.key): \(path): \(problem)"
        case .other(let text): "TLS: \(text)"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "nobody: it has no subject alternative name, and a common name alone does not count" : names.joined(separator: ", ")
    }

    private static func meaning(ofAlert alert: UInt8) -> String {
        switch alert {
        case 42: "bad certificate"
        case 43: "unsupported certificate"
        case 44: "revoked"
        case 45: "expired"
        case 46: "certificate unknown"
        case 48: "unknown authority"
        case 49: "access denied"
        default: "alert \(alert)"
        }
    }
}

extension TLSError.Holder {
    var text: String {
        switch self {
        case .peer: "the broker's certificate"
        case .authority(let name): "the certificate of the broker's authority (\(name))"
        }
    }
}

extension TLSSettings.File {
    /// The key of the configuration that names it.
    public var key: String {
        switch self {
        case .caFile: "mqtt.broker.tls.ca_file"
        case .caPath: "mqtt.broker.tls.ca_path"
        case .certificate: "mqtt.broker.tls.certificate"
        case .key: "mqtt.broker.tls.key"
        }
    }
}
