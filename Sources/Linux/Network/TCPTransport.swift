import Bytes
import CLinux
import Glibc

/// A stream to one address, without TLS: TCP, or a Unix socket.
public final class TCPTransport: Transport {
    /// What the kernel may hold of what was written, bytes; it reserves as much again for its own use (SO_SNDBUF).
    static let sendBuffer: Int32 = 65_536
    /// While so many bytes have not been sent, nothing more is taken (TCP_NOTSENT_LOWAT).
    static let unsentLimit: Int32 = 16_384
    /// TCP_NOTSENT_LOWAT, linux/tcp.h.
    private static let unsentLimitOption: Int32 = 25

    /// Where it leads.
    public let address: SocketAddress
    private let descriptor: FileDescriptor
    private var isOpen = false
    /// Bytes.
    private var written: UInt64 = 0

    /// Begins to connect; `advance` returns when the stream is open.
    /// - Throws: `SystemError` where it fails at once. The corresponding C functions are `socket` and `connect`.
    public init(connectingTo address: SocketAddress) throws(SystemError) {
        self.address = address
        let type = clinux_sock_stream | clinux_sock_cloexec | clinux_sock_nonblock
        descriptor = FileDescriptor(try retrying("socket") { socket(address.family, type, 0) })
        Self.setOptions(descriptor.rawValue, isLocal: address.isLocal)
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

    private static func setOptions(_ fd: Int32, isLocal: Bool) {
        // What waits here can neither be dropped for something newer nor be counted as lost: the kernel is to hold little.
        set(fd, SOL_SOCKET, SO_SNDBUF, sendBuffer)
        guard !isLocal else { return }
        let tcp = Int32(IPPROTO_TCP)
        set(fd, tcp, unsentLimitOption, unsentLimit)
        // Several messages leave in one write already; waiting for more would only cost latency.
        set(fd, tcp, TCP_NODELAY, 1)
        // A peer that has gone is to be noticed within 15 s: an idle connection is probed at 6 and 9 s of silence, and ends at 12 s.
        // One that is not idle is checked by `progress`. No TCP_USER_TIMEOUT: it ends the connection to a peer that answers, too, where
        // that keeps its window closed for long enough.
        set(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(fd, tcp, TCP_KEEPIDLE, 6)
        set(fd, tcp, TCP_KEEPINTVL, 3)
        set(fd, tcp, TCP_KEEPCNT, 2)
    }

    private static func set(_ fd: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(fd, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    public func progress() -> StreamProgress? {
        address.isLocal ? StreamProgress(unix: fd, written: written) : StreamProgress(tcp: fd)
    }

    public func read(into memory: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int? {
        try Self.nilIfBusy("read") { Glibc.read(fd, memory.baseAddress, memory.count) }
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int? {
        let count = try Self.nilIfBusy("write") { send(fd, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }
        written += UInt64(count ?? 0)
        return count
    }

    private static func nilIfBusy(_ name: StaticString, _ call: () -> Int) throws(TransportError) -> Int? {
        do throws(SystemError) {
            return try nilIfBlocked(name, call)
        } catch {
            throw .system(error)
        }
    }

    public func finishWriting() {
        shutdown(fd, Int32(SHUT_WR))
    }
}
