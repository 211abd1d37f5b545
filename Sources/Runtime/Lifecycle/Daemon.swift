import Config
import Gateway
import Linux

/// The program at work: one loop on the main thread for everything but the scanner. Carries out what the lifecycle decides.
package final class Daemon {
    /// Where the advertisements come from.
    private enum Source {
        case air(AdapterFleet)
        case replay(ReplaySource)
    }

    /// Files that may have to be open at a time: some twenty, three for each of sixteen adapters, and a few errands.
    package static let openFiles = 96

    private let log: Log
    private let machine: Machine
    private let kernel: any Kernel
    private let intake: SharedIntake
    private let overview: Overview
    private let files: FileWriter
    private let board: StatusBoard
    private let broker: BrokerLink
    /// Nil for a replay: a capture's times are its own.
    private let clock: ClockReport?
    private let source: Source
    private let options: Options
    private let load: () throws(ConfigurationErrors) -> Configuration
    private var configuration: Configuration
    private var lifecycle = Lifecycle<Configuration>()
    private var reporter: StatisticsReporter
    private var service: ServiceReport
    private var wasOnline = false
    private var losses: LossMonitor
    private var stopReason = ""
    private var exitCode = ExitCode.success
    /// The replay thread has delivered its last event.
    private var isReplayOver = false
    /// When the turn before began; CLOCK_MONOTONIC, ns.
    private var turnStart: UInt64 = 0

    /// - Parameters:
    ///   - load: reads the configuration again.
    ///   - replay: what is played instead of listening to adapters.
    init(
        _ configuration: Configuration, _ options: Options, _ intake: SharedIntake, replay: ReplaySource?, _ log: Log, _ machine: Machine,
        load: @escaping () throws(ConfigurationErrors) -> Configuration
    ) {
        self.configuration = configuration
        self.options = options
        self.log = log
        self.machine = machine
        self.load = load
        self.intake = intake
        kernel = machine.kernel
        let now = kernel.monotonic
        if let replay {
            source = .replay(replay)
        } else {
            source = .air(AdapterFleet(configuration, intake, log, machine, at: now))
        }
        var fleet: AdapterFleet?
        if case .air(let air) = source { fleet = air }
        overview = Overview(intake: intake, kernel: kernel, started: now, fleet: fleet)
        files = FileWriter(log, machine)
        board = StatusBoard(configuration, overview, log, files, machine.files)
        broker = BrokerLink(configuration, adapters: replay == nil ? [] : ["replay"], intake, board, log, machine)
        clock = replay == nil ? ClockReport(intake, board, kernel, log) : nil
        reporter = StatisticsReporter(overview, log, every: configuration.stats.intervalSeconds)
        service = ServiceReport(machine.service, overview, log)
        losses = LossMonitor(at: now)
    }

    /// Runs until a signal, or until a replay has ended.
    package func run() throws(SystemError) -> ExitCode {
        try start()
        while !lifecycle.isStopped {
            try turn()
        }
        return finish()
    }

    // MARK: Start and stop

    func start() throws(SystemError) {
        log.info("blemqttd \(version) started: scanner \(configuration.scannerID), broker \(configuration.broker)")
        if fleet != nil, !kernel.mayRepairAdapters {
            log.warning(
                "without CAP_NET_ADMIN an adapter that is down or hangs cannot be repaired, and a burst of more than some 240 "
                    + "advertisements may be lost in the kernel")
        }
        clock?.look(at: kernel.monotonic)
        for part in Lifecycle<Configuration>.Part.allCases { try start(part) }
        service.ready()
        kernel.releaseFilePages()
    }

    private func start(_ part: Lifecycle<Configuration>.Part) throws(SystemError) {
        switch (part, source) {
        case (.session, _): broker.start(at: kernel.monotonic)
        case (.source, .air(let fleet)): try fleet.start()
        case (.source, .replay(let replay)): try replay.start()
        }
    }

    var isStopped: Bool { lifecycle.isStopped }

    func finish() -> ExitCode {
        report(isInterval: false)
        // A disk that hangs must not keep the program from ending.
        files.finish(until: kernel.monotonic + 1_000_000_000)
        log.info("stopped: \(stopReason)")
        return exitCode
    }

    // MARK: One turn of the loop

    /// There is work left that needs no event.
    private var hasMore: Bool { broker.hasMore }

    /// When each part must have its turn at the latest; CLOCK_MONOTONIC, ns, nil for never.
    func eachDeadline(_ body: (_ part: StaticString, _ deadline: UInt64?) -> Void) {
        body("statistics", reporter.deadline)
        body("broker", broker.deadline)
        body("network", machine.network.changesDeadline)
        body("adapters", fleet?.deadline(at: turnStart))
        body("service manager", service.deadline)
        body("lifecycle", lifecycle.deadline)
        body("losses", losses.deadline)
        body("clock", clock?.deadline)
    }

    private var deadline: UInt64 {
        var earliest = UInt64.max
        eachDeadline { _, deadline in earliest = min(earliest, deadline ?? .max) }
        return earliest
    }

    func turn() throws(SystemError) {
        // Each PUBACK would wake the loop for a single message. Pausing lets a handful gather, and costs what waits anyhow 0.1 ms.
        // No longer, and no waiting for a count: a broker that coalesces its answers (Nagle) would make it 40 ms.
        if broker.isSaturated { kernel.pause(nanoseconds: 100_000) }
        var signals = PendingSignals()
        try kernel.wait(hasMore ? .none : .until(deadline, after: turnStart)) { readiness in
            let now = kernel.monotonic
            switch readiness {
            case .signals: signals.take(from: kernel)
            case .records: break
            case .errands:
                fleet?.backgroundTaskDone(at: now)
                files.backgroundTaskDone(at: now)
            case .broker(let events): broker.ready(events)
            case .networkChanges: machine.network.changesReady(at: now)
            case .adapterEvents: fleet?.eventsReady(at: now)
            case .management: fleet?.managementReady(at: now)
            case .adapter(let slot): fleet?.ready(slot: slot, at: now)
            }
        }
        let now = kernel.monotonic
        turnStart = now
        let budget = WorkBudget(kernel, from: now)
        handle(signals, at: now)
        clock?.look(at: now)
        if machine.network.hasChanged(at: now) { broker.networkHasChanged(at: now) }
        pumpFleet(at: now)
        if now >= losses.deadline { checkLosses(at: now) }
        broker.pump(at: now, budget)
        pumpReplay(at: now)
        advance(at: now)
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

    private func pumpReplay(at now: UInt64) {
        guard case .replay(let replay) = source else { return }
        if intake.producerMayGoOn() { replay.goOn() }
        if let notice = replay.takeNotice() { log.warning(notice) }
        guard let outcome = replay.takeOutcome() else { return }
        isReplayOver = true
        if case .failed(let code, let message) = outcome {
            log.error(message)
            exitCode = code
        }
        // A capture that was played to its end is sent to its end, however long the broker takes.
        stop("the replay has ended", settleTime: .max, at: now)
    }

    private func checkLosses(at now: UInt64) {
        let (hasChanged, ring) = losses.check(overview.look(broker, RateWindow(since: now), at: now))
        board.lost(losses.degradedReasons, isNews: hasChanged)
        switch ring {
        case .dropping(let count):
            log.error("the broker is slower than the air: \(count) advertisements dropped, the oldest first (ring full)")
        case .over(let lasted, let more):
            log.info(
                "the broker keeps up again after \(lasted / 1_000_000_000) s\(more > 0 ? "; \(more) more advertisements dropped" : "")")
        case nil: break
        }
    }

    private func report(isInterval: Bool) {
        let (statistics, adapters) = reporter.report(broker, isInterval: isInterval)
        if isInterval { board.intervalEnded(statistics) }
        guard let path = configuration.metrics.textfile, isInterval || lifecycle.isStopped else { return }
        let text = MetricsText.bytes(
            statistics, adapters: adapters, scannerID: configuration.scannerID, version: version, isOnline: broker.isOnline)
        files.write(text, to: path)
    }

    private func handle(_ signals: PendingSignals, at now: UInt64) {
        if signals.reload { reload(at: now) }
        if signals.report { report(isInterval: false) }
        for name in signals.stops {
            if lifecycle.isAtWork {
                stop("received \(name)", settleTime: Self.settleTime, at: now)
            } else {
                perform(lifecycle.hasten(at: now), at: now)
            }
        }
    }

    /// What is in the ring and in flight at a stop may settle for so long; nanoseconds from the signal.
    private static let settleTime: UInt64 = 2_500_000_000

    private func stop(_ reason: String, settleTime: UInt64, at now: UInt64) {
        guard lifecycle.isAtWork else { return }
        log.info("stopping: \(reason)")
        service.stopping()
        stopReason = reason
        perform(lifecycle.stop(settleTime: settleTime, at: now), at: now)
    }

    // MARK: What the lifecycle decides

    private func advance(at now: UInt64) {
        guard lifecycle.isWaiting else { return }
        perform(lifecycle.advance(at: now) { hasStopped($0) }, at: now)
    }

    private func hasStopped(_ part: Lifecycle<Configuration>.Part) -> Bool {
        switch part {
        case .session: broker.isIdle
        case .source: fleet?.isStopped ?? isReplayOver
        }
    }

    private func perform(_ actions: [Lifecycle<Configuration>.Action], at now: UInt64) {
        for action in actions {
            switch action {
            case .stop(.session): broker.leave("new configuration", drains: false, settle: now + 1_000_000_000)
            case .stop(.source): fleet?.stop(at: now)
            case .apply(let new, let restarting): apply(new, restarting: restarting, at: now)
            case .finish(.source, _):
                switch source {
                case .air(let fleet): fleet.stop(at: now)
                case .replay(let replay): replay.stop()
                }
            case .finish(.session, let settled):
                // What the source still had is in the ring by now.
                fleet?.end()
                broker.leave("stopped", drains: true, settle: settled)
            case .hasten(.source): break
            case .hasten(.session): broker.hasten(at: now)
            case .end: break
            }
        }
        guard !actions.isEmpty else { return }
        broker.pump(at: now, WorkBudget(kernel, from: now))
        advance(at: now)
    }

    // MARK: A new configuration

    private func reload(at now: UInt64) {
        guard lifecycle.isAtWork else { return }
        service.reloading(at: now)
        defer { if lifecycle.target == nil { service.reloaded() } }
        // Reading takes memory and pages of its own; the highest need not be the sum of all steps.
        kernel.releaseFilePages()
        defer { kernel.releaseUnused() }
        let new: Configuration
        do throws(ConfigurationErrors) {
            new = try load()
        } catch {
            log.error("the configuration has errors; going on with the old one")
            for error in error.errors { log.error(error) }
            return
        }
        let changes = Configuration.changes(from: lifecycle.target ?? configuration, to: new)
        guard !changes.isEmpty else { return log.info("configuration read again: nothing has changed") }
        log.info("configuration read again: \(changes.joined(separator: ", "))")
        if new.ring.sizeBytes != configuration.ring.sizeBytes { log.warning("ring.size changes with the next restart") }
        log.level = options.logLevel ?? new.logging.level
        log.setTarget(new.logging.target)
        reporter.setInterval(seconds: new.stats.intervalSeconds, at: now)
        board.prepare(for: new)
        perform(lifecycle.reload(new, changed: changed(by: new)), at: now)
    }

    /// The parts that must stop for a configuration.
    private func changed(by new: Configuration) -> Set<Lifecycle<Configuration>.Part> {
        var parts: Set<Lifecycle<Configuration>.Part> = []
        if new.sessionOptions(differFrom: configuration) { parts.insert(.session) }
        if fleet != nil, new.supervisionDiffers(from: configuration) { parts.insert(.source) }
        return parts
    }

    /// Goes on with a configuration; what it replaces has ended.
    private func apply(_ new: Configuration, restarting: [Lifecycle<Configuration>.Part], at now: UInt64) {
        if new.filterStageDiffers(from: configuration) { broker.replace(filterStage: new.filterStage(log), new) }
        configuration = new
        intake.gather = new.gather
        broker.configure(new)
        board.configure(new, at: now)
        for part in restarting {
            switch part {
            case .session: broker.start(at: now)
            case .source: fleet?.restart(new, at: now)
            }
        }
        service.reloaded()
        pumpFleet(at: now)
    }
}

/// The signals that have come since the turn before, each kind once: a stop apart, whose second hastens the first.
private struct PendingSignals {
    private(set) var reload = false
    private(set) var report = false
    private(set) var stops: [String] = []

    mutating func take(from kernel: any Kernel) {
        // One that keeps coming while it is handled holds up nothing else.
        var left = 8
        while left > 0, let signal = kernel.nextSignal() {
            left -= 1
            switch signal {
            case .terminate, .interrupt: if stops.count < 2 { stops.append(signal.name) }
            case .hangUp: reload = true
            case .user1: report = true
            }
        }
    }
}

extension Configuration {
    /// Whether the broker must be left and met again for the change.
    fileprivate func sessionOptions(differFrom old: Configuration) -> Bool {
        scannerID != old.scannerID || broker != old.broker || client != old.client || reconnect != old.reconnect || topic != old.topic
            || will != old.will
    }
}
