import Glibc
import Testing

@testable import Linux

@Suite struct SocketAddressTests {
    @Test func `a Unix socket is described by its path`() {
        let address = SocketAddress(unixPath: "/run/mosquitto/broker.sock")
        #expect(address?.description == "unix:/run/mosquitto/broker.sock")
        #expect(address?.family == AF_UNIX && address?.isLocal == true)
    }

    @Test func `a path has 107 bytes at most, and no NUL`() {
        let longest = "/" + String(repeating: "a", count: 106)
        #expect(SocketAddress(unixPath: longest)?.description == "unix:" + longest)
        #expect(SocketAddress(unixPath: longest + "a") == nil)
        #expect(SocketAddress(unixPath: "") == nil)
        #expect(SocketAddress(unixPath: "/a\0b") == nil)
    }

    @Test func `an address in numbers needs no resolver, and a name has none`() {
        #expect(Resolver.numeric("192.0.2.1", port: 1883)?.description == "192.0.2.1:1883")
        #expect(Resolver.numeric("2001:db8::1", port: 8883)?.description == "[2001:db8::1]:8883")
        #expect(Resolver.numeric("2001:db8::1", port: 8883)?.isLocal == false)
        #expect(Resolver.numeric("localhost", port: 1883) == nil)
    }
}
