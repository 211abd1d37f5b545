import CLinux
import Glibc
import Synchronization

/// Looks up a host name on a thread of its own, for a resolver that is mute costs tens of seconds.
///
/// A lookup that nobody waits for any more ends by itself, unheard.
public final class Resolver: Sendable {
    public enum Answer: Sendable {
        case addresses([SocketAddress])
        /// The resolver's error code, `EAI_…`.
        case failed(Int32)
    }

    private let answer = Mutex<Answer?>(nil)
    private let wakeup: Wakeup

    /// Starts to look up `host`.
    /// - Parameter wakeup: signalled when the answer is there.
    /// - Throws: `SystemError` where no thread can be had. The corresponding C function is `getaddrinfo`.
    public init(host: String, port: UInt16, wakeup: Wakeup) throws(SystemError) {
        self.wakeup = wakeup
        let thread = try Thread(name: "resolver") { [self] in
            let answer = Self.look(host, port)
            self.answer.withLock { $0 = answer }
            self.wakeup.signal()
        }
        thread.detach()
    }

    /// The answer, once; nil while there is none.
    public func take() -> Answer? {
        answer.withLock { answer in
            defer { answer = nil }
            return answer
        }
    }

    /// What an error code of the resolver means. The corresponding C function is `gai_strerror`.
    public static func text(_ code: Int32) -> String {
        gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }

    private static func look(_ host: String, _ port: UInt16) -> Answer {
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
