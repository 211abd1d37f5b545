import Bytes
import Gateway
import Linux
import MQTTWire
import Settings

/// The connection to the broker: carries out what the session decides. Main thread only.
final class BrokerLink {
    private let log: Log
    private let kernel: any Kernel
    private let network: any BrokerNetwork
    private let intake: SharedIntake
    private var configuration: Configuration
    /// The adapters' names, by slot; they may change when one is plugged in again.
    private var adapters: [String]
    /// Decides what is published of the scanner itself.
    private let statusPublisher: StatusPublisher
    private var publisher: Publisher
    private var session: PublishSession
    /// The counts of earlier sessions.
    private var earlier = PublishSession.Counters()
    /// The open stream.
    private var transport: (any Transport)?
    /// The stream may have something to read: the kernel reports it once, at the change.
    private var isReadable = false
    /// The peer has closed its side: there is an end behind what can be read.
    private var hasEnd = false
    private var answers = AnswerWatch()
    private var report: ConnectionReport
    /// The disconnect in progress; nil if none.
    private var gracefulDisconnect: GracefulDisconnect?
    /// The broker has accepted the connection that there is.
    private(set) var isOnline = false
    /// There is work left that needs no event.
    private(set) var hasMore = false
    /// The session has no room for the message of our own that is due: the broker's next answer makes some, not the time.
    private var isOwnBlocked = false
    private var onlineSince: UInt64 = 0
    /// The first byte that came on this connection was a TLS alert's.
    private var answersWithTLS = false
    private let inbound = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
    /// Why the password could not be read again; nil if it could.
    private var passwordProblem: FileProblem?

    init(
        _ configuration: Configuration, adapters: [String], _ intake: SharedIntake, _ statusPublisher: StatusPublisher, _ log: Log, _ machine: Machine
    ) {
        self.configuration = configuration
        self.statusPublisher = statusPublisher
        self.adapters = adapters
        self.log = log
        self.intake = intake
        report = ConnectionReport(log, intake)
        kernel = machine.kernel
        network = machine.network
        session = PublishSession(configuration.sessionOptions, seed: machine.kernel.random)
        publisher = Publisher(
            formatter: configuration.formatter(adapters: adapters), topics: configuration.topics(adapters: adapters), intake: intake)
    }

    deinit { inbound.deallocate() }

    /// `mqtt.local:1883`
    var target: String { configuration.broker.description }

    /// The session has ended for good, or for the next `start`.
    var isIdle: Bool { session.state == .idle }

    /// When `pump` must be called next at the latest.
    var deadline: UInt64? {
        var earliest = min(session.deadline ?? .max, network.deadline ?? .max)
        if let look = answers.deadline { earliest = min(earliest, look) }
        if let gracefulDisconnect {
            earliest = min(earliest, gracefulDisconnect.deadline(session.givesUpAt))
        } else if !isOwnBlocked {
            earliest = min(earliest, statusPublisher.deadline ?? .max)
        }
        return earliest == .max ? nil : earliest
    }

    /// The window is full while a good many advertisements wait: the broker sets the pace.
    var isSaturated: Bool {
        isOnline && !hasMore && session.qos == .atLeastOnce && !session.canPublish && publisher.queued > Self.backlog
    }

    private static let backlog = 20

    func start(at now: UInt64) {
        precondition(gracefulDisconnect == nil)
        session.start(at: now)
    }

    // MARK: Statistics

    /// Where the advertisements of all sessions are.
    private var account: PublishSession.Account {
        var account = PublishSession.Account(counters: earlier, inFlight: session.inFlightTally)
        account.counters += session.counters
        return account
    }

    /// The numbers at this moment.
    func statistics(_ window: RateWindow, _ context: Statistics.Context) -> Statistics {
        Statistics(intake, publisher, account, window, context)
    }

    func beginInterval() { publisher.beginInterval() }

    // MARK: Events

    /// The transport's descriptor is ready; while there is none, `pump` continues connecting.
    func ready(_ events: Epoll.Interest) {
        if !events.isDisjoint(with: [.readable, .hungUp, .failed, .peerClosed]) { isReadable = true }
        if events.contains(.peerClosed) { hasEnd = true }
    }

    /// The network has changed: what failed may succeed, and what is there may have gone.
    func networkHasChanged(at now: UInt64) {
        if isOnline {
            guard let transport, let address = network.lostAddress(of: transport) else { return }
            log.debug("the network has changed: this machine has lost the address \(address); sending PINGREQ", configuration.brokerFields)
            session.probe(at: now)
        } else {
            session.reconnectImmediately(at: now)
        }
    }

    /// Content type of a TLS alert, RFC 8446 section 5.1: what a TLS server answers to CONNECT. To MQTT it is a violation.
    private static let alert: UInt8 = 21

    // MARK: The pump

    /// Carries out what is due, and moves messages until nothing moves any more or the budget is spent.
    func pump(at now: UInt64, _ budget: WorkBudget) {
        hasMore = false
        carryOut(at: now)
        advance(at: now)
        if !answers.wakes { isReadable = true }
        read(at: now, budget)
        noticeOnline(at: now)
        if isOnline { publishOwn(at: now) }
        publish(at: now, budget)
        advanceDisconnect(at: now)
        carryOut(at: now)
        restOrWake(at: now)
    }

    /// Whether the wait that follows ends with an answer of the broker's.
    private func restOrWake(at now: UInt64) {
        guard let transport, answers.decide(at: now, mayRest: gracefulDisconnect == nil && !hasMore && session.answersMayRest) else { return }
        network.watch(transport, forAnswers: answers.wakes)
    }

    private func carryOut(at now: UInt64) {
        while let action = session.poll(at: now) {
            switch action {
            case .open: connect()
            case .checkProgress: publisher.transportProgressed(transport?.progress(), of: &session, at: now)
            case .close(let reason): closed(reason, at: now)
            }
        }
    }

    private func read(at now: UInt64, _ budget: WorkBudget) {
        guard let transport, isReadable else { return }
        do throws(TransportError) {
            while session.deadline != 0 {
                guard !budget.isSpent else {
                    hasMore = true
                    return
                }
                guard let count = try transport.read(into: inbound) else {
                    isReadable = false
                    return
                }
                guard count > 0 else { return session.transportFailed(.closedByBroker, at: now) }
                if session.state == .awaitingConnack { answersWithTLS = inbound[0] == Self.alert }
                let bytes = UnsafeRawBufferPointer(rebasing: inbound[..<count]).bytes
                session.received(bytes, at: now) { packetID in log.debug("PUBACK \(packetID)") }
                // A short read has emptied the socket: asking again would only cost a system call, unless the end is behind it.
                guard !transport.isEmptiedByShortRead || count == inbound.count || hasEnd else {
                    isReadable = false
                    return
                }
            }
        } catch {
            session.transportFailed(error.closeReason, at: now)
        }
    }

    /// Publishes what is in the ring, as far as possible.
    private func publish(at now: UInt64, _ budget: WorkBudget) {
        let fills = gracefulDisconnect?.drains ?? true
        let logged = publishLog()
        while true {
            let more = fills && publisher.fill(&session, at: now, logged)
            guard flush(at: now), more else { return }
            guard !budget.isSpent else {
                hasMore = true
                return
            }
        }
    }

    /// Logs each PUBLISH, where that is wanted.
    private func publishLog() -> ((Advertisement, UInt16?) -> Void)? {
        guard log.isDebug else { return nil }
        let topics = publisher.topics
        return { [log] advertisement, packetID in
            log.debug("PUBLISH \(topics.text(advertisement))\(packetID.map { " packet id \($0)" } ?? "")")
        }
    }

    /// Writes what the transport takes; false if something is left.
    private func flush(at now: UInt64) -> Bool {
        guard let transport else { return false }
        if session.pending.count > 0 { answers.wrote(at: now, gather: intake.gather) }
        do throws(TransportError) {
            while session.pending.count > 0 {
                let count = try transport.write(session.pending)
                publisher.transportTook(count ?? 0, of: &session, at: kernel.monotonic)
                if count == nil { return false }
            }
        } catch {
            session.transportFailed(error.closeReason, at: kernel.monotonic)
            return false
        }
        return true
    }

    private func connect() {
        // What the last attempt needed, and its end, need not be there together with what this one does.
        kernel.releaseUnused()
        readPasswordAgain()
        statusPublisher.connecting()
        log.debug("connecting to \(target)", configuration.brokerFields)
        network.start(configuration.broker)
    }

    /// As certificates are: what was wrong with it may have been fixed.
    private func readPasswordAgain() {
        do throws(FileProblem) {
            let isAnother = try configuration.readPasswordAgain()
            passwordProblem = nil
            guard isAnother, let password = configuration.broker.passwordBytes else { return }
            log.info("the password has changed", configuration.brokerFields)
            session.replace(password: password)
        } catch {
            if passwordProblem != error { log.warning("\(error); keeping the current password") }
            passwordProblem = error
        }
    }

    private func advance(at now: UInt64) {
        switch network.advance(at: now) {
        case nil: break
        case .opened(let transport):
            self.transport = transport
            // The event for what came with the last bytes of the opening has been taken already.
            isReadable = true
            hasEnd = false
            answers = AnswerWatch()
            session.transportOpened(at: now)
        case .failed(let reason): session.transportFailed(reason, at: now)
        }
    }

    private func noticeOnline(at now: UInt64) {
        guard session.state == .online, !isOnline else { return }
        isOnline = true
        onlineSince = now
        // Connecting touches much code that is not needed any more, with TLS megabytes of it; and so does the first status.
        kernel.releaseFilePages()
        statusPublisher.connected(at: now)
        publishOwn(at: now)
        publisher.gate(isOnline: true)
        report.connected(configuration, at: now)
        kernel.releaseUnused()
    }

    /// Publishes what is due of our own messages.
    private func publishOwn(at now: UInt64) {
        isOwnBlocked = false
        if gracefulDisconnect?.isClosing == true { return }
        statusPublisher.updateInFlight(session.hasOwnInFlight)
        while let message = statusPublisher.next(of: self, isDisconnecting: gracefulDisconnect != nil, at: now) {
            guard session.publish(own: message, at: now) else {
                isOwnBlocked = true
                return
            }
            statusPublisher.taken()
        }
    }

    /// The adapters' names may have changed.
    /// - Parameter names: by slot.
    func take(names: [String]) {
        guard names != adapters else { return }
        adapters = names
        publisher.formatter = configuration.formatter(adapters: names)
        publisher.topics = configuration.topics(adapters: names)
    }

    private func closed(_ reason: CloseReason, at now: UInt64) {
        let wasOnline = isOnline
        let disconnectReason = DisconnectReason(
            closeReason: reason, missing: network.missing, wasConnected: transport != nil, lasted: wasOnline ? now - onlineSince : nil,
            answeredWithTLS: answersWithTLS)
        answersWithTLS = false
        // What is in use while advertisements flow, and what TLS needs to close, need not be resident together.
        kernel.releaseFilePages()
        if let transport { network.release(transport) }
        transport = nil
        isReadable = false
        answers = AnswerWatch()
        network.cancel()
        isOnline = false
        statusPublisher.disconnected()
        // What is queued at the end was not dropped for want of a broker.
        if gracefulDisconnect?.drains == true { publisher.dropAll() }
        publisher.gate(isOnline: false)
        if reason == .requested {
            gracefulDisconnect = nil
            if wasOnline { log.info("disconnected from broker \(target)", configuration.brokerFields) }
            return
        }
        if let refusal = session.takeRefusal() { log.warning(refusal.explanation, configuration.brokerFields) }
        // After a graceful disconnect there is no reconnect; and if the session has ended already, the disconnect does not apply to the next one.
        if gracefulDisconnect != nil { session.close() }
        if isIdle { gracefulDisconnect = nil }
        report.ended(disconnectReason, configuration, next: session.state, at: now)
    }

    // MARK: Disconnecting

    /// Disconnects gracefully: waits for PUBACKs, publishes the offline message, sends DISCONNECT, and waits for the broker to close; a
    /// connection that is not online is just closed.
    /// - Parameters:
    ///   - drains: also sends what is in the ring.
    ///   - deadline: how long to wait for PUBACKs; CLOCK_MONOTONIC, ns.
    func disconnect(_ reason: String, drains: Bool, until deadline: UInt64) {
        guard isOnline else { return session.close() }
        if gracefulDisconnect?.isClosing != true { gracefulDisconnect = GracefulDisconnect(reason, drains: drains, until: deadline) }
    }

    /// Disconnects without waiting any longer: what the socket takes at once is still sent.
    func stopWaiting(at now: UInt64) {
        if gracefulDisconnect == nil { session.close() }
        gracefulDisconnect?.stopWaiting(at: now)
    }

    private func advanceDisconnect(at now: UInt64) {
        guard let drains = gracefulDisconnect?.drains else { return }
        let isDrained = session.isDrained && (!drains || publisher.queued == 0)
        if gracefulDisconnect!.isTimeToDisconnect(isDrained: isDrained, connectionEnds: session.givesUpAt, at: now) {
            // What decided on it, and what its last message needs, need not be resident together.
            kernel.releaseFilePages()
            session.disconnect(offlineMessage: statusPublisher.offlineMessage(gracefulDisconnect!.reason), at: now)
            kernel.releaseFilePages()
            _ = flush(at: now)
        }
        guard gracefulDisconnect!.isClosing else { return }
        // The kernel sends what it has taken, and then FIN; closed with an answer unread, it would reset the
        // connection, and the broker might not receive the last of it.
        if gracefulDisconnect!.isTimeToFinishWriting(isSent: session.pending.count == 0) { transport?.finishWriting() }
        if gracefulDisconnect!.isOver(at: now) { session.close() }
    }

    // MARK: A new configuration

    /// Applies another configuration.
    /// - Precondition: idle, unless only the payload has changed.
    func configure(_ new: Configuration) {
        configuration = new
        if isIdle {
            earlier += session.counters
            session = PublishSession(new.sessionOptions, seed: kernel.random)
            publisher.replace(formatter: new.formatter(adapters: adapters), topics: new.topics(adapters: adapters))
        } else {
            publisher.formatter = new.formatter(adapters: adapters)
        }
    }

    /// Replaces the filter stage; `configure` follows.
    func replace(filterStage: consuming FilterStage, _ new: Configuration) {
        publisher.replace(filterStage: filterStage, formatter: new.formatter(adapters: adapters), topics: new.topics(adapters: adapters))
    }
}
