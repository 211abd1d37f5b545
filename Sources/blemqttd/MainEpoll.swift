import Linux

/// What the main loop waits for.
final class MainEpoll {
    enum Token: Equatable {
        case signals, records, errands, broker, network, adapterEvents, management
        /// The command socket of the adapter in this slot.
        case adapter(UInt8)

        private static let plain: [Token] = [.signals, .records, .errands, .broker, .network, .adapterEvents, .management]
        private static let firstAdapter: UInt64 = 256

        fileprivate var rawValue: UInt64 {
            if case .adapter(let slot) = self { return Self.firstAdapter + UInt64(slot) }
            return UInt64(Self.plain.firstIndex(of: self)!)
        }

        fileprivate init(rawValue: UInt64) {
            self = rawValue < Self.firstAdapter ? Self.plain[Int(rawValue)] : .adapter(UInt8(rawValue - Self.firstAdapter))
        }
    }

    private let epoll: Epoll

    init() throws(SystemError) { epoll = try Epoll() }

    /// Waits for `interest` on a descriptor, which may be watched already.
    func watch(_ fd: Int32, _ interest: Epoll.Interest, _ token: Token) throws(SystemError) {
        do throws(SystemError) {
            try epoll.add(fd, interest, token: token.rawValue)
        } catch {
            if !error.isAlreadyThere { throw error }
        }
    }

    /// Forgets a descriptor, which must still be open; one that is not watched is fine.
    func forget(_ fd: Int32) { try? epoll.remove(fd) }

    func wait(until deadline: UInt64?, _ body: (Token, Epoll.Interest) -> Void) throws(SystemError) {
        try epoll.wait(until: deadline) { token, events in body(Token(rawValue: token), events) }
    }
}
