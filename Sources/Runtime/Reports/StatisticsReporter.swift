import Gateway

/// Logs the statistics: each interval, at SIGUSR1 and at the end, always from one snapshot.
struct StatisticsReporter {
    private let snapshots: SnapshotSource
    private let log: Log
    private var interval: UInt64
    private var window: RateWindow
    /// When the interval ends; CLOCK_MONOTONIC, ns.
    private(set) var deadline: UInt64

    init(_ snapshots: SnapshotSource, _ log: Log, every seconds: Int) {
        self.snapshots = snapshots
        self.log = log
        window = RateWindow(since: snapshots.started)
        interval = UInt64(seconds) * 1_000_000_000
        deadline = snapshots.started + interval
    }

    /// An interval that would be over already ends after the new time. Its rates are of all the time that it took.
    mutating func setInterval(seconds: Int, at now: UInt64) {
        interval = UInt64(seconds) * 1_000_000_000
        let end = window.began + interval
        deadline = end < now ? min(deadline, now + interval) : end
    }

    /// Logs one line, and where there is more than one adapter one for each of them that has counted anything, also those that are
    /// gone, so that their lines sum to the first.
    /// - Parameter isInterval: rates, latencies, high water and gaps begin anew after it; they do not for a line in between.
    /// - Returns: what was logged, and of which adapters.
    @discardableResult
    mutating func report(_ broker: BrokerLink, isInterval: Bool) -> (statistics: Statistics, adapters: [AdapterReport]) {
        let now = snapshots.kernel.monotonic
        let all = snapshots.adapters
        let statistics = snapshots.take(broker, window, at: now)
        if !statistics.isBalanced { log.error("advertisements are not accounted for: \(statistics.line)") }
        let adapters = all.filter { $0.slot != nil && $0.condition != nil }
        // The only adapter is named beside the totals, which are its own.
        write(statistics.fields, adapters.count == 1 ? [("BLEMQTTD_ADAPTER", adapters[0].name)] : [])
        if adapters.count > 1 {
            for adapter in adapters { write(statistics.adapterFields(adapter.slot!, name: adapter.name)) }
        }
        if isInterval {
            window.begin(statistics)
            deadline = now + interval
            broker.beginInterval()
            snapshots.intake.consume { $0.beginInterval() }
            snapshots.intake.heartbeat.beginInterval(reported: statistics.context.scannerGap)
        }
        return (statistics, all)
    }

    private func write(_ fields: Statistics.Fields, _ more: Log.Fields = []) {
        log.info(Statistics.line(fields), fields.map { ("BLEMQTTD_\("\($0.key)".uppercased())", "\($0.value)") } + more)
    }
}
