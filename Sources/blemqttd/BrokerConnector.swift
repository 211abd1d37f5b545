import Config
import Linux
import MQTTWire

/// The way to the broker: its name is looked up, its addresses are tried, and a stream is opened on what answers first. Main thread only.
final class BrokerConnector {
    enum Outcome {
        case opened(any Transport)
        case failed(CloseReason)
    }

    private enum Phase {
        case idle
        case lookingUp(Configuration.Broker)
        case dialing(Dialer, to: Configuration.Broker)
        /// Connected; what wraps the stream is not ready yet.
        case opening(any Transport)
    }

    private let log: Log
    private let epoll: MainEpoll
    private let lookups: NameLookups
    private var phase = Phase.idle

    /// - Parameter lookedUp: signalled when a host name has been looked up; the caller then calls `advance`.
    init(_ log: Log, _ epoll: MainEpoll, lookedUp: Wakeup) {
        self.log = log
        self.epoll = epoll
        lookups = NameLookups(wakeup: lookedUp)
    }

    /// When `advance` must be called at the latest; CLOCK_MONOTONIC, ns.
    var deadline: UInt64? {
        if case .dialing(let dialer, _) = phase { return dialer.deadline }
        return nil
    }

    /// What has not come where the attempt has taken too long.
    var missing: CloseReason.Missing {
        switch phase {
        case .lookingUp: .address
        case .idle, .dialing: .connection
        case .opening: .handshake
        }
    }

    /// Sets out; `advance` follows.
    func start(_ broker: Configuration.Broker) {
        phase = .lookingUp(broker)
    }

    /// Gives up. A lookup that runs goes on, for the next attempt at the same name.
    func cancel() {
        switch phase {
        case .idle, .lookingUp: break
        case .dialing(let dialer, _): epoll.forget(dialer.fd)
        case .opening(let transport): epoll.forget(transport.fd)
        }
        phase = .idle
    }

    /// Goes on as far as it goes without waiting; at its end the outcome, once. An open stream is watched by then.
    func advance(at now: UInt64) -> Outcome? {
        do throws(SystemError) {
            if case .idle = phase { lookups.forgetEnded() }
            if case .lookingUp(let broker) = phase {
                switch try answer(for: broker) {
                case nil: return nil
                case .failed(let code): return fail(.resolver(code: code))
                case .addresses(let addresses): try dial(addresses, of: broker)
                }
            }
            if case .dialing(let dialer, let broker) = phase, let stream = try dialer.advance(at: now) {
                try open(stream, from: dialer, to: broker)
            }
        } catch {
            return fail(.transport(errno: error.number))
        }
        do throws(TransportError) {
            guard case .opening(let transport) = phase, try transport.advance() else { return nil }
            phase = .idle
            return .opened(transport)
        } catch {
            return fail(error.closeReason)
        }
    }

    private func fail(_ reason: CloseReason) -> Outcome {
        cancel()
        return .failed(reason)
    }

    private func answer(for broker: Configuration.Broker) throws(SystemError) -> Resolver.Answer? {
        if let path = broker.socketPath { return .addresses([SocketAddress(unixPath: path)].compactMap(\.self)) }
        if let address = Resolver.numeric(broker.host, port: broker.port) { return .addresses([address]) }
        return try lookups.ask(broker.host, port: broker.port)
    }

    private func dial(_ addresses: [SocketAddress], of broker: Configuration.Broker) throws(SystemError) {
        log.debug("\(broker): \(addresses.map(\.description).joined(separator: ", "))")
        let dialer = try Dialer(addresses)
        phase = .dialing(dialer, to: broker)
        try epoll.watch(dialer.fd, .readable, .broker)
    }

    private func open(_ stream: TCPTransport, from dialer: Dialer, to broker: Configuration.Broker) throws(SystemError) {
        log.debug("connected to \(stream.address)")
        epoll.forget(dialer.fd)
        phase = .opening(broker.transport(over: stream))
        try epoll.watch(stream.fd, [.readable, .writable, .peerClosed, .edge], .broker)
    }
}
