import CLinux
import Glibc

/// Where a broker listens.
public struct SocketAddress: Sendable {
    private let storage: sockaddr_storage
    private let length: socklen_t

    init(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: min(Int(length), $0.count)))
        }
        self.storage = storage
        self.length = length
    }

    /// The Unix socket at a path. The corresponding C type is `sockaddr_un`.
    /// - Parameter unixPath: at most 107 bytes, none of them NUL; nil comes of any other. `@name` is an abstract one's, which has no file.
    public init?(unixPath: String) {
        var path = Array(unixPath.utf8)
        var address = sockaddr_un()
        guard !path.isEmpty, path.count < MemoryLayout.size(ofValue: address.sun_path), !path.contains(0) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        var length = MemoryLayout<sockaddr_un>.size
        if path[0] == UInt8(ascii: "@") {
            path[0] = 0
            length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + path.count
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        self = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { SocketAddress($0, socklen_t(length)) }
        }
    }

    /// The address that a connection has on this machine's side; nil if it has none. The corresponding C function is `getsockname`.
    public static func local(of fd: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(fd, $0, &length) == 0 ? SocketAddress($0, length) : nil
            }
        }
    }

    /// Whether an interface of this machine has the address, as far as is known: only EADDRNOTAVAIL of `bind` means no.
    public var isAssigned: Bool {
        if isLocal { return true }
        let fd = socket(family, clinux_sock_dgram | clinux_sock_cloexec, 0)
        guard fd >= 0 else { return true }
        let probe = FileDescriptor(fd)
        return withSockaddr { bind(probe.rawValue, $0, $1) == 0 || errno != EADDRNOTAVAIL }
    }

    /// AF_INET, AF_INET6 or AF_UNIX
    public var family: Int32 { Int32(storage.ss_family) }

    /// A Unix socket.
    public var isLocal: Bool { family == AF_UNIX }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// Numeric: `192.0.2.1:1883` or `[2001:db8::1]:1883`; a Unix socket `unix:/run/broker`. The corresponding C function is `getnameinfo`.
    public var description: String {
        if isLocal {
            return withSockaddr { address, _ in
                address.withMemoryRebound(to: sockaddr_un.self, capacity: 1) { unix in
                    withUnsafeBytes(of: unix.pointee.sun_path) { "unix:" + String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                }
            }
        }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var service = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let result = withSockaddr {
            getnameinfo(
                $0, $1, &host, socklen_t(host.count), &service, socklen_t(service.count), Int32(NI_NUMERICHOST | NI_NUMERICSERV))
        }
        guard result == 0 else { return "?" }
        let name = host.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        let port = service.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return family == AF_INET6 ? "[\(name)]:\(port)" : "\(name):\(port)"
    }
}
