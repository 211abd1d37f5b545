import CLinux
import Glibc

/// Looks up host names: a blocking call, to be run as a `BackgroundTask`, because a resolver that does not answer costs tens of seconds.
public enum Resolver {
    public enum Answer: Sendable {
        case addresses([SocketAddress])
        /// The resolver's error code, `EAI_…`.
        case failed(Int32)
    }

    /// What an error code of the resolver means. The corresponding C function is `gai_strerror`.
    public static func text(_ code: Int32) -> String {
        gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }

    /// The address that `host` itself is, in numbers; nil if it is a name. It never blocks.
    public static func numeric(_ host: String, port: UInt16) -> SocketAddress? {
        guard case .addresses(let addresses) = ask(host, port, flags: AI_NUMERICHOST) else { return nil }
        return addresses.first
    }

    /// The addresses of `host`, in the order of preference, the first 512. The corresponding C function is `getaddrinfo`.
    public static func lookUp(_ host: String, port: UInt16) -> Answer {
        let answer = ask(host, port, flags: AI_ADDRCONFIG)
        // AI_ADDRCONFIG leaves nothing over on a machine whose only interface is loopback. A resolver that did not answer is not
        // asked twice.
        guard case .failed(let code) = answer, code != EAI_AGAIN else { return answer }
        return ask(host, port, flags: 0)
    }

    /// Addresses of a name that are kept; a resolver's answer can have thousands.
    static let limit = 512

    private static func ask(_ host: String, _ port: UInt16, flags: Int32) -> Answer {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = clinux_sock_stream
        hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let error = getaddrinfo(host, String(port), &hints, &list)
        guard error == 0 else { return .failed(error) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next, addresses.count < limit {
            if let address = entry.pointee.ai_addr { addresses.append(SocketAddress(address, entry.pointee.ai_addrlen)) }
            next = entry.pointee.ai_next
        }
        return .addresses(addresses)
    }
}
