import CLinux
import Glibc

/// TCP without TLS: each of the broker's addresses is tried in turn.
public final class TCPTransport: Transport {
    /// An unacknowledged byte older than this ends the connection (TCP_USER_TIMEOUT), milliseconds.
    public static let userTimeout: Int32 = 15_000

    private var addresses: [SocketAddress]
    private var descriptor: FileDescriptor?
    private var isOpen = false
    private var lastError = SystemError("connect", ENOENT)

    /// - Parameter addresses: to be tried in this order.
    public init(_ addresses: [SocketAddress]) {
        self.addresses = addresses.reversed()
    }

    public var fd: Int32 { descriptor?.rawValue ?? -1 }
    public var interest: Epoll.Interest { .writable }

    public func advance() throws(TransportError) -> Bool {
        if isOpen { return true }
        if fd >= 0 {
            guard let error = Self.pendingError(fd) else { return false }
            if error == 0 {
                isOpen = true
                return true
            }
            lastError = SystemError("connect", error)
            descriptor = nil
        }
        while let address = addresses.popLast() {
            do throws(SystemError) {
                let socket = try Self.open(address)
                let result = address.withSockaddr { connect(socket.rawValue, $0, $1) }
                let error = errno
                if result == 0 || error == EINPROGRESS {
                    isOpen = result == 0
                    descriptor = consume socket
                    return isOpen
                }
                lastError = SystemError("connect", error)
            } catch {
                lastError = error
            }
        }
        throw .system(lastError)
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

    private static func open(_ address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let type = clinux_sock_stream | clinux_sock_cloexec | clinux_sock_nonblock
        let socket = FileDescriptor(try retrying("socket") { Glibc.socket(address.family, type, 0) })
        // Several messages leave in one write already; waiting for more would only cost latency.
        for (level, option, value) in [
            (Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1)),
            (Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, userTimeout),
            (SOL_SOCKET, SO_KEEPALIVE, 1),
            (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 10),
            (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5),
            (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3),
        ] {
            var value = value
            setsockopt(socket.rawValue, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        return socket
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
