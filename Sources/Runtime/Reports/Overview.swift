import Gateway

/// One look at everything there is to count, for whoever tells of it. Main thread only.
struct Overview {
    let intake: SharedIntake
    let kernel: any Kernel
    /// CLOCK_MONOTONIC, ns.
    let started: UInt64
    /// Nil for a replay.
    let fleet: AdapterFleet?

    /// The adapters that are or were scanned with, or are meant to be.
    var adapters: [AdapterReport] { fleet?.reports ?? [AdapterReport(name: "replay", slot: 0, condition: nil)] }

    /// - Parameters:
    ///   - baseline: what rates are measured from.
    ///   - since: when that was; CLOCK_MONOTONIC, ns.
    func look(
        _ link: BrokerLink, _ adapters: [AdapterReport], from baseline: Statistics.Baseline, since: UInt64, at now: UInt64
    ) -> Statistics {
        let counters = fleet?.counters ?? .init()
        return link.statistics(
            since: baseline,
            Statistics.Surroundings(
                interval: now - since, uptime: now - started, kernelDropped: adapters.reduce(0) { $0 + $1.kernelDropped },
                recoveries: counters.recoveries, interferences: counters.interferences, residentKiB: kernel.residentKiB,
                scannerGap: intake.pulse.longestGap(at: now)))
    }
}
