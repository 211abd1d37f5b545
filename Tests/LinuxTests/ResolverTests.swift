import Glibc
import Testing

@testable import Linux

/// Numeric addresses only: what names mean is the machine's affair.
@Suite struct ResolverTests {
    private static func texts(_ host: String, _ port: UInt16) -> [String]? {
        guard case .addresses(let addresses) = Resolver.lookUp( host, port: port) else { return nil }
        return addresses.map(\.description)
    }

    @Test func `a numeric address of IPv4`() {
        #expect(Self.texts("127.0.0.1", 1883) == ["127.0.0.1:1883"])
        #expect(Self.texts("192.0.2.7", 65_535) == ["192.0.2.7:65535"])
    }

    @Test func `a numeric address of IPv6 has brackets`() {
        #expect(Self.texts("2001:db8::1", 1) == ["[2001:db8::1]:1"])
        #expect(Self.texts("::1", 8883) == ["[::1]:8883"])
    }

    @Test func `every machine knows localhost`() {
        let texts = Self.texts("localhost", 1883) ?? []
        #expect(!texts.isEmpty && texts.allSatisfy { $0 == "127.0.0.1:1883" || $0 == "[::1]:1883" })
    }

    @Test func `a host that cannot be is an error of the resolver, in words`() {
        guard case .failed(let code) = Resolver.lookUp( String(repeating: "a", count: 300), port: 1) else {
            Issue.record("was found")
            return
        }
        #expect(code != 0 && !Resolver.text(code).isEmpty && Resolver.text(code) != Resolver.text(EAI_AGAIN))
        #expect(Resolver.text(EAI_NONAME).contains("not known"))
    }
}
