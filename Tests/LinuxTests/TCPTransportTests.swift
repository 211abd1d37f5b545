import Bytes
import Glibc
import Testing

@testable import Linux

/// Runs against sockets on the loopback interface, and Unix sockets.
@Suite(.timeLimit(.minutes(1))) struct TCPTransportTests {
    private static func option(_ fd: Int32, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(fd, level, name, &value, &length)
        return value
    }

    @Test func `a transport connects, writes and reads`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        let again = try transport.advance()
        #expect(again && transport.fd >= 0)
        let peer = listener.accept()
        #expect(try transport.readSome() == nil)
        try transport.writeAll([1, 2, 3])
        let heard = try peer.readSome()
        #expect(heard == [1, 2, 3])
        #expect(write(peer.rawValue, [4, 5] as [UInt8], 2) == 2)
        #expect(try waitFor(transport.fd, .readable) == .readable)
        #expect(try transport.readSome() == [4, 5])
        #expect(try transport.readSome() == nil)
    }

    @Test func `a peer that closes is seen by an empty read`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        do {
            let peer = listener.accept()
            _ = peer.rawValue
        }
        _ = try waitFor(transport.fd, .readable)
        #expect(try transport.readSome() == [])
    }

    @Test func `the end of writing reaches the peer, which may still answer`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        let peer = listener.accept()
        try transport.writeAll([7])
        transport.finishWriting()
        let heard = try peer.readSome()
        let end = try peer.readSome()
        #expect(heard == [7] && end == [])
        #expect(write(peer.rawValue, [8] as [UInt8], 1) == 1)
        _ = try waitFor(transport.fd, .readable)
        #expect(try transport.readSome() == [8])
    }

    @Test func `writing to a peer that has gone is an error and no signal`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        do {
            let peer = listener.accept()
            _ = peer.rawValue
        }
        let error = #expect(throws: TransportError.self) {
            while true { try transport.writeAll([UInt8](repeating: 0, count: 65_536)) }
        }
        #expect([EPIPE, ECONNRESET].contains { error == .system(SystemError("write", $0)) })
    }

    @Test func `a peer that does not read makes writing busy, not blocking`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        let peer = listener.accept()
        let block = [UInt8](repeating: 1, count: 262_144)
        var sent = 0
        while let count = try block.withUnsafeBytes({ try transport.write($0) }) { sent += count }
        #expect(sent > 0)
        // Once the peer reads, there is room again.
        var received = 0
        while received < sent { received += try peer.readSome().count }
        _ = try waitFor(transport.fd, .writable)
        #expect(try block.withUnsafeBytes { try transport.write($0) } != nil)
    }

    @Test func `a port where nobody listens is refused`() {
        #expect(throws: TransportError.system(SystemError("connect", ECONNREFUSED))) {
            try TCPTransport(connectingTo: loopback(deadPort())).open()
        }
    }

    @Test func `a Unix socket is a stream as well`() throws {
        let listener = LocalListener()
        let transport = try TCPTransport(connectingTo: listener.address)
        try transport.open()
        let peer = listener.accept()
        try transport.writeAll([1, 2])
        let heard = try peer.readSome()
        #expect(heard == [1, 2])
        #expect(write(peer.rawValue, [3] as [UInt8], 1) == 1)
        #expect(try transport.readSome() == [3])
    }

    @Test func `a Unix socket that is not there, or is none, is an error`() {
        #expect(throws: SystemError("connect", ENOENT)) { try TCPTransport(connectingTo: SocketAddress(unixPath: "/nowhere/socket")!) }
        #expect(throws: SystemError("connect", ECONNREFUSED)) { try TCPTransport(connectingTo: SocketAddress(unixPath: "/dev/null")!) }
    }

    @Test func `a socket does not wait for more to send, and notices a dead peer`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        let tcp = Int32(IPPROTO_TCP)
        #expect(Self.option(transport.fd, tcp, TCP_NODELAY) == 1)
        // TCP_USER_TIMEOUT: it would end the connection to a peer that answers and does not read.
        #expect(Self.option(transport.fd, tcp, 18) == 0)
        #expect(Self.option(transport.fd, SOL_SOCKET, SO_KEEPALIVE) == 1)
        // TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT.
        #expect(Self.option(transport.fd, tcp, 4) == 6 && Self.option(transport.fd, tcp, 5) == 3 && Self.option(transport.fd, tcp, 6) == 2)
        #expect(fcntl(transport.fd, F_GETFD) & FD_CLOEXEC != 0 && fcntl(transport.fd, F_GETFL) & O_NONBLOCK != 0)
    }

    // MARK: A peer that does not read

    private static let block = [UInt8](repeating: 1, count: 32_768)

    /// Writes until nothing more is taken; how many bytes were.
    private static func fill(_ transport: TCPTransport) throws -> Int {
        var sent = 0
        while let count = try block.withUnsafeBytes({ try transport.write($0) }) { sent += count }
        return sent
    }

    @Test(arguments: [4096, 0]) func `the kernel holds little for a peer that does not read, and reports how much`(receiveBuffer: Int32) throws {
        let listener = Listener(receiveBuffer: receiveBuffer)
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        let peer = listener.accept()
        let written = try Self.fill(transport)
        let full = try #require(transport.progress())
        // One write more than the limit, at most.
        #expect(full.unsent > 0 && full.unsent <= 16_384 + Self.block.count && full.isOutstanding, "\(full)")
        #expect(Int(full.acknowledged) <= written - full.unsent + 1)

        var received = 0
        while received < written { received += try peer.readSome().count }
        _ = try waitFor(transport.fd, .writable)
        let empty = try #require(transport.progress())
        // The handshake counts as one.
        #expect(empty.unsent == 0 && empty.acknowledged > full.acknowledged && Int(empty.acknowledged) <= written + 1, "\(empty)")
    }

    @Test func `a peer that answers is never silent, however long it does not read`() throws {
        let listener = Listener(receiveBuffer: 4096)
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        let peer = listener.accept()
        _ = try Self.fill(transport)
        let progress = try #require(transport.progress())
        #expect(progress.unanswered < 12_000_000_000 && peer.rawValue >= 0)
    }

    @Test func `an idle stream has nothing outstanding`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        #expect(try #require(transport.progress()) == StreamProgress(acknowledged: 1, unsent: 0, isOutstanding: false, unanswered: 0))
    }

    @Test func `a Unix socket reports what the peer has not read`() throws {
        let listener = LocalListener()
        let transport = try TCPTransport(connectingTo: listener.address)
        try transport.open()
        let peer = listener.accept()
        let written = try Self.fill(transport)
        let full = try #require(transport.progress())
        #expect(written <= 262_144 && full.unsent == 0 && full.isOutstanding && full.acknowledged < UInt64(written))
        var received = 0
        while received < written { received += try peer.readSome().count }
        #expect(try #require(transport.progress()) == StreamProgress(acknowledged: UInt64(written), unsent: 0, isOutstanding: false, unanswered: 0))
    }
}
