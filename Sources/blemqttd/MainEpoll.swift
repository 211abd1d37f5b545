import Linux

/// What the main loop waits for.
final class MainEpoll {
    enum Token: UInt64 {
        case signals, records, errands, broker, adapter
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
        try epoll.wait(until: deadline) { token, events in body(Token(rawValue: token)!, events) }
    }
}
