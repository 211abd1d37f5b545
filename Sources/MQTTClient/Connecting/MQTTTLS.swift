#if Tools
public import NIOSSL

/// How the broker's certificate is judged, and what this side shows.
public struct MQTTTLS: Sendable {
    /// Where trust comes from.
    public enum Trust: Sendable {
        /// The system's authorities.
        case system
        /// The authorities in these PEM files, and no others.
        case files([String])
    }

    public var trust = Trust.system
    /// A PEM file with this side's certificate and its chain; needs `privateKey`.
    public var certificate: String?
    public var privateKey: String?
    /// The name that is asked for (SNI) and that the certificate must be for; nil: the host of the address. With an IP address the
    /// certificate has to name that.
    public var serverName: String?
    /// Protocols that are offered (ALPN); some brokers share a port with others by them.
    public var applicationProtocols: [String] = ["mqtt"]
    /// TLS 1.2 or newer unless told otherwise.
    public var minimumVersion = TLSVersion.tlsv12

    public init() {}

    /// - Throws: NIOSSL's errors, at files that cannot be read or are no PEM.
    func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = minimumVersion
        configuration.applicationProtocols = applicationProtocols
        configuration.shutdownTimeout = .seconds(1)
        if case .files(let files) = trust {
            configuration.trustRoots = .certificates(try files.flatMap { try NIOSSLCertificate.fromPEMFile($0) })
        }
        if let certificate {
            guard let privateKey else { throw MQTTError.invalidConfiguration("a certificate needs its private key") }
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: privateKey, format: .pem))
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
#endif
