/// A byte stream could not be opened, or goes on no longer.
public enum TransportError: Error, Equatable, Sendable {
    /// A system call failed.
    case system(SystemError)
    /// TLS came to nothing, or what the peer proved with it was refused.
    case tls(TLSError)
}
