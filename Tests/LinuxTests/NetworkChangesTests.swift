import Glibc
import Testing

@testable import Linux

@Suite(.timeLimit(.minutes(1))) struct NetworkChangesTests {
    @Test func `a new address is noticed`() throws {
        let changes = try NetworkChanges()
        // Whatever else happens on this machine meanwhile.
        _ = changes.take()
        // Only the super-user may add one; and to the loopback interface it does no harm.
        guard geteuid() == 0, try Self.ip("addr", "add", "127.83.83.1/32", "dev", "lo") else { return }
        #expect(try waitFor(changes.fd, .readable) == .readable)
        #expect(changes.take())
        _ = try Self.ip("addr", "del", "127.83.83.1/32", "dev", "lo")
    }

    @Test func `what the machine does not have is distinguished from what it has`() throws {
        #expect(loopback(1).isAssigned)
        #expect(Resolver.numeric("127.1.2.3", port: 1)?.isAssigned == true)
        // TEST-NET-1 (RFC 5737) is nobody's.
        #expect(Resolver.numeric("192.0.2.1", port: 1)?.isAssigned == false)
        #expect(SocketAddress(unixPath: "/nowhere")?.isAssigned == true)
    }

    @Test func `a connection knows the address on this side`() throws {
        let listener = Listener()
        let transport = try TCPTransport(connectingTo: loopback(listener.port))
        try transport.open()
        let address = SocketAddress.local(of: transport.fd)
        #expect(address?.description.hasPrefix("127.0.0.1:") == true && address?.isAssigned == true)
        #expect(SocketAddress.local(of: -1) == nil)
    }

    /// Runs ip(8); false where it is not there or refuses.
    private static func ip(_ arguments: String...) throws -> Bool {
        var pid = pid_t()
        let words = ["ip"] + arguments
        let list: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for word in list { free(word) } }
        guard posix_spawnp(&pid, "ip", nil, nil, list, environ) == 0 else { return false }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }
}
