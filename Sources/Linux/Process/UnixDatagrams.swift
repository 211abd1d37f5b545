import CLinux
import Glibc

/// Datagrams to a Unix socket of another program's, without waiting for that program longer than allowed.
final class UnixDatagrams: Sendable {
    /// What became of a datagram.
    enum Delivery: Sendable {
        case sent
        /// The receiver has no room for it.
        case full
        /// No program listens, or it is too large.
        case failed
    }

    private let socket: FileDescriptor
    private let address: SocketAddress

    /// Nil if the path is none or no socket is to be had.
    /// - Parameters:
    ///   - path: absolute, or `@name` of an abstract socket (unix(7)). The receiver may come and go.
    ///   - patience: milliseconds that a full receiver is waited for; 0 for none.
    init?(to path: String, patience: Int) {
        guard let address = SocketAddress(unixPath: path) else { return nil }
        let fd = Glibc.socket(AF_UNIX, clinux_sock_dgram | clinux_sock_cloexec | (patience == 0 ? clinux_sock_nonblock : 0), 0)
        guard fd >= 0 else { return nil }
        socket = FileDescriptor(fd)
        self.address = address
        guard patience > 0 else { return }
        var time = timeval(tv_sec: patience / 1000, tv_usec: patience % 1000 * 1000)
        // Else it would wait for ever.
        guard setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size)) == 0 else { return nil }
    }

    /// The corresponding C function is `sendto`.
    func send(_ bytes: [UInt8]) -> Delivery {
        do throws(SystemError) {
            _ = try retrying("sendto") {
                address.withSockaddr { sendto(socket.rawValue, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) }
            }
            return .sent
        } catch {
            return error.number == EAGAIN || error.number == ENOBUFS ? .full : .failed
        }
    }
}
