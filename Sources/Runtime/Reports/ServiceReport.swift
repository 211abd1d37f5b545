import Gateway

/// Tells the service manager how the daemon is, and proves to its watchdog that it works. Main thread only.
///
/// The watchdog hears of the daemon only while the main loop turns, for it is this that tells, and while the scanner's loop comes round
/// when it said so.
struct ServiceReport {
    private let manager: any ServiceManaging
    private let overview: Overview
    private let log: Log
    private var trouble = Trouble()
    private var nextSign: UInt64
    private var nextLine: UInt64
    private var line = ""
    private var window: RateWindow
    private var rate: Double?
    private var isReloading = false

    /// Between two looks at the line; ns.
    private static let linePause: UInt64 = 10_000_000_000
    /// Rates are of no shorter time; ns.
    private static let shortest: UInt64 = 1_000_000_000

    init(_ manager: any ServiceManaging, _ overview: Overview, _ log: Log) {
        self.manager = manager
        self.overview = overview
        self.log = log
        window = RateWindow(since: overview.started)
        nextSign = overview.started
        nextLine = overview.started
    }

    /// When `look` must be called next at the latest; nil where nobody listens.
    var deadline: UInt64? {
        guard manager.isThere else { return nil }
        return manager.watchdog == nil ? nextLine : min(nextSign, nextLine)
    }

    /// Both loops run. It does not matter yet whether there is an adapter or a broker.
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
    mutating func hasNews(at now: UInt64) { nextLine = min(nextLine, now) }

    /// Does what is due.
    mutating func look(_ broker: BrokerLink, at now: UInt64) {
        guard let deadline, now >= deadline else { return }
        if let watchdog = manager.watchdog, now >= nextSign { sign(watchdog, at: now) }
        guard now >= nextLine else { return }
        let statistics = overview.look(broker, window, at: now)
        // Within a moment there is no rate.
        if now >= window.began + Self.shortest { rate = statistics.receivedRate }
        let new = ServiceLine.text(
            adapters: overview.adapters, broker: broker.target, isOnline: broker.isOnline, rate: rate, dropped: statistics.dropped.total)
        if new != line { manager.status(new) }
        line = new
        if now >= window.began + Self.linePause { window.begin(statistics) }
        nextLine = now + Self.linePause
    }

    private mutating func sign(_ watchdog: UInt64, at now: UInt64) {
        guard !overview.intake.heartbeat.isAlive(at: now, grace: watchdog / 4) else {
            if trouble.ends(at: now) != nil { log.info("the scanner's loop comes round again; the watchdog is told so") }
            manager.alive()
            nextSign = now + watchdog / 2
            return
        }
        // A moment of lateness must not cost half the watchdog's time.
        nextSign = now + watchdog / 8
        if trouble.fails("withheld", at: now) {
            let seconds = overview.intake.heartbeat.lateness(at: now) / 1_000_000_000
            log.error("the scanner's loop has not come round for \(seconds) s; the watchdog is not told that all is well")
        }
    }
}
