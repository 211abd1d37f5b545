import Bytes

/// A byte stream to a broker that never blocks: plain TCP, or what wraps it.
///
/// The main loop waits for changes on `fd`, in both directions and at the edge (EPOLLET), and calls `advance` until the stream is
/// open, then `read` and `write`.
public protocol Transport: AnyObject {
    /// What the loop waits on, the same from beginning to end.
    var fd: Int32 { get }

    /// Goes on with opening the stream, as far as it goes without waiting.
    /// - Returns: whether it is open now.
    /// - Throws: when it cannot be opened.
    func advance() throws(TransportError) -> Bool

    /// Reads what is there; nil if nothing is, 0 where the peer has closed.
    func read(into memory: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int?

    /// Writes as much as the stream takes now; nil if it takes nothing.
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int?

    /// Signals to the peer that nothing more will be written (FIN).
    func finishWriting()

    /// How much of what was written has been sent and acknowledged; nil if that cannot be known. A system call.
    func progress() -> StreamProgress?

    /// A read that does not fill the memory has taken all there is.
    var isEmptiedByShortRead: Bool { get }
}

extension Transport {
    public var isEmptiedByShortRead: Bool { true }
    public func progress() -> StreamProgress? { nil }
}

/// A byte stream could not be opened, or has failed.
public enum TransportError: Error, Equatable, Sendable {
    /// A system call failed.
    case system(SystemError)
    /// TLS could not be established, or the peer's certificate was refused.
    case tls(TLSError)
}
