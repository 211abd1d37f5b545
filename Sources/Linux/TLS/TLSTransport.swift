import Bytes
import CTLS
import Glibc

/// TLS 1.2 or later over another stream, without ever waiting. The corresponding C type is `SSL`.
///
/// The inner stream moves the bytes: nothing but TLS records is ever written to it.
public final class TLSTransport: Transport {
    private let inner: any Transport
    private let settings: TLSSettings
    /// Whom the peer's certificate must be for.
    private let name: String
    private var tls: OpaquePointer?
    private var isOpen = false
    private var isFinished = false
    /// How often pages were let go in the handshake, so far; mostly a dozen times.
    private var releases = 0
    private static let maximumReleases = 24
    private var budget = HandshakeBudget()
    /// Why the inner stream gave nothing more.
    private var innerFailure: TransportError?
    private var firstByte: UInt8?
    private var verdict: TLSError?
    private var wantsCertificate = false
    private var marks = RecordMarks()

    /// - Parameters:
    ///   - inner: open, or to be opened by `advance`.
    ///   - host: the name or address that was connected to.
    public init(over inner: any Transport, _ settings: TLSSettings, host: String) {
        self.inner = inner
        self.settings = settings
        name = settings.serverName ?? host
    }

    deinit {
        SSL_free(tls)
        if tls != nil { ThisProcess.releaseUnused() }
    }

    public var fd: Int32 { inner.fd }
    public var isEmptiedByShortRead: Bool { false }

    /// What was agreed on, such as `TLSv1.3`; nil before the stream is open.
    public var version: String? { isOpen ? SSL_get_version(tls).map { String(cString: $0) } : nil }

    public func advance() throws(TransportError) -> Bool {
        if isOpen { return true }
        guard try inner.advance() else { return false }
        if tls == nil { try begin() }
        releaseInHandshake()
        ERR_clear_error()
        let before = Clock.processorTime
        let result = SSL_connect(tls)
        budget.take(processorTime: Clock.processorTime - before)
        if let excess = budget.excess { throw .tls(.excessive(excess)) }
        if result == 1 {
            // Nothing is verified after the handshake: renegotiation is off, and TLS 1.3 has none.
            TLSContext.forgetTrust(of: tls)
            ThisProcess.releaseUnused()
            isOpen = true
            return true
        }
        guard try isBusy(result) else { throw .tls(.closed) }
        // OpenSSL waits for a whole header; who does not speak TLS may never send one.
        if let foreign = TLSFailure.foreign(firstByte) { throw .tls(foreign) }
        return false
    }

    /// Context, greeting, key exchange, each certificate and what follows run through megabytes of library of their own, which need not be
    /// resident together. Not for each octet of a peer that sends them one by one: what is let go has to be mapped again.
    private func releaseInHandshake() {
        guard releases < Self.maximumReleases else { return }
        releases += 1
        ThisProcess.releaseFilePages()
    }

    public func read(into memory: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int? {
        ERR_clear_error()
        let count = SSL_read(tls, memory.baseAddress, Int32(clamping: memory.count))
        if count > 0 { return Int(count) }
        return try isBusy(count) ? nil : 0
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int? {
        ERR_clear_error()
        let count = SSL_write(tls, bytes.baseAddress, Int32(clamping: bytes.count))
        if count > 0 {
            marks.wrote(Int(count))
            return Int(count)
        }
        do throws(TransportError) {
            return try isBusy(count) ? nil : fail()
        } catch {
            // A peer that refuses our certificate sends an alert and closes: the alert explains more than the close.
            var byte: UInt8 = 0
            ERR_clear_error()
            if case .system = error, SSL_read(tls, &byte, 1) <= 0, let alert = reason() { throw alert }
            throw error
        }
    }

    private func fail() throws(TransportError) -> Int? { throw .system(SystemError("write", EPIPE)) }

    /// The progress of the inner stream, with its unsent records as bytes of what was written here.
    public func progress() -> StreamProgress? {
        guard var progress = inner.progress() else { return nil }
        progress.unsent = marks.unsent(records: progress.unsent)
        return progress
    }

    public func finishWriting() {
        guard isOpen, !isFinished else { return }
        isFinished = true
        ERR_clear_error()
        // close_notify; the peer's own is not waited for.
        SSL_shutdown(tls)
        inner.finishWriting()
    }

    // MARK: Setting up

    private func begin() throws(TransportError) {
        do throws(TLSError) {
            let context = try TLSContext.make(settings)
            guard let tls = SSL_new(context.rawValue), let bio = BIO_new(Self.method) else {
                throw .other(TLSFailure.text(ERR_get_error()))
            }
            self.tls = tls
            let owner = Unmanaged.passUnretained(self).toOpaque()
            BIO_set_data(bio, owner)
            BIO_set_init(bio, 1)
            SSL_set_bio(tls, bio, bio)
            SSL_set_ex_data(tls, 0, owner)
            SSL_set_cert_cb(
                tls,
                { _, owner in
                    let transport = Unmanaged<TLSTransport>.fromOpaque(owner!).takeUnretainedValue()
                    transport.wantsCertificate = transport.settings.certificate == nil
                    return 1
                }, owner)
            // Between two messages, many of which may come in one step, and the tickets that follow them.
            SSL_set_info_callback(tls) { tls, event, _ in
                guard event & SSL_CB_LOOP != 0, let owner = SSL_get_ex_data(tls, 0) else { return }
                Unmanaged<TLSTransport>.fromOpaque(owner).takeUnretainedValue().releaseInHandshake()
            }
            SSL_CTX_set_cert_verify_callback(
                context.rawValue,
                { store, _ in
                    guard let store, let owner = ctls_verified_by(store) else { return 0 }
                    return Unmanaged<TLSTransport>.fromOpaque(owner).takeUnretainedValue().verify(store) ? 1 : 0
                }, nil)
            try expect(name, of: tls)
        } catch {
            throw .tls(error)
        }
    }

    /// The peer must prove to be `name`: by an alternative name of its certificate, a common name alone does not count.
    private func expect(_ name: String, of tls: OpaquePointer) throws(TLSError) {
        let isAddress = name.utf8.contains(UInt8(ascii: ":")) || name.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
        // RFC 6066 section 3: addresses are not sent.
        if !isAddress { ctls_set_server_name(tls, name) }
        if settings.isInsecure {
            SSL_set_verify(tls, SSL_VERIFY_PEER, nil)
            return
        }
        SSL_set_hostflags(tls, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        // Without the zone of a link-local address, which means something to this machine only.
        let bare = isAddress ? String(name.prefix { $0 != "%" }) : name
        let isSet = isAddress ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), bare) : SSL_set1_host(tls, name)
        guard isSet == 1 else { throw .other("\(name) is neither a host name nor an address") }
        SSL_set_verify(tls, SSL_VERIFY_PEER) { isGood, store in
            if isGood == 0, let store, let owner = ctls_verified_by(store) {
                let transport = Unmanaged<TLSTransport>.fromOpaque(owner).takeUnretainedValue()
                transport.verdict = TLSFailure.verdict(store, host: transport.name)
            }
            return isGood
        }
    }

    /// Whether the peer's certificates are good, or good enough to be taken unverified: verified they are only where that costs little.
    private func verify(_ store: OpaquePointer) -> Bool {
        if let excess = TLSFailure.excess(store) {
            verdict = excess
            X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
            return false
        }
        if settings.isInsecure { return true }
        // What parsing them took is not needed to verify them, nor what that takes for the rest of their message.
        releaseInHandshake()
        defer { releaseInHandshake() }
        return X509_verify_cert(store) == 1
    }

    // MARK: Results

    /// Whether a call that did nothing has to wait; false where the peer has closed in good order.
    private func isBusy(_ result: Int32) throws(TransportError) -> Bool {
        switch SSL_get_error(tls, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return true
        case SSL_ERROR_ZERO_RETURN: return false
        default:
            guard let reason = reason() else { return false }
            // MQTT knows by itself where it ends: a stream that just ends is a peer that closes.
            if isOpen, reason == .tls(.closed) { return false }
            throw reason
        }
    }

    /// Why a call failed; nil if the stream has just ended.
    private func reason() -> TransportError? {
        if let verdict { return .tls(verdict) }
        if let error = TLSFailure.error(ERR_peek_error(), firstByte: firstByte, wantsCertificate: wantsCertificate), error != .closed {
            return .tls(error)
        }
        if isOpen { return innerFailure }
        if case .system(let error) = innerFailure, !error.isClosedByPeer { return innerFailure }
        return .tls(.closed)
    }

    // MARK: The inner stream

    /// The way from OpenSSL to `inner`. Made once and never changed.
    nonisolated(unsafe) private static let method: OpaquePointer = {
        let method = BIO_meth_new(ctls_bio_type(), "transport")!
        BIO_meth_set_write(method) { bio, bytes, count in
            let transport = Unmanaged<TLSTransport>.fromOpaque(BIO_get_data(bio)).takeUnretainedValue()
            return transport.send(UnsafeRawBufferPointer(start: bytes, count: Int(count)), bio)
        }
        BIO_meth_set_read(method) { bio, bytes, count in
            let transport = Unmanaged<TLSTransport>.fromOpaque(BIO_get_data(bio)).takeUnretainedValue()
            return transport.receive(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)), bio)
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == ctls_bio_flush ? 1 : 0 }
        return method
    }()

    private func send(_ bytes: UnsafeRawBufferPointer, _ bio: OpaquePointer?) -> Int32 {
        ctls_bio_clear_retry(bio)
        do throws(TransportError) {
            if let count = try inner.write(bytes) {
                marks.sentRecords(count)
                return Int32(count)
            }
            ctls_bio_wants_write(bio)
        } catch {
            innerFailure = error
        }
        return -1
    }

    private func receive(into memory: UnsafeMutableRawBufferPointer, _ bio: OpaquePointer?) -> Int32 {
        ctls_bio_clear_retry(bio)
        let allowed = isOpen ? memory.count : budget.allows(bytes: memory.count)
        // `advance` throws the reason.
        guard allowed > 0 || memory.isEmpty else { return -1 }
        do throws(TransportError) {
            if let count = try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<allowed])) {
                if !isOpen { budget.take(bytes: count) }
                if firstByte == nil, count > 0 { firstByte = memory[0] }
                return Int32(count)
            }
            ctls_bio_wants_read(bio)
        } catch {
            innerFailure = error
        }
        return -1
    }
}
