import Linux
import MQTTWire
import Settings

/// One connection to the broker from the command line: it looks up, connects, logs in and publishes a few messages, as the daemon would, and
/// prints each step. Without a will, and with a clean session, so that it leaves nothing at the broker. Each step has ten
/// seconds.
final class ConnectionTest {
    /// Why a step failed, and what to do.
    struct Failure: Error {
        let text: String
    }

    private static let patience: UInt64 = 10_000_000_000

    private let configuration: Configuration
    private let clientID: String
    private let command: String
    private let epoll: Epoll
    private var session: PublishSession
    private var transport: (any Transport)?
    private var firstByte: UInt8?
    /// The broker has accepted CONNECT.
    private var isAccepted = false
    /// Which of the addresses are tried, where there are many.
    private var turn = AddressTurn()
    /// Whether all lines could be written.
    private(set) var printed = ExitCode.success

    /// - Parameters:
    ///   - verb: the options that asked for it, for a command in a message.
    ///   - path: the configuration's file.
    init(_ configuration: Configuration, clientID: String, verb: String, path: String) throws(SystemError) {
        self.configuration = configuration
        command = "blemqttd \(verb)" + (path == Options.servicePath ? "" : " --config '\(path)'")
        self.clientID = clientID
        epoll = try Epoll()
        var options = configuration.sessionOptions
        options.connect = ConnectOptions(
            clientID: Array(clientID.utf8), username: options.connect.username, password: options.connect.password, cleanSession: true,
            keepAlive: options.connect.keepAlive)
        session = PublishSession(options, seed: ThisProcess.random)
    }

    /// Connects, runs `body`, and disconnects. The exit status is `unavailable` if a step fails.
    func run(_ body: () throws(Failure) -> Void) -> ExitCode {
        do throws(Failure) {
            try open(dial(addresses()))
            try logIn()
            try body()
            disconnect()
        } catch {
            return fail(.unavailable, error.text)
        }
        return printed
    }

    func report(_ line: String) {
        let code = output(line: line)
        if printed == .success { printed = code }
    }

    /// Publishes a message; at QoS 1 the broker has acknowledged it.
    func publish(_ message: Message) throws(Failure) {
        let name = String(decoding: message.topic, as: UTF8.self)
        session.publish(own: message, at: Clock.monotonic)
        do throws(Failure) {
            guard try pump(until: { !$0.hasOwnInFlight && $0.pending.count == 0 }) else {
                throw Failure(text: message.qos == .atMostOnce ? "the message could not be sent within 10 s" : "no PUBACK within 10 s")
            }
        } catch {
            let kind = "an empty\(message.retain ? " retained" : "") message of QoS \(message.qos.rawValue)"
            throw Failure(text: "refused: \(kind) to \(name): \(error.text); does the broker allow this topic\(message.qos == .atMostOnce ? "" : ", and QoS 1")?")
        }
    }

    private var broker: Configuration.Broker { configuration.broker }

    // MARK: Steps

    private func addresses() throws(Failure) -> [SocketAddress] {
        if let addresses = broker.knownAddresses { return addresses }
        let deadline = Clock.monotonic + Self.patience
        let answer = try doing { () throws(SystemError) -> Resolver.Answer? in
            let wakeup = try Wakeup()
            let lookups = NameLookups(wakeup: wakeup)
            while Clock.monotonic < deadline {
                if let answer = try lookups.ask(broker.host, port: broker.port) { return answer }
                wakeup.wait(nanoseconds: 100_000_000)
            }
            return nil
        }
        switch answer {
        case nil: throw Failure(text: "\(broker.host) cannot be looked up: no answer within 10 s; is there a name server?")
        case .failed(let code): throw Failure(text: "\(broker.host) cannot be looked up: \(Resolver.text(code)); check mqtt.broker.host")
        case .addresses(let addresses):
            report("resolved \(broker.host): \(addresses.map(\.description).joined(separator: ", "))")
            return addresses
        }
    }

    private func dial(_ addresses: [SocketAddress]) throws(Failure) -> TCPTransport {
        let deadline = Clock.monotonic + Self.patience
        do throws(SystemError) {
            let dialer = try Dialer(addresses, turn: &turn)
            try epoll.add(dialer.fd, .readable, token: 0)
            while true {
                let now = Clock.monotonic
                if let stream = try dialer.advance(at: now) {
                    try epoll.remove(dialer.fd)
                    report("connected to \(stream.address)")
                    return stream
                }
                guard now < deadline else { break }
                try epoll.wait(until: min(deadline, dialer.deadline ?? .max)) { _, _ in }
            }
        } catch {
            throw Failure(text: "no connection to \(broker): \(SystemError.text(error.number))\(Self.advice(error))")
        }
        throw Failure(text: "no connection to \(broker) within 10 s; is there a firewall, or is the address wrong?")
    }

    private static func advice(_ error: SystemError) -> String {
        if error.isRefused { return "; is the broker running, does it listen on more than localhost, and is mqtt.broker.port its port?" }
        return error.isDenied ? "; may this user write to the socket?" : ""
    }

    private func open(_ stream: TCPTransport) throws(Failure) {
        let transport = broker.transport(over: stream)
        self.transport = transport
        try doing { () throws(SystemError) in
            try epoll.add(transport.fd, [.readable, .writable, .peerClosed, .edge], token: 0)
        }
        let deadline = Clock.monotonic + Self.patience
        while true {
            do throws(TransportError) {
                if try transport.advance() { break }
            } catch {
                throw Failure(text: "no connection to \(broker): \(explanation(error.closeReason, missing: .handshake))")
            }
            guard Clock.monotonic < deadline else {
                throw Failure(text: "no connection to \(broker): \(explanation(.connectTimeout, missing: .handshake))")
            }
            try wait(until: deadline)
        }
        guard let tls = transport as? TLSTransport else { return }
        let trust = broker.isUnverified ? "mqtt.broker.tls.insecure accepts any certificate" : "the broker's certificate is valid for \(broker.tls.serverName ?? broker.host)"
        report("\(tls.version ?? "TLS"): \(trust)")
    }

    private func logIn() throws(Failure) {
        let now = Clock.monotonic
        session.start(at: now)
        while session.poll(at: now) == .open {}
        session.transportOpened(at: now)
        guard try pump(until: { $0.state == .online }) else {
            throw Failure(text: "the broker does not answer CONNECT within 10 s: is it an MQTT broker?")
        }
        isAccepted = true
        let name = broker.username.map { "user \($0)" } ?? "without a user name"
        report("accepted, \(name), client identifier \(clientID)")
    }

    /// A broker that does not close after DISCONNECT has a second.
    private func disconnect() {
        session.disconnect(offlineMessage: nil, at: Clock.monotonic)
        _ = try? pump(within: 1_000_000_000) { $0.state == .idle }
    }

    // MARK: The session's bytes

    /// Moves bytes until `isDone`; false if that takes too long.
    private func pump(within time: UInt64 = patience, until isDone: (borrowing PublishSession) -> Bool) throws(Failure) -> Bool {
        guard let transport else { return false }
        let deadline = Clock.monotonic + time
        while true {
            do throws(TransportError) {
                try write(to: transport)
                try read(from: transport)
                try write(to: transport)
            } catch {
                session.transportFailed(error.closeReason, at: Clock.monotonic)
            }
            while let action = session.poll(at: Clock.monotonic) {
                switch action {
                case .close(let reason): throw Failure(text: ended(reason))
                case .checkProgress: session.transportProgressed(transport.progress(), at: Clock.monotonic) { _ in }
                case .open: break
                }
            }
            if isDone(session) { return true }
            guard Clock.monotonic < deadline else { return false }
            try wait(until: deadline)
        }
    }

    private func write(to transport: any Transport) throws(TransportError) {
        while session.pending.count > 0 {
            guard let count = try transport.write(session.pending) else { return }
            session.transportTook(count, at: Clock.monotonic) { _ in }
        }
    }

    private func read(from transport: any Transport) throws(TransportError) {
        try withTemporaryMemory(byteCount: 512) { memory throws(TransportError) in
            // Everything a broker may send before the next packet of ours fits many times over: no flood is read.
            for _ in 0..<16 {
                guard let count = try transport.read(into: memory) else { return }
                guard count > 0 else { return session.transportFailed(.closedByBroker, at: Clock.monotonic) }
                firstByte = firstByte ?? memory[0]
                session.received(UnsafeRawBufferPointer(rebasing: memory[..<count]).bytes, at: Clock.monotonic) { _ in }
            }
        }
    }

    private func wait(until deadline: UInt64) throws(Failure) {
        try doing { () throws(SystemError) in
            try epoll.wait(until: min(deadline, session.deadline ?? .max)) { _, _ in }
        }
    }

    private func doing<Result>(_ body: () throws(SystemError) -> Result) throws(Failure) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw Failure(text: "cannot continue: \(error)")
        }
    }

    // MARK: Explanations

    private func explanation(_ reason: CloseReason, missing: CloseReason.Missing) -> String {
        var configuration = configuration
        // This test has no will that a broker could refuse.
        configuration.status.isEnabled = false
        // Content type of a TLS alert, RFC 8446 section 5.1: what a TLS server answers to CONNECT.
        return DisconnectReason(closeReason: reason, missing: missing, wasConnected: true, lasted: nil, answeredWithTLS: firstByte == 21).text(configuration)
    }

    /// Why the session has ended, before or after the broker accepted it.
    private func ended(_ reason: CloseReason) -> String {
        if isAccepted { return reason.explanation(missing: .handshake) }
        let text = explanation(reason, missing: .handshake)
        guard case .refused(let code) = reason else { return text }
        var advice = ""
        if code == 2 || code == 5, configuration.client.clientID != nil, clientID != configuration.effectiveClientID {
            advice += "; a broker that accepts only mqtt.client.client_id refuses the identifier of this check, \(clientID)"
        }
        if code == 4 || code == 5, broker.username != nil, broker.passwordBytes == nil {
            advice +=
                "; no password was sent: the systemd credential is available to the service only, so run  systemd-run --pipe --wait"
                + " -p LoadCredential=\(Configuration.passwordCredential):blemqttd.\(Configuration.passwordCredential) \(command)"
        }
        return text + advice
    }
}
