import Gateway

/// Marks messages and status while the machine's clock is not synchronized, and logs when that changes. Main thread only.
final class ClockReport {
    private let intake: SharedIntake
    private let statusPublisher: StatusPublisher
    private let kernel: any Kernel
    private let log: Log
    private var watch = ClockWatch()

    init(_ intake: SharedIntake, _ statusPublisher: StatusPublisher, _ kernel: any Kernel, _ log: Log) {
        self.intake = intake
        self.statusPublisher = statusPublisher
        self.kernel = kernel
        self.log = log
    }

    /// When `check` must be called next; CLOCK_MONOTONIC, ns.
    var deadline: UInt64 { watch.deadline }

    func check(at now: UInt64) {
        let was = watch.isUnsynchronized
        let change = watch.check(at: now) { kernel.isClockSynchronized }
        let isUnsynchronized = watch.isUnsynchronized
        if isUnsynchronized != was {
            intake.consume { $0.isClockUnsynchronized = isUnsynchronized }
            statusPublisher.isClockUnsynchronized = isUnsynchronized
        }
        switch change {
        case .unsynchronized:
            log.warning("the clock is not synchronized: messages are marked with \"clock_synchronized\":false until it is")
        case .synchronized: log.info("the clock is synchronized: messages are not marked any more")
        case nil: break
        }
    }
}
