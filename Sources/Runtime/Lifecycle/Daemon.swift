import Gateway
import Linux
import Settings
import YAMLSchema

/// The running daemon: one event loop on the main thread for everything but the scanner. Carries out what the lifecycle decides.
package final class Daemon {
    /// Where the advertisements come from.
    private enum Source {
        case adapters(AdapterManager)
        case replay(ReplaySource)
    }

    /// Files that may have to be open at a time: some twenty, three for each of sixteen adapters, and a few background tasks.
    package static let openFiles = 96

    private let log: Log
    private let machine: Machine
    private let kernel: any Kernel
    private let intake: SharedIntake
    private let snapshots: SnapshotSource
    private let files: FileWriter
    private let statusPublisher: StatusPublisher
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
    /// When the iteration before began; CLOCK_MONOTONIC, ns.
    private var iterationStart: UInt64 = 0

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
            source = .adapters(AdapterManager(configuration, intake, log, machine, at: now))
        }
        var adapterManager: AdapterManager?
        if case .adapters(let manager) = source { adapterManager = manager }
        snapshots = SnapshotSource(intake: intake, kernel: kernel, started: now, adapterManager: adapterManager)
        files = FileWriter(log, machine)
        statusPublisher = StatusPublisher(configuration, snapshots, log, files, machine.files)
        broker = BrokerLink(configuration, adapters: replay == nil ? [] : ["replay"], intake, statusPublisher, log, machine)
        clock = replay == nil ? ClockReport(intake, statusPublisher, kernel, log) : nil
        reporter = StatisticsReporter(snapshots, log, every: configuration.stats.intervalSeconds)
        service = ServiceReport(machine.service, snapshots, log)
        losses = LossMonitor(at: now)
    }

    /// Runs until a signal, or until a replay has ended.
    package func run() throws(SystemError) -> ExitCode {
        try start()
        while !lifecycle.isStopped {
            try iterate()
        }
        return finish()
    }

    // MARK: Start and stop

    func start() throws(SystemError) {
        log.info("blemqttd \(version) started: scanner \(configuration.scannerID), broker \(configuration.broker)")
        if adapterManager != nil, !kernel.mayRepairAdapters {
            log.warning(
                "without CAP_NET_ADMIN an adapter that is down or hangs cannot be repaired, and a burst of more than some 240 "
                    + "advertisements may be lost in the kernel")
        }
        clock?.check(at: kernel.monotonic)
        for part in Lifecycle<Configuration>.Part.allCases { try start(part) }
        service.ready()
        kernel.releaseFilePages()
    }

    private func start(_ part: Lifecycle<Configuration>.Part) throws(SystemError) {
        switch (part, source) {
        case (.session, _): broker.start(at: kernel.monotonic)
        case (.source, .adapters(let adapterManager)): try adapterManager.start()
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

    // MARK: One iteration of the loop

    /// There is work left that needs no event.
    private var hasMore: Bool { broker.hasMore }

    /// When each part is due at the latest; CLOCK_MONOTONIC, ns, nil for never.
    func eachDeadline(_ body: (_ part: StaticString, _ deadline: UInt64?) -> Void) {
        body("statistics", reporter.deadline)
        body("broker", broker.deadline)
        body("network", machine.network.changesDeadline)
        body("adapters", adapterManager?.deadline(at: iterationStart))
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

    func iterate() throws(SystemError) {
        // Each PUBACK would wake the loop for a single message. Pausing lets a handful gather, and costs what waits anyhow 0.1 ms.
        // No longer, and no waiting for a count: a broker that coalesces its answers (Nagle) would make it 40 ms.
        if broker.isSaturated { kernel.pause(nanoseconds: 100_000) }
        var signals = PendingSignals()
        try kernel.wait(hasMore ? .none : .until(deadline, after: iterationStart)) { readiness in
            let now = kernel.monotonic
            switch readiness {
            case .signals: signals.take(from: kernel)
            case .records: break
            case .backgroundTasks:
                adapterManager?.backgroundTaskDone(at: now)
                files.backgroundTaskDone(at: now)
            case .broker(let events): broker.ready(events)
            case .networkChanges: machine.network.changesReady(at: now)
            case .adapterEvents: adapterManager?.eventsReady(at: now)
            case .management: adapterManager?.managementReady(at: now)
            case .adapter(let slot): adapterManager?.ready(slot: slot, at: now)
            }
        }
        let now = kernel.monotonic
        iterationStart = now
        let budget = WorkBudget(kernel, from: now)
        handle(signals, at: now)
        clock?.check(at: now)
        if machine.network.hasChanged(at: now) { broker.networkHasChanged(at: now) }
        pumpAdapters(at: now)
        if now >= losses.deadline { checkLosses(at: now) }
        broker.pump(at: now, budget)
        pumpReplay(at: now)
        advance(at: now)
        if now >= reporter.deadline { report(isInterval: true) }
        if broker.isOnline != wasOnline {
            wasOnline = broker.isOnline
            service.changed(at: now)
        }
        service.update(broker, at: now)
    }

    private var adapterManager: AdapterManager? {
        if case .adapters(let adapterManager) = source { return adapterManager }
        return nil
    }

    /// The broker's side must know an adapter's name before an advertisement of it is published.
    private func pumpAdapters(at now: UInt64) {
        guard let adapterManager else { return }
        adapterManager.pump(at: now)
        guard adapterManager.takeChanges() else { return }
        broker.take(names: adapterManager.names)
        statusPublisher.adaptersChanged()
        service.changed(at: now)
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
        stop("the replay has ended", drainTime: .max, at: now)
    }

    private func checkLosses(at now: UInt64) {
        let (hasChanged, ring) = losses.check(snapshots.take(broker, RateWindow(since: now), at: now))
        statusPublisher.lost(losses.degradedReasons, hasChanged: hasChanged)
        switch ring {
        case .dropping(let count):
            log.error("the broker accepts less than is received: \(count) advertisements dropped, the oldest first (ring full)")
        case .over(let lasted, let more):
            log.info(
                "the broker keeps up again after \(lasted / 1_000_000_000) s\(more > 0 ? "; \(more) more advertisements dropped" : "")")
        case nil: break
        }
    }

    private func report(isInterval: Bool) {
        // Reports use much that the advertisements between them do not.
        defer { kernel.releaseFilePages() }
        let (statistics, adapters) = reporter.report(broker, isInterval: isInterval)
        if isInterval { statusPublisher.intervalEnded(statistics) }
        guard let path = configuration.metrics.textfile, isInterval || lifecycle.isStopped else { return }
        let text = MetricsText.bytes(
            statistics, adapters: adapters, scannerID: configuration.scannerID, version: version, isOnline: broker.isOnline)
        files.write(text, to: path)
    }

    private func handle(_ signals: PendingSignals, at now: UInt64) {
        if signals.reload { reload(at: now) }
        if signals.report { report(isInterval: false) }
        for name in signals.stops {
            if lifecycle.isRunning {
                stop("received \(name)", drainTime: Self.drainTime, at: now)
            } else {
                perform(lifecycle.stopWaiting(at: now), at: now)
            }
        }
    }

    /// How long what is in the ring and in flight at a stop may be delivered; nanoseconds from the signal.
    private static let drainTime: UInt64 = 2_500_000_000

    private func stop(_ reason: String, drainTime: UInt64, at now: UInt64) {
        guard lifecycle.isRunning else { return }
        log.info("stopping: \(reason)")
        service.stopping()
        stopReason = reason
        perform(lifecycle.stop(drainTime: drainTime, at: now), at: now)
    }

    // MARK: What the lifecycle decides

    private func advance(at now: UInt64) {
        guard lifecycle.isWaiting else { return }
        perform(lifecycle.advance(at: now) { hasStopped($0) }, at: now)
    }

    private func hasStopped(_ part: Lifecycle<Configuration>.Part) -> Bool {
        switch part {
        case .session: broker.isIdle
        case .source: adapterManager?.isStopped ?? isReplayOver
        }
    }

    private func perform(_ actions: [Lifecycle<Configuration>.Action], at now: UInt64) {
        for action in actions {
            switch action {
            case .stop(.session): broker.disconnect("new configuration", drains: false, until: now + 1_000_000_000)
            case .stop(.source): adapterManager?.stop(at: now)
            case .apply(let new, let restarting): apply(new, restarting: restarting, at: now)
            case .finish(.source, _):
                switch source {
                case .adapters(let adapterManager): adapterManager.stop(at: now)
                case .replay(let replay): replay.stop()
                }
            case .finish(.session, let deadline):
                // What the source still had is in the ring by now.
                adapterManager?.end()
                broker.disconnect("stopped", drains: true, until: deadline)
            case .stopWaiting(.source): break
            case .stopWaiting(.session): broker.stopWaiting(at: now)
            case .end: break
            }
        }
        guard !actions.isEmpty else { return }
        broker.pump(at: now, WorkBudget(kernel, from: now))
        advance(at: now)
    }

    // MARK: A new configuration

    private func reload(at now: UInt64) {
        guard lifecycle.isRunning else { return }
        service.reloading(at: now)
        defer { if lifecycle.target == nil { service.reloaded() } }
        // Reading takes memory and pages of its own; the highest need not be the sum of all steps.
        kernel.releaseFilePages()
        defer { kernel.releaseUnused() }
        let new: Configuration
        do throws(ConfigurationErrors) {
            new = try load()
        } catch {
            log.error("the configuration has errors; keeping the current configuration")
            for error in error.errors { log.error(error) }
            return
        }
        let news = new.changes(from: lifecycle.target ?? configuration)
        guard !news.isEmpty else { return log.info("configuration read again: nothing has changed") }
        log.info("configuration read again: \(news.paths.joined(separator: ", "))")
        let changes = lifecycle.target == nil ? news : new.changes(from: configuration)
        for change in changes where change.restarts.contains(.program) { log.warning("\(change.path) takes effect at the next restart") }
        // Nor what comparing has touched and what disconnecting does.
        kernel.releaseFilePages()
        log.level = options.logLevel ?? new.logging.level
        log.setTarget(new.logging.target)
        reporter.setInterval(seconds: new.stats.intervalSeconds, at: now)
        statusPublisher.prepare(for: new)
        var parts: Set<Lifecycle<Configuration>.Part> = []
        if changes.restarts.contains(.session) { parts.insert(.session) }
        if adapterManager != nil, changes.restarts.contains(.scans) || new.acceptListsDiffer(from: configuration) { parts.insert(.source) }
        perform(lifecycle.reload(new, changed: parts), at: now)
    }

    /// Applies a configuration; what it replaces has ended.
    private func apply(_ new: Configuration, restarting: [Lifecycle<Configuration>.Part], at now: UInt64) {
        if new.changes(from: configuration).restarts.contains(.filterStage) { broker.replace(filterStage: new.filterStage(log), new) }
        // What comparing has touched; a reload that waits for a part to stop comes here in an iteration of its own.
        kernel.releaseFilePages()
        defer { kernel.releaseUnused() }
        configuration = new
        intake.gather = new.gather
        broker.configure(new)
        statusPublisher.configure(new, at: now)
        for part in restarting {
            switch part {
            case .session: broker.start(at: now)
            case .source: adapterManager?.restart(new, at: now)
            }
        }
        service.reloaded()
        pumpAdapters(at: now)
    }
}

/// The signals that have come since the iteration before, each kind once: except a stop, whose second ends the waiting of the first.
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
