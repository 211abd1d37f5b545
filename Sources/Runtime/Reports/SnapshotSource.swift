import Gateway

/// Takes snapshots of all counters, for status, statistics and the service manager. Main thread only.
struct SnapshotSource {
    let intake: SharedIntake
    let kernel: any Kernel
    /// CLOCK_MONOTONIC, ns.
    let started: UInt64
    /// Nil for a replay.
    let adapterManager: AdapterManager?

    /// The adapters that are or were scanned with, or are meant to be.
    var adapters: [AdapterReport] { adapterManager?.reports ?? [AdapterReport(name: "replay", slot: 0, condition: nil)] }

    /// - Parameter window: what rates are measured from.
    func take(_ link: BrokerLink, _ window: RateWindow, at now: UInt64) -> Statistics {
        let counters = adapterManager?.counters ?? .init()
        return link.statistics(
            window,
            Statistics.Context(
                now: now, started: started, kernelDropped: adapterManager?.kernelDropped ?? .init(), recoveries: counters.recoveries,
                interferences: counters.interferences, residentKiB: kernel.residentKiB, scannerGap: intake.heartbeat.longestGap(at: now)))
    }
}
