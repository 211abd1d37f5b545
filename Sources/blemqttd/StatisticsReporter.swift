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

    /// Logs one line.
    /// - Parameter isInterval: rates, latencies and high water begin anew after it; they do not for a line in between.
    mutating func report(_ broker: BrokerLink, kernelDropped: UInt64, adapter: String?, isInterval: Bool) {
        let now = Clock.monotonic
        let statistics = Statistics(
            intake, broker.publisher, since: baseline,
            Statistics.Surroundings(
                interval: now - lastInterval, uptime: now - started, kernelDropped: kernelDropped,
                residentKiB: ThisProcess.residentKiB))
        var fields: Log.Fields = statistics.fields.map { ("BLEMQTTD_\("\($0.key)".uppercased())", "\($0.value)") }
        if let adapter { fields.append(("BLEMQTTD_ADAPTER", adapter)) }
        log.info(statistics.line, fields)
        guard isInterval else { return }
        lastInterval = now
        baseline = statistics.baseline
        broker.beginInterval()
        intake.consume { $0.beginInterval() }
    }
}
