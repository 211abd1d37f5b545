import Glibc
import Testing

@testable import Linux

/// Runs against sockets on the loopback interface.
@Suite(.timeLimit(.minutes(1))) struct DialerTests {
    /// Dials as the main loop does.
    private static func dial(_ dialer: Dialer) throws -> TCPTransport {
        let epoll = try Epoll()
        try epoll.add(dialer.fd, .readable, token: 1)
        while true {
            if let stream = try dialer.advance(at: Clock.monotonic) { return stream }
            try epoll.wait(until: dialer.deadline) { _, _ in }
        }
    }

    private static func dialer(_ addresses: [SocketAddress]) throws -> Dialer {
        var turn = AddressTurn()
        return try Dialer(addresses, turn: &turn)
    }

    /// Its stream leads to this port.
    private static func leads(_ stream: TCPTransport, to port: UInt16) -> Bool { stream.address.description == "127.0.0.1:\(port)" }

    @Test func `the first address answers`() throws {
        let listener = Listener()
        let other = Listener()
        let stream = try Self.dial(Self.dialer([loopback(listener.port), loopback(other.port)]))
        #expect(Self.leads(stream, to: listener.port))
        let peer = listener.accept()
        try stream.writeAll([9])
        let heard = try peer.readSome()
        #expect(heard == [9])
    }

    @Test func `dead addresses are passed over`() throws {
        let listener = Listener()
        let stream = try Self.dial(Self.dialer([loopback(deadPort()), loopback(deadPort()), loopback(listener.port)]))
        #expect(Self.leads(stream, to: listener.port))
    }

    @Test func `an address that does not answer does not hold up the next`() throws {
        let deaf = try DeafListener()
        let listener = Listener()
        let dialer = try Self.dialer([loopback(deaf.port), loopback(listener.port)])
        let start = Clock.monotonic
        #expect(try dialer.advance(at: start) == nil)
        #expect(dialer.deadline == start + ConnectionRace<SocketAddress>.attemptDelay)
        let stream = try Self.dial(dialer)
        #expect(Self.leads(stream, to: listener.port))
    }

    @Test func `an address of the other family that leads nowhere does not, either`() throws {
        let listener = Listener()
        // 100::/64 is for discarding (RFC 6666); where there is no IPv6 at all, it fails at once.
        guard let nowhere = Resolver.numeric("100::1", port: listener.port) else { return }
        let stream = try Self.dial(Self.dialer([nowhere, loopback(listener.port)]))
        #expect(Self.leads(stream, to: listener.port))
    }

    @Test func `the last address's error is thrown`() throws {
        let dialer = try Self.dialer([loopback(deadPort()), loopback(deadPort())])
        #expect(throws: SystemError("connect", ECONNREFUSED)) { try Self.dial(dialer) }
    }

    @Test func `of a hundred addresses the last one is reached within seven attempts`() throws {
        let listener = Listener()
        let dead = loopback(deadPort())
        let addresses = [SocketAddress](repeating: dead, count: 99) + [loopback(listener.port)]
        var turn = AddressTurn()
        for _ in 0..<6 {
            #expect(throws: SystemError("connect", ECONNREFUSED)) { try Self.dial(Dialer(addresses, turn: &turn)) }
        }
        let stream = try Self.dial(Dialer(addresses, turn: &turn))
        #expect(Self.leads(stream, to: listener.port))
    }

    @Test func `without addresses there is no connection`() throws {
        let dialer = try Self.dialer([])
        #expect(throws: SystemError("connect", ENOENT)) { try dialer.advance(at: 0) }
    }

    @Test func `the losers are closed, and the stream outlives the dialer`() throws {
        let deaf = try DeafListener()
        let listener = Listener()
        let fillers = deaf.waiting
        #expect(try Self.attempts(to: deaf.port, become: fillers))
        var dialer: Dialer? = try Self.dialer([loopback(deaf.port), loopback(deaf.port), loopback(listener.port)])
        #expect(try dialer!.advance(at: 0) == nil)
        #expect(try Self.attempts(to: deaf.port, become: fillers + 1))
        let stream = try Self.dial(dialer!)
        #expect(try Self.attempts(to: deaf.port, become: fillers))
        dialer = nil
        let peer = listener.accept()
        try stream.writeAll([1])
        let heard = try peer.readSome()
        #expect(heard == [1])
    }

    @Test func `who gives up closes them all`() throws {
        let deaf = try DeafListener()
        let fillers = deaf.waiting
        #expect(try Self.attempts(to: deaf.port, become: fillers))
        var dialer: Dialer? = try Self.dialer([loopback(deaf.port), loopback(deaf.port)])
        #expect(try dialer!.advance(at: 0) == nil && dialer!.advance(at: 250_000_000) == nil)
        #expect(try Self.attempts(to: deaf.port, become: fillers + 2))
        dialer = nil
        #expect(try Self.attempts(to: deaf.port, become: fillers))
    }

    /// Whether so many attempts are under way, or soon are: the kernel's table is read in pieces, and may miss a socket that moves.
    private static func attempts(to port: UInt16, become expected: Int) throws -> Bool {
        for _ in 0..<200 {
            if try attempts(to: port) == expected { return true }
            usleep(10_000)
        }
        return false
    }

    /// Sockets of this machine that wait for the port's answer (SYN_SENT, 02 in /proc/net/tcp).
    private static func attempts(to port: UInt16) throws -> Int {
        let digits = String(port, radix: 16, uppercase: true)
        let peer = "0100007F:" + String(repeating: "0", count: 4 - digits.count) + digits
        let file = try FileDescriptor.openForReading("/proc/net/tcp")
        var bytes: [UInt8] = []
        // The kernel gives a few lines at a time.
        while case let more = try file.readSome(), !more.isEmpty { bytes += more }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").count { $0.contains(" \(peer) 02 ") }
    }
}
