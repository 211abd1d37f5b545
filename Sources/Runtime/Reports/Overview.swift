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

    /// - Parameter window: what rates are measured from.
    func look(_ link: BrokerLink, _ window: RateWindow, at now: UInt64) -> Statistics {
        let counters = fleet?.counters ?? .init()
        return link.statistics(
            window,
            Statistics.Context(
                now: now, started: started, kernelDropped: fleet?.kernelDropped ?? .init(), recoveries: counters.recoveries,
                interferences: counters.interferences, residentKiB: kernel.residentKiB, scannerGap: intake.heartbeat.longestGap(at: now)))
    }
}
