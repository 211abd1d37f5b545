import Agent
import Bytes
import Config
import Linux
import MQTTWire

/// The connection to the broker: carries out what the session decides. Main thread only.
final class BrokerLink {
    /// How the link is left.
    private enum Leaving: Equatable {
        case no
        /// What is in flight may still settle until the deadline; then DISCONNECT.
        case settling(until: UInt64)
        /// DISCONNECT is out; the broker has until the deadline to close.
        case disconnecting(until: UInt64)
    }

    private let log: Log
    private let epoll: MainEpoll
    private let connector: BrokerConnector
    private var configuration: Configuration
    /// The adapters' names, by slot; they may change when one is plugged in again.
    private var adapters: [String]
    /// What is told on the status topic.
    private let board: StatusBoard
    var publisher: Publisher
    /// The open stream.
    private var transport: (any Transport)?
    private var trouble = Trouble()
    private var leaving = Leaving.no
    private var farewellReason = ""
    private var drainsWhileLeaving = false
    /// The broker has accepted the connection that there is.
    private(set) var isOnline = false
    private var onlineSince: UInt64 = 0
    /// The first byte that came on this connection was a TLS alert's.
    private var answersWithTLS = false
    private let inbound = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
    /// Why the password could not be read again; nil where it could.
    private var passwordProblem: ConfigurationErrors?
    /// Drops that the last line about trouble already told.
    private var toldDrops: UInt64 = 0
    private let droppedOffline: () -> UInt64

    /// - Parameters:
    ///   - lookedUp: signalled when a host name has been looked up; the caller then calls `pump`.
    ///   - droppedOffline: how many advertisements were dropped for want of a broker, for the log.
    init(
        _ configuration: Configuration, adapters: [String], _ intake: SharedIntake, _ board: StatusBoard, _ log: Log,
        _ epoll: MainEpoll, lookedUp: Wakeup
    ) {
        self.configuration = configuration
        self.board = board
        self.adapters = adapters
        self.log = log
        self.epoll = epoll
        connector = BrokerConnector(log, epoll, lookedUp: lookedUp)
        droppedOffline = { intake.consume { $0.counters.droppedOffline.total } }
        publisher = Publisher(
            session: PublishSession(configuration.sessionOptions, seed: ThisProcess.random),
            formatter: configuration.formatter(adapters: adapters), topics: configuration.topics, intake: intake)
    }

    deinit { inbound.deallocate() }

    /// `mqtt.local:1883`
    var target: String { configuration.broker.description }

    private var logFields: Log.Fields { [("BLEMQTTD_BROKER", target)] }

    /// The session has ended for good, or for the next `start`.
    var isIdle: Bool { publisher.session.state == .idle }

    /// When `pump` must be called next at the latest.
    var deadline: UInt64? {
        var earliest = min(publisher.session.deadline ?? .max, connector.deadline ?? .max, board.deadline ?? .max)
        switch leaving {
        case .no: break
        case .settling(let until), .disconnecting(let until): earliest = min(earliest, until)
        }
        return earliest == .max ? nil : earliest
    }

    /// The window is full while a good many advertisements wait: the broker sets the pace.
    var isSaturated: Bool {
        isOnline && publisher.session.qos == .atLeastOnce && !publisher.session.canPublish && publisher.queued > Self.backlog
    }

    private static let backlog = 20

    func start(at now: UInt64) {
        publisher.session.start(at: now)
    }

    // MARK: Events

    /// The transport's descriptor is ready; while there is none, `pump` goes on with connecting.
    func ready(_ events: Epoll.Interest, at now: UInt64) {
        guard let transport else { return }
        guard !events.isDisjoint(with: [.readable, .hungUp, .failed, .peerClosed]) else { return }
        do throws(TransportError) {
            while let count = try transport.read(into: inbound) {
                guard count > 0 else { return publisher.session.transportFailed(.closedByBroker, at: now) }
                if publisher.session.state == .awaitingConnack { answersWithTLS = inbound[0] == Self.alert }
                let bytes = UnsafeRawBufferPointer(rebasing: inbound[..<count]).bytes
                publisher.session.received(bytes, at: now) { packetID in log.debug("PUBACK \(packetID)") }
                // A short read has emptied the socket: asking again would only cost a system call, unless the end is behind it.
                guard publisher.session.deadline != 0, !transport.isEmptiedByShortRead || count == inbound.count || events.contains(.peerClosed)
                else { return }
            }
        } catch {
            publisher.session.transportFailed(error.closeReason, at: now)
        }
    }

    /// The network has changed: what failed may succeed, and what is there may have gone.
    func networkHasChanged(at now: UInt64) {
        if isOnline {
            guard let transport, let address = SocketAddress.local(of: transport.fd), !address.isAssigned else { return }
            log.debug("the network has changed: \(address) has gone; asking the broker for a sign of life", logFields)
            publisher.session.probe(at: now)
        } else {
            publisher.session.hurry(at: now)
        }
    }

    /// Content type of a TLS alert, RFC 8446 section 5.1: what a TLS server answers to CONNECT. To MQTT it is a violation.
    private static let alert: UInt8 = 21

    // MARK: The pump

    /// Carries out what is due, and moves messages until nothing moves any more.
    func pump(at now: UInt64) {
        while let action = publisher.session.poll(at: now) {
            switch action {
            case .open: connect()
            case .close(let reason): closed(reason, at: now)
            }
        }
        advance(at: now)
        noticeOnline(at: now)
        if isOnline { tell(at: now) }
        let fills = leaving == .no || drainsWhileLeaving
        var more = true
        while more {
            more = fills && publisher.fill(at: now, log.isDebug ? logPublish : nil)
            if !flush() { break }
        }
        leave(at: now)
        if publisher.session.deadline == 0 { pump(at: now) }
    }

    private func logPublish(_ advertisement: Advertisement, _ packetID: UInt16?) {
        log.debug("PUBLISH \(configuration.topics.text(advertisement))\(packetID.map { " packet id \($0)" } ?? "")")
    }

    /// Writes what the transport takes; false where something is left.
    private func flush() -> Bool {
        guard let transport else { return false }
        do throws(TransportError) {
            while publisher.session.pending.count > 0 {
                guard let count = try transport.write(publisher.session.pending) else { return false }
                publisher.transportTook(count, at: Clock.monotonic)
            }
        } catch {
            publisher.session.transportFailed(error.closeReason, at: Clock.monotonic)
            return false
        }
        return true
    }

    private func connect() {
        readPasswordAgain()
        log.debug("connecting to \(target)", logFields)
        connector.start(configuration.broker)
    }

    /// As certificates are: what was wrong with it may have been put right.
    private func readPasswordAgain() {
        do throws(ConfigurationErrors) {
            let isAnother = try configuration.readPasswordAgain()
            passwordProblem = nil
            guard isAnother, let password = configuration.broker.passwordBytes else { return }
            log.info("the password has changed", logFields)
            publisher.session.replace(password: password)
        } catch {
            if passwordProblem != error { log.warning("\(error); going on with the password that was there before") }
            passwordProblem = error
        }
    }

    private func advance(at now: UInt64) {
        switch connector.advance(at: now) {
        case nil: break
        case .opened(let transport):
            self.transport = transport
            publisher.session.transportOpened(at: now)
            // What came with the last bytes of the opening has rung the bell already.
            ready(.readable, at: now)
        case .failed(let reason): publisher.session.transportFailed(reason, at: now)
        }
    }

    private func noticeOnline(at now: UInt64) {
        guard publisher.session.state == .online, !isOnline else { return }
        isOnline = true
        onlineSince = now
        board.connected(at: now)
        tell(at: now)
        publisher.gate(isOnline: true)
        // To get there takes much program and library that is not needed any more, with TLS megabytes of it.
        ThisProcess.releaseFilePages()
        if configuration.broker.isUnverified {
            log.warning("mqtt.broker.tls.insecure: nobody knows whether \(target) is the broker; anybody on the way can read and change everything")
        }
        let outage = trouble.ends(at: now).map { " after \($0 / 1_000_000_000) s without" } ?? ""
        log.info("connected to broker \(target) as \(configuration.effectiveClientID)\(outage)\(newDrops())", logFields)
    }

    /// Tells what is due of ourselves.
    private func tell(at now: UInt64) {
        if case .disconnecting = leaving { return }
        while let message = board.next(publisher, isLeaving: leaving != .no, at: now) {
            // Where the broker leaves no room for it now, the next turn of the loop tries again.
            guard publisher.session.publish(own: message, at: now) else { return }
            board.taken()
        }
    }

    /// What adapters there are has changed, perhaps.
    /// - Parameter names: by slot.
    func take(names: [String]) {
        guard names != adapters else { return }
        adapters = names
        publisher.formatter = configuration.formatter(adapters: names)
    }

    private func closed(_ reason: CloseReason, at now: UInt64) {
        let wasOnline = isOnline
        let parting = Parting(
            reason: reason, missing: connector.missing, wasConnected: transport != nil, lasted: wasOnline ? now - onlineSince : nil,
            answeredWithTLS: answersWithTLS)
        answersWithTLS = false
        if let transport { epoll.forget(transport.fd) }
        transport = nil
        connector.cancel()
        isOnline = false
        board.disconnected()
        // What waits at the end was not dropped for want of a broker.
        if leaving != .no, drainsWhileLeaving { publisher.dropAll() }
        publisher.gate(isOnline: false)
        if reason == .requested {
            leaving = .no
            if wasOnline { log.info("disconnected from broker \(target)", logFields) }
            return
        }
        if let refusal = publisher.session.takeRefusal() { log.warning(refusal.explanation, logFields) }
        // Who is on the way out does not come back.
        if leaving != .no { publisher.session.close() }
        var retry = ""
        if case .waiting(let until) = publisher.session.state, until > now {
            let tenths = (until - now + 50_000_000) / 100_000_000
            retry = "; next attempt in \(tenths / 10).\(tenths % 10) s"
        }
        let text = parting.text(configuration)
        let kind = parting.kind(text)
        if wasOnline {
            _ = trouble.fails(kind, at: now)
            log.error("lost broker \(target): \(text)\(retry)", logFields)
        } else if trouble.fails(kind, at: now) {
            log.error("no connection to broker \(target): \(text)\(trouble.history(at: now))\(newDrops())\(retry)", logFields)
        } else {
            log.debug("no connection to broker \(target): \(text)\(retry)", logFields)
        }
    }

    /// `, 1234 advertisements dropped meanwhile`, empty where none were.
    private func newDrops() -> String {
        let dropped = droppedOffline()
        defer { toldDrops = dropped }
        return dropped > toldDrops ? ", \(dropped - toldDrops) advertisements dropped meanwhile" : ""
    }

    // MARK: Leaving

    /// Leaves the broker: lets what is in flight settle, says `offline` and DISCONNECT, and waits for the broker to close; a
    /// broker that is not there, or does not answer in time, is left without a word.
    /// - Parameters:
    ///   - drains: also sends what waits in the ring.
    ///   - settle: until when messages may settle; CLOCK_MONOTONIC, ns.
    func leave(_ reason: String, drains: Bool, settle: UInt64) {
        farewellReason = reason
        drainsWhileLeaving = drains
        if isOnline { leaving = .settling(until: settle) } else { publisher.session.close() }
    }

    /// Leaves without waiting any longer.
    func hangUp() { publisher.session.close() }

    private func leave(at now: UInt64) {
        switch leaving {
        case .no: break
        case .settling(let until):
            if drainsWhileLeaving ? publisher.isSettled : publisher.session.isSettled {
                publisher.session.disconnect(farewell: board.farewell(farewellReason), at: now)
                leaving = .disconnecting(until: now + 1_000_000_000)
                _ = flush()
                leave(at: now)
            } else if now >= until {
                publisher.session.close()
            }
        case .disconnecting(let until):
            if publisher.session.isSettled { transport?.finishWriting() }
            if now >= until { publisher.session.close() }
        }
    }

    // MARK: A new configuration

    /// Goes on with another configuration.
    /// - Precondition: idle, unless only the payload has changed.
    func configure(_ new: Configuration) {
        configuration = new
        if isIdle {
            publisher.replace(
                session: PublishSession(new.sessionOptions, seed: ThisProcess.random), formatter: new.formatter(adapters: adapters),
                topics: new.topics)
        } else {
            publisher.formatter = new.formatter(adapters: adapters)
        }
    }

    /// Goes on with another screen; `configure` follows.
    func replace(screen: consuming Screen, _ new: Configuration) {
        publisher.replace(screen: screen, formatter: new.formatter(adapters: adapters), topics: new.topics)
    }

    func beginInterval() { publisher.beginInterval() }
}
