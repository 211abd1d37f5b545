/// What a stream under TLS trusts, and what it proves itself with. Files are read again by each connection.
public struct TLSSettings: Equatable, Sendable {
    /// Certificates of authorities, in PEM form.
    public var caFile: String?
    /// A directory of authorities' certificates, each under its hash, as `openssl rehash` names them.
    public var caPath: String?
    /// The authorities that the system trusts are trusted too.
    public var usesSystemCA = false
    /// The client's certificate, and those between it and an authority, in PEM form.
    public var certificate: String?
    /// Its private key, in PEM form, without a passphrase.
    public var key: String?
    /// The name or address that the peer's certificate must be for, instead of the one that was connected to.
    public var serverName: String?
    /// The application protocol asked for (ALPN), at most 255 bytes.
    public var alpn: String?
    /// Any certificate is accepted.
    public var isInsecure = false

    public init() {}

    /// Which of the files something is about.
    public enum File: Equatable, Sendable {
        case caFile, caPath, certificate, key
    }

    /// Reads all files as a connection would, and forgets them.
    /// - Throws: what is wrong with the first that is not as it should be.
    public func check() throws(TLSError) {
        // What came before and what this needs, some 6 MB of libcrypto's pages, need not be there together.
        ThisProcess.releaseUnused()
        defer { ThisProcess.releaseUnused() }
        _ = try TLSContext.make(self)
    }
}
