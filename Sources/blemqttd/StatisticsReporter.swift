import Agent
import Linux

/// Logs the statistics: each interval, at SIGUSR1 and at the end, always from one consistent look.
struct StatisticsReporter {
    private let intake: SharedIntake
    private let log: Log
    private let started: UInt64
    private var interval: UInt64
    private var lastInterval: UInt64
    private var baseline = Statistics.Baseline()

    init(_ intake: SharedIntake, _ log: Log, every seconds: Int, at now: UInt64) {
        self.intake = intake
        self.log = log
        started = now
        lastInterval = now
        interval = UInt64(seconds) * 1_000_000_000
    }

    /// When the next interval ends; CLOCK_MONOTONIC, ns.
    var deadline: UInt64 { lastInterval + interval }

    mutating func setInterval(seconds: Int, at now: UInt64) {
        interval = UInt64(seconds) * 1_000_000_000
        if deadline < now { lastInterval = now }
    }

    /// An adapter whose advertisements are counted in `slot`; the kernel dropped so many of its events.
    typealias Adapter = (slot: UInt8, name: String, kernelDropped: UInt64)

    /// Logs one line, and where there is more than one adapter one for each of them.
    /// - Parameters:
    ///   - adapters: every one that has counted anything, also those that are gone, so that their lines sum to the first.
    ///   - recoveries: times that a silent adapter was brought back.
    ///   - interferences: times that another program changed or stopped the scan.
    ///   - isInterval: rates, latencies and high water begin anew after it; they do not for a line in between.
    mutating func report(
        _ broker: BrokerLink, adapters: [Adapter], recoveries: UInt64 = 0, interferences: UInt64 = 0, isInterval: Bool
    ) {
        let now = Clock.monotonic
        let scannerGap = intake.pulse.longestGap(at: now)
        let statistics = Statistics(
            intake, broker.publisher, since: baseline,
            Statistics.Surroundings(
                interval: now - lastInterval, uptime: now - started, kernelDropped: adapters.reduce(0) { $0 + $1.kernelDropped },
                recoveries: recoveries, interferences: interferences, residentKiB: ThisProcess.residentKiB,
                scannerGap: scannerGap))
        // The only adapter is named beside the totals, which are its own.
        write(statistics.fields, adapters.count == 1 ? [("BLEMQTTD_ADAPTER", adapters[0].name)] : [])
        if adapters.count > 1 {
            for (slot, name, kernelDropped) in adapters {
                write(statistics.adapterFields(slot, name: name, kernelDropped: kernelDropped))
            }
        }
        guard isInterval else { return }
        lastInterval = now
        baseline = statistics.baseline
        broker.beginInterval()
        intake.consume { $0.beginInterval() }
        intake.pulse.beginInterval(told: scannerGap)
    }

    private func write(_ fields: Statistics.Fields, _ more: Log.Fields = []) {
        log.info(Statistics.line(fields), fields.map { ("BLEMQTTD_\("\($0.key)".uppercased())", "\($0.value)") } + more)
    }
}
