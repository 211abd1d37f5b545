/// What a handshake may cost, before the peer is authenticated.
///
/// A step of the handshake is given what has come, and no more than is left of the bytes: so one step cannot cost more than so many bytes
/// can be made to. Each step's processor time is counted when it is over.
struct HandshakeBudget {
    /// Bytes of a message: the peer's certificates, or the authorities whose certificates it would take from us. Chains have 2 to 8 KiB, and the
    /// names of all public authorities 20.
    static let message = 32_768
    /// Bytes that come from the peer, from the first to the last of the handshake: two such messages, and the others.
    static let bytes = 98_304
    /// Certificates that the peer sends. Three are common.
    static let certificates = 16
    /// Authorities between the peer's certificate and one that is trusted.
    static let depth = 10
    /// Alternative names of all certificates. Public authorities put up to 2,000 into one.
    static let names = 2_000
    /// Processor time, ns. A Raspberry Pi of the first generation takes a tenth of it.
    static let processorTime: UInt64 = 2_000_000_000

    private var bytesLeft = Self.bytes
    private var timeLeft = Self.processorTime

    /// Bytes that may be read at once, of `wanted`; 0 where the budget is spent.
    func allows(bytes wanted: Int) -> Int { min(wanted, bytesLeft) }

    /// So many bytes have come.
    mutating func take(bytes count: Int) { bytesLeft -= min(count, bytesLeft) }

    /// A step has taken so many nanoseconds of processor time.
    mutating func take(processorTime time: UInt64) { timeLeft -= min(time, timeLeft) }

    /// What has been used up, nil if there is something left of all.
    var excess: TLSError.Excess? {
        if bytesLeft == 0 { return .bytes }
        return timeLeft == 0 ? .processorTime : nil
    }
}

extension TLSError {
    /// Of what a peer's handshake has more than any needs.
    public enum Excess: Equatable, Sendable {
        /// A single message is too large: the certificates, as a rule.
        case message
        case bytes
        case processorTime
        case certificates
        /// Alternative names of certificates.
        case names

        var text: String {
            switch self {
            case .message: "a message, such as that with its certificates, is larger than \(HandshakeBudget.message / 1024) KiB"
            case .bytes: "it has more than \(HandshakeBudget.bytes / 1024) KiB"
            case .processorTime: "it takes more than \(HandshakeBudget.processorTime / 1_000_000_000) s of computing"
            case .certificates: "it has more than \(HandshakeBudget.certificates) certificates"
            case .names: "its certificates have more than \(HandshakeBudget.names) alternative names"
            }
        }
    }
}
