import Agent
import Config
import Linux

/// The program at work: one loop on the main thread for everything but the scanner. Stop is the mirror of start.
final class Daemon {
    /// Where the advertisements come from.
    private enum Source {
        case air(AdapterFleet)
        case replay(ReplaySource)
    }

    private enum Phase: Equatable {
        case running
        /// The scan is being switched off.
        case stoppingSource
        /// The broker is being left.
        case leavingBroker
        case done
    }

    /// Files that may have to be open at a time: some twenty, three for each of sixteen adapters, and a few errands.
    static let openFiles = 96

    private let log: Log
    private let epoll: MainEpoll
    private let signals: Signals
    private let records: Wakeup
    private let errands: Wakeup
    private let intake: SharedIntake
    private let overview: Overview
    private let files: FileWriter
    private let board: StatusBoard
    private let broker: BrokerLink
    private let network: NetworkWatch
    private let source: Source
    private let options: Options
    private var configuration: Configuration
    private var reporter: StatisticsReporter
    private var service: ServiceReport
    private var wasOnline = false
    private var losses = LossWatch()
    private var phase = Phase.running
    private var stopReason = ""
    private var stopAt: UInt64 = 0
    /// What is in the ring and in flight at a stop may settle for so long; nanoseconds from the signal.
    private var settleTime: UInt64 = 2_500_000_000
    private var exitCode = ExitCode.success
    /// The replay thread has delivered its last event.
    private var isReplayOver = false
    /// A new configuration that waits for the old session to end.
    private var pending: Configuration?

    init(_ configuration: Configuration, _ options: Options, _ log: Log) throws(SystemError) {
        self.configuration = configuration
        self.options = options
        self.log = log
        let now = Clock.monotonic
        // A configuration of another user's may be read again.
        Capabilities.keep(only: [.netRaw, .netAdmin, .readFiles])
        // Before any thread is started, so that all of them leave the signals to the main loop.
        signals = try Signals([.terminate, .interrupt, .hangUp, .user1])
        epoll = try MainEpoll()
        records = try Wakeup()
        errands = try Wakeup()
        intake = SharedIntake(Intake(ringSize: configuration.ring.sizeBytes, screen: configuration.screen(log)))
        if let replay = options.replay {
            source = .replay(try ReplaySource(replay, intake, main: records))
        } else {
            source = .air(try AdapterFleet(configuration, intake, log, epoll, main: records, errands: errands, at: now))
        }
        var fleet: AdapterFleet?
        if case .air(let air) = source { fleet = air }
        overview = Overview(intake: intake, started: now, fleet: fleet)
        files = FileWriter(log, errands: errands)
        board = StatusBoard(configuration, overview, log, files)
        broker = BrokerLink(
            configuration, adapters: options.replay == nil ? [] : ["replay"], intake, board, log, epoll, lookedUp: errands)
        network = NetworkWatch(log, epoll)
        reporter = StatisticsReporter(overview, log, every: configuration.stats.intervalSeconds)
        service = ServiceReport(overview, log)
        try epoll.watch(signals.fd, .readable, .signals)
        try epoll.watch(records.fd, [.readable, .edge], .records)
        try epoll.watch(errands.fd, [.readable, .edge], .errands)
    }

    /// Runs until a signal, or until a replay has ended.
    func run() throws(SystemError) -> ExitCode {
        log.info("blemqttd \(version) started: scanner \(configuration.scannerID), broker \(configuration.broker)")
        if fleet != nil, !Capabilities.effective.contains(.netAdmin) {
            log.warning(
                "without CAP_NET_ADMIN an adapter that is down or hangs cannot be repaired, and a burst of more than some 240 "
                    + "advertisements may be lost in the kernel")
        }
        let thread = try startSource()
        broker.start(at: Clock.monotonic)
        service.ready()
        ThisProcess.releaseFilePages()
        while phase != .done {
            try step()
        }
        thread.join()
        report(isInterval: false)
        // A disk that hangs must not keep the program from ending.
        files.finish(until: Clock.monotonic + 1_000_000_000)
        log.info("stopped: \(stopReason)")
        return exitCode
    }

    private func startSource() throws(SystemError) -> Thread {
        switch source {
        case .air(let fleet): try fleet.start()
        case .replay(let replay): try replay.start()
        }
    }

    // MARK: One turn of the loop

    private func step() throws(SystemError) {
        // Each PUBACK would wake the loop for a single message. Pausing lets a handful gather, and costs what waits anyhow 0.1 ms.
        // No longer, and no waiting for a count: a broker that coalesces its answers (Nagle) would make it 40 ms.
        if broker.isSaturated { Clock.pause(nanoseconds: 100_000) }
        let fleetDeadline = fleet?.deadline(at: Clock.monotonic)
        let deadline = min(
            reporter.deadline, broker.deadline ?? .max, network.deadline ?? .max, fleetDeadline ?? .max, service.deadline ?? .max)
        try epoll.wait(until: deadline) { token, events in
            let now = Clock.monotonic
            switch token {
            case .signals:
                // One that keeps coming while it is handled holds up nothing else.
                var waiting: [Signals.Signal] = []
                while waiting.count < 8, let signal = signals.next() { waiting.append(signal) }
                for signal in waiting { handle(signal, at: now) }
            case .records: break
            case .errands:
                fleet?.errandDone(at: now)
                files.errandDone(at: now)
            case .broker: broker.ready(events, at: now)
            case .network: network.ready(at: now)
            case .adapterEvents: fleet?.eventsReady(at: now)
            case .management: fleet?.managementReady(at: now)
            case .adapter(let slot): fleet?.ready(slot: slot, at: now)
            }
        }
        let now = Clock.monotonic
        if network.hasChanged(at: now) { broker.networkHasChanged(at: now) }
        pumpFleet(at: now)
        broker.pump(at: now)
        if case .replay(let replay) = source {
            if intake.producerMayGoOn() { replay.goOn() }
            if let outcome = replay.takeOutcome() { ended(outcome, at: now) }
        }
        losses.look(intake.consume { $0.droppedRingFull }, at: now, log)
        reconfigure(at: now)
        advanceStop(at: now)
        if now >= reporter.deadline { report(isInterval: true) }
        if broker.isOnline != wasOnline {
            wasOnline = broker.isOnline
            service.hasNews(at: now)
        }
        service.look(broker, at: now)
    }

    private var fleet: AdapterFleet? {
        if case .air(let fleet) = source { return fleet }
        return nil
    }

    /// The broker's side must know an adapter's name before an advertisement of it is published.
    private func pumpFleet(at now: UInt64) {
        guard let fleet else { return }
        fleet.pump(at: now)
        guard fleet.takeNews() else { return }
        broker.take(names: fleet.names)
        board.adaptersChanged()
        service.hasNews(at: now)
    }

    private func report(isInterval: Bool) {
        let (statistics, adapters) = reporter.report(broker, isInterval: isInterval)
        if isInterval { board.intervalEnded(statistics) }
        guard let path = configuration.metrics.textfile, isInterval || phase == .done else { return }
        let text = MetricsText.bytes(
            statistics, adapters: adapters, scannerID: configuration.scannerID, version: version, isOnline: broker.isOnline)
        files.write(text, to: path)
    }

    private func handle(_ signal: Signals.Signal, at now: UInt64) {
        switch signal {
        case .terminate, .interrupt:
            if phase == .running { stop("received \(signal.name)", at: now) } else { broker.hangUp() }
        case .hangUp: reload(at: now)
        case .user1: report(isInterval: false)
        }
    }

    // MARK: Stop

    private func ended(_ outcome: ReplaySource.Outcome, at now: UInt64) {
        isReplayOver = true
        if case .failed(let code, let message) = outcome {
            log.error(message)
            exitCode = code
        }
        guard phase == .running else { return }
        // A capture that was played to its end is sent to its end, however long the broker takes.
        settleTime = .max / 2
        stop("the replay has ended", at: now)
    }

    private func stop(_ reason: String, at now: UInt64) {
        log.info("stopping: \(reason)")
        service.stopping()
        stopReason = reason
        stopAt = now
        phase = .stoppingSource
        switch source {
        case .air(let fleet): fleet.stop(at: now)
        case .replay(let replay): replay.stop()
        }
    }

    private var isSourceStopped: Bool { fleet?.isStopped ?? isReplayOver }

    private func advanceStop(at now: UInt64) {
        if phase == .stoppingSource, isSourceStopped {
            fleet?.end()
            phase = .leavingBroker
            broker.leave("stopped", drains: true, settle: stopAt + settleTime)
            broker.pump(at: now)
        }
        if phase == .leavingBroker, broker.isIdle { phase = .done }
    }

    // MARK: A new configuration

    private func reload(at now: UInt64) {
        guard phase == .running else { return }
        service.reloading(at: now)
        defer { if pending == nil { service.reloaded() } }
        let new: Configuration
        do throws(ConfigurationErrors) {
            new = try Configuration.load(path: options.configPath) { $0.complaints }
        } catch {
            log.error("the configuration has errors; going on with the old one")
            for error in error.errors { log.error("\(error)") }
            return
        }
        let changes = Configuration.changes(from: pending ?? configuration, to: new)
        guard !changes.isEmpty else { return log.info("configuration read again: nothing has changed") }
        log.info("configuration read again: \(changes.joined(separator: ", "))")
        if new.ring != configuration.ring { log.warning("ring.size changes with the next restart") }
        log.level = options.logLevel ?? new.logging.level
        log.setTarget(new.logging.target)
        reporter.setInterval(seconds: new.stats.intervalSeconds, at: now)
        board.prepare(for: new)
        pending = new
        if new.sessionOptions(differFrom: configuration) { broker.leave("new configuration", drains: false, settle: now + 1_000_000_000) }
        if let fleet, new.supervisionDiffers(from: configuration) { fleet.stop(at: now) }
    }

    /// Goes on with the new configuration once what it replaces has ended.
    private func reconfigure(at now: UInt64) {
        guard let new = pending, phase == .running else { return }
        let replacesSession = new.sessionOptions(differFrom: configuration)
        if replacesSession, !broker.isIdle { return }
        if let fleet, new.supervisionDiffers(from: configuration) {
            guard fleet.isStopped else { return }
            fleet.restart(new, at: now)
        }
        if new.screenDiffers(from: configuration) { broker.replace(screen: new.screen(log), new) }
        pending = nil
        configuration = new
        broker.configure(new)
        board.configure(new, at: now)
        service.reloaded()
        if replacesSession { broker.start(at: now) }
        pumpFleet(at: now)
        broker.pump(at: now)
    }
}

extension Configuration {
    /// Whether the broker must be left and met again for the change.
    fileprivate func sessionOptions(differFrom old: Configuration) -> Bool {
        scannerID != old.scannerID || broker != old.broker || client != old.client || reconnect != old.reconnect || topic != old.topic
    }
}
