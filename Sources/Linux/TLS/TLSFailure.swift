import CTLS
import Glibc

/// Makes of OpenSSL's errors what a person can act on.
enum TLSFailure {
    /// What the oldest error of a handshake or of a stream means; nil if the queue is empty.
    /// - Parameters:
    ///   - firstByte: that the peer sent, nil for none.
    ///   - wantsCertificate: the peer has asked for a certificate, and we have none.
    static func error(_ code: UInt, firstByte: UInt8?, wantsCertificate: Bool) -> TLSError? {
        if let foreign = foreign(firstByte) { return foreign }
        // Since OpenSSL 3.2 the queue repeats errno after a write that failed: what the inner stream has said of it is more.
        guard code != 0, ctls_error_library(code) != ctls_library_system else { return nil }
        guard ctls_error_library(code) == ctls_library_ssl else { return .other(text(code)) }
        let reason = ctls_error_reason(code)
        switch reason {
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: return .closed
        case SSL_R_EXCESSIVE_MESSAGE_SIZE: return .excessive(.message)
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_WRONG_SSL_VERSION, SSL_R_NO_PROTOCOLS_AVAILABLE: return .versionTooOld
        // A reason above 1000 is an alert of the peer's.
        case 1000...1255: return alert(UInt8(reason - 1000), text(code), wantsCertificate)
        default: return .other(text(code))
        }
    }

    /// What the peer's first byte alone shows: | 22 handshake | 21 alert | begin every conversation, RFC 8446 section 5.1.
    static func foreign(_ firstByte: UInt8?) -> TLSError? {
        guard let firstByte, firstByte != 22, firstByte != 21 else { return nil }
        return .notTLS(firstByte: firstByte)
    }

    private static func alert(_ alert: UInt8, _ text: String, _ wantsCertificate: Bool) -> TLSError {
        switch alert {
        case 116: .certificateRequired
        // What TLS 1.2 has for a missing certificate.
        case 40 where wantsCertificate, 42 where wantsCertificate: .certificateRequired
        case 42...46, 48, 49: .certificateRejected(alert: alert)
        case 70: .versionTooOld
        case 120: .noCommonProtocol
        default: .alert(alert, text)
        }
    }

    /// The library's text of an error. The corresponding C function is `ERR_reason_error_string`.
    static func text(_ code: UInt) -> String {
        if let text = ERR_reason_error_string(code) { return String(cString: text) }
        return code == 0 ? "unknown error" : "OpenSSL error \(String(code, radix: 16))"
    }

    /// What is wrong with a peer's certificate, of a verification that has just failed; nil if none to look at.
    /// - Parameter host: whom the certificate should be for.
    static func verdict(_ store: OpaquePointer, host: String) -> TLSError {
        let code = X509_STORE_CTX_get_error(store)
        guard let certificate = X509_STORE_CTX_get_current_cert(store) else { return .refused(.peer, text(ofVerification: code)) }
        let depth = X509_STORE_CTX_get_error_depth(store)
        let holder: TLSError.Holder = depth == 0 ? .peer : .authority(name(X509_get_subject_name(certificate)))
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return .expired(holder, until: time(ctls_seconds(X509_get0_notAfter(certificate))))
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return .notYetValid(
                holder, from: time(ctls_seconds(X509_get0_notBefore(certificate))), now: time(Int64(Glibc.time(nil)), "%Y-%m-%d"))
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return .selfSigned
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return .unknownIssuer(name(X509_get_issuer_name(certificate)))
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return .unknownIssuer("\(name(X509_get_issuer_name(certificate))), but not signed with its key")
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return .wrongHost(host, names: alternativeNames(of: certificate))
        default: return .refused(holder, text(ofVerification: code))
        }
    }

    private static func text(ofVerification code: Int32) -> String { String(cString: X509_verify_cert_error_string(Int(code))) }

    /// Names from a certificate are anybody's text: what is no plain ASCII becomes a question mark, and long ones are truncated.
    private static func plain(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.prefix(80).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// A distinguished name such as `CN = example`.
    private static func name(_ name: OpaquePointer?) -> String {
        guard let name, let memory = BIO_new(BIO_s_mem()) else { return "?" }
        defer { BIO_free(memory) }
        X509_NAME_print_ex(memory, name, 0, ctls_one_line)
        return withUnsafeTemporaryAllocation(byteCount: 81, alignment: 1) { text in
            let count = BIO_read(memory, text.baseAddress, Int32(text.count))
            return plain(text.prefix(Int(max(0, count))))
        }
    }

    /// A handful of a certificate's alternative names.
    private static func alternativeNames(of certificate: OpaquePointer) -> [String] {
        var length: Int32 = 0
        guard let bytes = ctls_alternative_names(certificate, &length) else { return [] }
        let der = UnsafeRawBufferPointer(start: bytes, count: Int(length)).bytes
        return AlternativeNames.texts(in: der, atMost: 5).map(plain)
    }

    /// What the peer's certificates have too much of to be verified, by their bytes; nil if verification may begin.
    static func excess(_ store: OpaquePointer) -> TLSError? {
        let count = ctls_chain_count(store)
        guard count <= HandshakeBudget.certificates else { return .excessive(.certificates) }
        var names = 0
        for index in 0..<max(0, count) {
            var length: Int32 = 0
            guard let bytes = ctls_alternative_names(ctls_chain_certificate(store, index), &length) else { continue }
            let der = UnsafeRawBufferPointer(start: bytes, count: Int(length)).bytes
            guard let more = AlternativeNames.count(in: der, upTo: HandshakeBudget.names) else {
                return .refused(.peer, "its alternative names cannot be read")
            }
            names += more
            guard names <= HandshakeBudget.names else { return .excessive(.names) }
        }
        return nil
    }

    /// `2026-01-02 03:04:05 UTC`, or as `format` has it.
    private static func time(_ seconds: Int64, _ format: String = "%Y-%m-%d %H:%M:%S UTC") -> String {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            strftime(text.baseAddress!, text.count, format, &parts)
            return String(cString: text.baseAddress!)
        }
    }
}
