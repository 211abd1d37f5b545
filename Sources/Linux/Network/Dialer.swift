import Glibc

/// Opens a stream to whichever of a peer's addresses answers first; the attempts at the others are given up.
public final class Dialer {
    /// What the attempts wait on: watched as one descriptor itself.
    private let epoll: Epoll
    private var race: ConnectionRace<SocketAddress>
    private var attempts: [TCPTransport] = []
    private var lastError = SystemError("connect", ENOENT)

    /// - Parameters:
    ///   - addresses: in the resolver's order of preference.
    ///   - turn: which of them are tried, where there are many; it moves on.
    /// - Throws: `SystemError` where the process has no descriptor left.
    public init(_ addresses: [SocketAddress], turn: inout AddressTurn) throws(SystemError) {
        epoll = try Epoll()
        race = ConnectionRace(addresses, turn: &turn, family: \.family)
    }

    /// Readable when an attempt has come to an end.
    public var fd: Int32 { epoll.fd }

    /// When the next address is due; CLOCK_MONOTONIC, ns.
    public var deadline: UInt64? { race.deadline }

    /// Goes on as far as it goes without waiting; to be called when `fd` is readable and at the deadline.
    /// - Returns: the stream, once; nil while there is none.
    /// - Throws: `SystemError` of the last attempt when all have failed.
    public func advance(at now: UInt64) throws(SystemError) -> TCPTransport? {
        for (index, attempt) in attempts.enumerated().reversed() {
            do throws(SystemError) {
                if try attempt.connected() { return win(attempt) }
            } catch {
                attempts.remove(at: index)
                fail(error, at: now)
            }
        }
        while let address = race.next(at: now) {
            do throws(SystemError) {
                let attempt = try TCPTransport(connectingTo: address)
                if try attempt.connected() { return win(attempt) }
                try epoll.add(attempt.fd, .writable, token: 0)
                attempts.append(attempt)
            } catch {
                fail(error, at: now)
            }
        }
        if race.isLost { throw lastError }
        return nil
    }

    private func win(_ attempt: TCPTransport) -> TCPTransport {
        epoll.forget(attempt.fd)
        attempts = []
        return attempt
    }

    private func fail(_ error: SystemError, at now: UInt64) {
        lastError = error
        race.failed(at: now)
    }
}
