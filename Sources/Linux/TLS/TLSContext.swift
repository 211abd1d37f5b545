import CTLS
import Glibc

/// What one connection trusts and proves itself with, read from the files as they are now. The corresponding C type is `SSL_CTX`.
struct TLSContext: ~Copyable {
    let rawValue: OpaquePointer

    /// Certificates fill a few kilobytes, the bundle of a whole system a few hundred.
    private static let largestFile = 1 << 20

    private init(_ rawValue: OpaquePointer) { self.rawValue = rawValue }

    deinit { SSL_CTX_free(rawValue) }

    static func make(_ settings: TLSSettings) throws(TLSError) -> TLSContext {
        // A context and a handshake run through megabytes of library: what is not needed meanwhile makes room for it.
        ThisProcess.releaseFilePages()
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw .other(TLSFailure.text(ERR_get_error())) }
        let owner = TLSContext(context)
        // Each step has its own part of the library; together they would be the daemon's highest memory.
        ThisProcess.releaseFilePages()
        // What the administrator forbids in openssl.cnf stays forbidden; nothing below TLS 1.2 is allowed in any case.
        ctls_at_least_tls_1_2(context)
        SSL_CTX_set_options(context, ctls_options)
        ctls_keep_no_sessions(context)
        ctls_set_write_mode(context)
        ctls_ask_for_no_passphrase(context)
        ctls_limit_message(context, HandshakeBudget.message)
        SSL_CTX_set_verify_depth(context, Int32(HandshakeBudget.depth))
        if !settings.isInsecure { try loadTrust(settings, into: context) }
        ThisProcess.releaseFilePages()
        try loadIdentity(settings, into: context)
        if let alpn = settings.alpn {
            let bytes = [UInt8(truncatingIfNeeded: alpn.utf8.count)] + Array(alpn.utf8)
            SSL_CTX_set_alpn_protos(context, bytes, UInt32(bytes.count))
        }
        ERR_clear_error()
        ThisProcess.releaseFilePages()
        return owner
    }

    /// Forgets whom a connection trusts, which has been asked for the last time: a bundle of authorities has a megabyte.
    /// - Parameter tls: the only one of its context.
    static func forgetTrust(of tls: OpaquePointer?) {
        guard let empty = X509_STORE_new() else { return }
        SSL_CTX_set_cert_store(SSL_get_SSL_CTX(tls), empty)
    }

    private static func loadTrust(_ settings: TLSSettings, into context: OpaquePointer) throws(TLSError) {
        if let path = settings.caFile {
            try checkFile(.caFile, path)
            guard SSL_CTX_load_verify_file(context, path) == 1 else {
                throw .file(.caFile, path: path, problem: "contains no valid certificate in PEM format")
            }
        }
        if let path = settings.caPath {
            let directory = try open(.caPath, path)
            guard directory.isDirectory else { throw .file(.caPath, path: path, problem: "is not a directory") }
            // Nothing is read before a peer names an authority: each lies under the hash of its name.
            SSL_CTX_load_verify_dir(context, path)
        }
        // The directory alone: the bundle holds the same, and would be parsed as a whole.
        if settings.usesSystemCA { SSL_CTX_set_default_verify_dir(context) }
    }

    private static func loadIdentity(_ settings: TLSSettings, into context: OpaquePointer) throws(TLSError) {
        guard let certificate = settings.certificate, let key = settings.key else { return }
        try checkFile(.certificate, certificate)
        guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
            throw .file(.certificate, path: certificate, problem: "contains no valid certificate in PEM format")
        }
        try checkFile(.key, key)
        guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else {
            throw .file(.key, path: key, problem: keyProblem(ERR_peek_last_error(), certificate, key))
        }
    }

    private static func keyProblem(_ error: UInt, _ certificate: String, _ key: String) -> String {
        if ctls_error_library(error) == ERR_LIB_X509 { return "is not the key of the certificate in \(certificate)" }
        if isEncrypted(key) { return "has a passphrase; remove it with  openssl pkey -in OLD -out NEW" }
        return "contains no valid private key in PEM format"
    }

    /// `BEGIN ENCRYPTED PRIVATE KEY`, or `Proc-Type: 4,ENCRYPTED` in a line after the first.
    private static func isEncrypted(_ path: String) -> Bool {
        let head = Array(SmallFile.text(path).utf8)
        let word = Array("ENCRYPTED".utf8)
        return head.indices.contains { head[$0...].starts(with: word) }
    }

    private static func checkFile(_ file: TLSSettings.File, _ path: String) throws(TLSError) {
        // Checked before it is opened: a FIFO would block the loop.
        var status = stat()
        guard stat(path, &status) == 0 else { throw .file(file, path: path, problem: SystemError.text(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .file(file, path: path, problem: "is not a regular file") }
        guard status.st_size <= largestFile else { throw .file(file, path: path, problem: "is larger than 1 MiB; is it the right file?") }
        _ = try open(file, path)
    }

    private static func open(_ file: TLSSettings.File, _ path: String) throws(TLSError) -> FileDescriptor {
        do throws(SystemError) {
            return try FileDescriptor.openForReading(path)
        } catch {
            throw .file(file, path: path, problem: SystemError.text(error.number))
        }
    }
}
