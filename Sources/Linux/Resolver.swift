import CLinux
import Glibc

/// Looks up host names: a blocking call, to be run as an `Errand`, for a resolver that is mute costs tens of seconds.
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

    /// The addresses of `host`, in the order of preference. The corresponding C function is `getaddrinfo`.
    public static func look(up host: String, port: UInt16) -> Answer {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = clinux_sock_stream
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        var error = getaddrinfo(host, String(port), &hints, &list)
        if error != 0 {
            // AI_ADDRCONFIG leaves nothing over on a machine whose only interface is loopback.
            hints.ai_flags = AI_NUMERICSERV
            error = getaddrinfo(host, String(port), &hints, &list)
        }
        guard error == 0 else { return .failed(error) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr { addresses.append(SocketAddress(address, entry.pointee.ai_addrlen)) }
            next = entry.pointee.ai_next
        }
        return .addresses(addresses)
    }
}
