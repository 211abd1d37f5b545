import Gateway

/// Reports the daemon's state to the service manager, and sends WATCHDOG=1 while it works. Main thread only.
///
/// WATCHDOG=1 is sent only while the main loop iterates, because it is the one that sends, and while the scanner thread's heartbeat is
/// not late.
struct ServiceReport {
    private let manager: any ServiceManaging
    private let snapshots: SnapshotSource
    private let log: Log
    private var ongoingFailure = OngoingFailure()
    private var nextWatchdog: UInt64
    private var nextLine: UInt64
    private var line = ""
    private var window: RateWindow
    private var rate: Double?
    private var isReloading = false

    /// Between two updates of the line; ns.
    private static let lineInterval: UInt64 = 10_000_000_000
    /// Rates are of no shorter time; ns.
    private static let shortest: UInt64 = 1_000_000_000

    init(_ manager: any ServiceManaging, _ snapshots: SnapshotSource, _ log: Log) {
        self.manager = manager
        self.snapshots = snapshots
        self.log = log
        window = RateWindow(since: snapshots.started)
        nextWatchdog = snapshots.started
        nextLine = snapshots.started
    }

    /// When `update` must be called next at the latest; nil if there is no service manager.
    var deadline: UInt64? {
        guard manager.isThere else { return nil }
        return manager.watchdog == nil ? nextLine : min(nextWatchdog, nextLine)
    }

    /// Both event loops run. It does not matter yet whether there is an adapter or a broker.
    func ready() { manager.ready() }

    mutating func reloading(at now: UInt64) {
        isReloading = true
        manager.reloading(at: now)
    }

    /// The reload is over, if there was one.
    mutating func reloaded() {
        guard isReloading else { return }
        isReloading = false
        manager.ready()
    }

    func stopping() { manager.stopping() }

    /// An adapter or the connection has changed: the line is due.
    mutating func changed(at now: UInt64) { nextLine = min(nextLine, now) }

    /// Does what is due.
    mutating func update(_ broker: BrokerLink, at now: UInt64) {
        guard let deadline, now >= deadline else { return }
        if let watchdog = manager.watchdog, now >= nextWatchdog { sendWatchdog(watchdog, at: now) }
        guard now >= nextLine else { return }
        let statistics = snapshots.take(broker, window, at: now)
        // Within a moment there is no rate.
        if now >= window.began + Self.shortest { rate = statistics.receivedRate }
        let new = ServiceLine.text(
            adapters: snapshots.adapters, broker: broker.target, isOnline: broker.isOnline, rate: rate, dropped: statistics.dropped.total)
        if new != line { manager.status(new) }
        line = new
        if now >= window.began + Self.lineInterval { window.begin(statistics) }
        nextLine = now + Self.lineInterval
    }

    private mutating func sendWatchdog(_ watchdog: UInt64, at now: UInt64) {
        guard !snapshots.intake.heartbeat.isAlive(at: now, grace: watchdog / 4) else {
            if ongoingFailure.ends(at: now) != nil { log.info("the scanner thread's event loop runs again; WATCHDOG=1 is sent again") }
            manager.alive()
            nextWatchdog = now + watchdog / 2
            return
        }
        // A moment of lateness must not cost half the watchdog's time.
        nextWatchdog = now + watchdog / 8
        if ongoingFailure.fails("withheld", at: now) {
            let seconds = snapshots.intake.heartbeat.lateness(at: now) / 1_000_000_000
            log.error("the scanner thread's event loop has not completed an iteration for \(seconds) s; WATCHDOG=1 is withheld")
        }
    }
}
