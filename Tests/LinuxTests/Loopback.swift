import Glibc

@testable import Linux

/// A listening socket on a free port of 127.0.0.1.
final class Listener {
    private let descriptor: FileDescriptor
    let port: UInt16

    /// - Parameter receiveBuffer: SO_RCVBUF of the connections, bytes; 0 for the kernel's own.
    init(receiveBuffer: Int32 = 0) {
        // 1 is SOCK_STREAM.
        let fd = socket(AF_INET, 1, 0)
        var size = receiveBuffer
        if size > 0 { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
        port = bindLoopback(fd)
        precondition(listen(fd, 8) == 0)
        descriptor = FileDescriptor(fd)
    }

    /// The next connection; it is there already, or comes as soon as the kernel has shaken hands.
    func accept() -> FileDescriptor { FileDescriptor(Glibc.accept(descriptor.rawValue, nil, nil)) }
}

/// A listening Unix socket in a directory of its own.
final class LocalListener {
    private let descriptor: FileDescriptor
    private let directory: String
    private let path: String

    var address: SocketAddress { SocketAddress(unixPath: path)! }

    init() {
        var template = Array("/tmp/blemqttd-socket-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        path = directory + "/broker"
        let fd = socket(AF_UNIX, 1, 0)
        let bound = SocketAddress(unixPath: path)!.withSockaddr { bind(fd, $0, $1) }
        precondition(bound == 0 && listen(fd, 8) == 0)
        descriptor = FileDescriptor(fd)
    }

    deinit {
        unlink(path)
        rmdir(directory)
    }

    func accept() -> FileDescriptor { FileDescriptor(Glibc.accept(descriptor.rawValue, nil, nil)) }
}

/// A port that takes connections no further than the first packet: its queue is full, and the kernel drops what more comes.
final class DeafListener {
    private let descriptor: FileDescriptor
    private var fillers: [TCPTransport] = []
    let port: UInt16
    /// Attempts that wait for an answer already: all but the one that the queue takes.
    var waiting: Int { fillers.count - 1 }

    init() throws {
        let fd = socket(AF_INET, 1, 0)
        port = bindLoopback(fd)
        precondition(listen(fd, 0) == 0)
        descriptor = FileDescriptor(fd)
        for _ in 0..<4 { fillers.append(try TCPTransport(connectingTo: loopback(port))) }
    }
}

/// Binds to a free port of 127.0.0.1, and returns it.
private func bindLoopback(_ fd: Int32) -> UInt16 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            precondition(bind(fd, generic, length) == 0 && getsockname(fd, generic, &length) == 0)
        }
    }
    return UInt16(bigEndian: address.sin_port)
}

/// A port on which nobody listens, for it was just let go of.
func deadPort() -> UInt16 { Listener().port }

/// The address of a port of this machine.
func loopback(_ port: UInt16) -> SocketAddress {
    guard case .addresses(let addresses) = Resolver.lookUp( "127.0.0.1", port: port), let first = addresses.first else {
        preconditionFailure("127.0.0.1 is not an address")
    }
    return first
}

/// Waits until something comes on `fd`, ten seconds at most; what came.
func waitFor(_ fd: Int32, _ interest: Epoll.Interest) throws -> Epoll.Interest? {
    let epoll = try Epoll()
    try epoll.add(fd, interest, token: 1)
    var came: Epoll.Interest?
    let deadline = Clock.monotonic + 10_000_000_000
    while came == nil, Clock.monotonic < deadline { try epoll.wait(until: deadline) { _, events in came = events } }
    return came
}

extension TCPTransport {
    /// Advances until the stream is open.
    func open() throws {
        while try !advance() { _ = try waitFor(fd, .writable) }
    }

    func writeAll(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try rest.withUnsafeBytes { try write($0) }
            if let count { rest = rest.dropFirst(count) } else { _ = try waitFor(fd, .writable) }
        }
    }

    /// What is there, nil if nothing is.
    func readSome() throws -> [UInt8]? {
        var memory = [UInt8](repeating: 0, count: 4096)
        let count = try memory.withUnsafeMutableBytes { try read(into: $0) }
        return count.map { Array(memory[..<$0]) }
    }
}

extension FileDescriptor {
    func readSome() throws -> [UInt8] {
        var memory = [UInt8](repeating: 0, count: 4096)
        let count = try memory.withUnsafeMutableBytes { try read(into: $0) }
        return Array(memory[..<count])
    }
}
