import CLinux
import Glibc

/// A stream to one address, without TLS: TCP, or a Unix socket.
public final class TCPTransport: Transport {
    /// An unacknowledged byte or an unanswered probe older than this ends the connection (TCP_USER_TIMEOUT), milliseconds.
    public static let userTimeout: Int32 = 12_000

    /// Where it leads.
    public let address: SocketAddress
    private let descriptor: FileDescriptor
    private var isOpen = false

    /// Begins to connect; `advance` tells when the stream is open.
    /// - Throws: `SystemError` where it fails at once. The corresponding C functions are `socket` and `connect`.
    public init(connectingTo address: SocketAddress) throws(SystemError) {
        self.address = address
        let type = clinux_sock_stream | clinux_sock_cloexec | clinux_sock_nonblock
        descriptor = FileDescriptor(try retrying("socket") { socket(address.family, type, 0) })
        if !address.isLocal { Self.setOptions(descriptor.rawValue) }
        let result = address.withSockaddr { connect(descriptor.rawValue, $0, $1) }
        let error = errno
        isOpen = result == 0
        if result != 0, error != EINPROGRESS { throw SystemError("connect", error) }
    }

    public var fd: Int32 { descriptor.rawValue }

    public func advance() throws(TransportError) -> Bool {
        do throws(SystemError) {
            return try connected()
        } catch {
            throw .system(error)
        }
    }

    /// Whether the connection is there.
    /// - Throws: `SystemError` where it has come to nothing.
    func connected() throws(SystemError) -> Bool {
        if isOpen { return true }
        guard let error = Self.pendingError(fd) else { return false }
        guard error == 0 else { throw SystemError("connect", error) }
        isOpen = true
        return true
    }

    /// SO_ERROR of a connection attempt that has come to an end; nil while it has not.
    private static func pendingError(_ fd: Int32) -> Int32? {
        var poll = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        guard Glibc.poll(&poll, 1, 0) > 0 else { return nil }
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)
        return error
    }

    private static func setOptions(_ fd: Int32) {
        // Several messages leave in one write already; waiting for more would only cost latency.
        // A peer that has gone is to be noticed within 15 s: an idle connection is probed at 6 and 9 s of silence, and the probe
        // at 12 s ends it, by the user timeout where the kernel has that (it overrules the count), else by the count. What is
        // unacknowledged ends it 12 s after it was first sent again.
        for (level, option, value) in [
            (Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1)),
            (Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, userTimeout),
            (SOL_SOCKET, SO_KEEPALIVE, 1),
            (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 6),
            (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 3),
            (Int32(IPPROTO_TCP), TCP_KEEPCNT, 2),
        ] {
            var value = value
            setsockopt(fd, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    public func read(into memory: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int? {
        try Self.nilIfBusy("read") { Glibc.read(fd, memory.baseAddress, memory.count) }
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int? {
        try Self.nilIfBusy("write") { send(fd, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }
    }

    private static func nilIfBusy(_ name: StaticString, _ call: () -> Int) throws(TransportError) -> Int? {
        let count = call()
        if count >= 0 { return count }
        let number = errno
        if number == EAGAIN || number == EINTR { return nil }
        throw .system(SystemError(name, number))
    }

    public func finishWriting() {
        shutdown(fd, Int32(SHUT_WR))
    }
}
