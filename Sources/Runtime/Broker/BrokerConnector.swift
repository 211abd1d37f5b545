import Linux
import MQTTWire
import Settings

/// The way to the broker: its name is looked up, its addresses are tried, and a stream is opened on what answers first. Main thread only.
package final class BrokerConnector: BrokerNetwork {
    package enum Outcome {
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
    private let kernel: LinuxKernel
    private let watch: NetworkWatch
    private let lookups: NameLookups
    private var phase = Phase.idle
    private var turn = AddressTurn()

    init(_ log: Log, _ kernel: LinuxKernel) {
        self.log = log
        self.kernel = kernel
        lookups = NameLookups(wakeup: kernel.backgroundTasks)
        watch = NetworkWatch(log, kernel)
    }

    /// When `advance` must be called at the latest; CLOCK_MONOTONIC, ns.
    package var deadline: UInt64? {
        if case .dialing(let dialer, _) = phase { return dialer.deadline }
        return nil
    }

    /// What was missing when the attempt had taken too long.
    package var missing: CloseReason.Missing {
        switch phase {
        case .lookingUp: .address
        case .idle, .dialing: .connection
        case .opening: .handshake
        }
    }

    /// Begins; `advance` follows.
    package func start(_ broker: Configuration.Broker) {
        phase = .lookingUp(broker)
    }

    /// Gives up. A running lookup continues, for the next attempt at the same name.
    package func cancel() {
        switch phase {
        case .idle, .lookingUp: break
        case .dialing(let dialer, _): kernel.forget(dialer.fd)
        case .opening(let transport): kernel.forget(transport.fd)
        }
        phase = .idle
    }

    /// Advances as far as possible without waiting; at its end the outcome, once. An open stream is watched by then.
    package func advance(at now: UInt64) -> Outcome? {
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
            turn.succeeded()
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
        if let addresses = broker.knownAddresses { return .addresses(addresses) }
        return try lookups.ask(broker.host, port: broker.port)
    }

    private func dial(_ addresses: [SocketAddress], of broker: Configuration.Broker) throws(SystemError) {
        log.debug("\(broker): \(addresses.map(\.description).joined(separator: ", "))")
        let dialer = try Dialer(addresses, turn: &turn)
        phase = .dialing(dialer, to: broker)
        try kernel.watch(dialer.fd, .readable, .broker)
    }

    private func open(_ stream: TCPTransport, from dialer: Dialer, to broker: Configuration.Broker) throws(SystemError) {
        log.debug("connected to \(stream.address)")
        kernel.forget(dialer.fd)
        phase = .opening(broker.transport(over: stream))
        try kernel.watch(stream.fd, Self.interest, .broker)
    }

    // MARK: What is connected

    private static let interest: Epoll.Interest = [.readable, .writable, .peerClosed, .edge]

    package func watch(_ transport: any Transport, forAnswers: Bool) {
        kernel.change(transport.fd, to: forAnswers ? Self.interest : Self.interest.subtracting(.readable), .broker)
    }

    package func release(_ transport: any Transport) { kernel.forget(transport.fd) }

    package var changesDeadline: UInt64? { watch.deadline }
    package func changesReady(at now: UInt64) { watch.ready(at: now) }
    package func hasChanged(at now: UInt64) -> Bool { watch.hasChanged(at: now) }

    package func lostAddress(of transport: any Transport) -> String? {
        guard let address = SocketAddress.local(of: transport.fd), !address.isAssigned else { return nil }
        return address.description
    }
}

extension Configuration.Broker {
    /// Where the broker is, if that takes no lookup: a Unix socket, or an address in numbers.
    var knownAddresses: [SocketAddress]? {
        if let path = socketPath { return [SocketAddress(unixPath: path)].compactMap(\.self) }
        return Resolver.numeric(host, port: port).map { [$0] }
    }
}
