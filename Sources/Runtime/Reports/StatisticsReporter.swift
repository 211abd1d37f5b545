import Gateway

/// Logs the statistics: each interval, at SIGUSR1 and at the end, always from one consistent look.
struct StatisticsReporter {
    private let overview: Overview
    private let log: Log
    private var interval: UInt64
    private var lastInterval: UInt64
    private var baseline = Statistics.Baseline()

    init(_ overview: Overview, _ log: Log, every seconds: Int) {
        self.overview = overview
        self.log = log
        lastInterval = overview.started
        interval = UInt64(seconds) * 1_000_000_000
    }

    /// When the next interval ends; CLOCK_MONOTONIC, ns.
    var deadline: UInt64 { lastInterval + interval }

    mutating func setInterval(seconds: Int, at now: UInt64) {
        interval = UInt64(seconds) * 1_000_000_000
        if deadline < now { lastInterval = now }
    }

    /// Logs one line, and where there is more than one adapter one for each of them that has counted anything, also those that are
    /// gone, so that their lines sum to the first.
    /// - Parameter isInterval: rates, latencies, high water and gaps begin anew after it; they do not for a line in between.
    /// - Returns: what was told, and of which adapters.
    @discardableResult
    mutating func report(_ broker: BrokerLink, isInterval: Bool) -> (statistics: Statistics, adapters: [AdapterReport]) {
        let now = overview.kernel.monotonic
        let all = overview.adapters
        let statistics = overview.look(broker, all, from: baseline, since: lastInterval, at: now)
        if !statistics.isBalanced { log.error("advertisements are not accounted for: \(statistics.line)") }
        let adapters = all.filter { $0.slot != nil && $0.condition != nil }
        // The only adapter is named beside the totals, which are its own.
        write(statistics.fields, adapters.count == 1 ? [("BLEMQTTD_ADAPTER", adapters[0].name)] : [])
        if adapters.count > 1 {
            for adapter in adapters {
                write(statistics.adapterFields(adapter.slot!, name: adapter.name, kernelDropped: adapter.kernelDropped))
            }
        }
        if isInterval {
            lastInterval = now
            baseline = statistics.baseline
            broker.beginInterval()
            overview.intake.consume { $0.beginInterval() }
            overview.intake.pulse.beginInterval(told: statistics.scannerGap)
        }
        return (statistics, all)
    }

    private func write(_ fields: Statistics.Fields, _ more: Log.Fields = []) {
        log.info(Statistics.line(fields), fields.map { ("BLEMQTTD_\("\($0.key)".uppercased())", "\($0.value)") } + more)
    }
}
