/// A byte stream to a broker that never blocks: plain TCP, or whatever wraps it.
///
/// The main loop waits for `interest` on `fd` and calls `advance` until the stream is open, then `read` and `write`.
public protocol Transport: AnyObject {
    /// What the loop waits on. It may change until the stream is open, from one address of the broker to the next.
    var fd: Int32 { get }

    /// Goes on with opening the stream, as far as it goes without waiting.
    /// - Returns: whether it is open now.
    /// - Throws: when it cannot be opened.
    func advance() throws(TransportError) -> Bool

    /// What must come before `advance`, or before more can be written.
    var interest: Epoll.Interest { get }

    /// Reads what is there; nil where nothing is, 0 where the peer has closed.
    func read(into memory: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int?

    /// Writes as much as the stream takes now; nil where it takes nothing.
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int?

    /// Tells the peer that nothing more will be written.
    func finishWriting()
}
