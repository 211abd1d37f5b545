import Bytes
import Testing

@testable import Gateway

@Suite struct LossMonitorTests {
    /// Behind a reference, for `#expect` calls no mutating method.
    private final class Monitor {
        private var monitor = LossMonitor(at: 0)

        var degradedReasons: [String] { monitor.degradedReasons }
        var deadline: UInt64 { monitor.deadline }

        /// - Returns: whether the status has changed.
        func check(ringFull: UInt64 = 0, oversize: UInt64 = 0, refused: UInt64 = 0, kernel: UInt64 = 0, at now: UInt64) -> Bool {
            monitor.check(statistics(ringFull, oversize, refused, kernel, at: now)).hasChanged
        }

        /// What is logged.
        func logged(_ ringFull: UInt64, at now: UInt64) -> LossMonitor.RingReport? { monitor.check(statistics(ringFull, 0, 0, 0, at: now)).ring }

        private func statistics(_ ringFull: UInt64, _ oversize: UInt64, _ refused: UInt64, _ kernel: UInt64, at now: UInt64) -> Statistics {
            var statistics = TestPipeline().statistics(kernelDropped: tally([2: kernel]))
            statistics.context.now = now
            statistics.intake.droppedRingFull = tally([0: ringFull])
            statistics.publisher.droppedOversize = tally([1: oversize])
            statistics.session.refused = tally([0: refused])
            return statistics
        }
    }

    @Test func `without losses nothing is degraded`() {
        let monitor = Monitor()
        #expect(!monitor.check(at: 0))
        #expect(!monitor.check(at: 1_000 * second))
        #expect(monitor.degradedReasons == [] && monitor.deadline == 1_002 * second)
    }

    @Test func `a loss is a change, more of it is not`() {
        let monitor = Monitor()
        #expect(monitor.check(ringFull: 3, at: second))
        #expect(monitor.degradedReasons == ["3 advertisements dropped: ring_full"])
        #expect(!monitor.check(ringFull: 10, at: 2 * second))
        #expect(monitor.degradedReasons == ["10 advertisements dropped: ring_full"])
    }

    @Test func `every reason is reported, by its count since it began`() {
        let monitor = Monitor()
        _ = monitor.check(ringFull: 100, oversize: 100, kernel: 100, at: 0)
        #expect(!monitor.check(ringFull: 100, oversize: 100, kernel: 100, at: LossMonitor.calm - 1))
        #expect(monitor.check(ringFull: 100, oversize: 100, kernel: 100, at: LossMonitor.calm))
        #expect(monitor.degradedReasons == [])
        #expect(monitor.check(ringFull: 101, oversize: 102, refused: 4, kernel: 103, at: 2 * LossMonitor.calm))
        #expect(
            monitor.degradedReasons == [
                "1 advertisements dropped: ring_full", "2 advertisements dropped: oversize", "4 advertisements dropped: refused",
                "3 events dropped by the kernel",
            ])
    }

    @Test func `it is over a minute after the last loss`() {
        let monitor = Monitor()
        #expect(monitor.check(kernel: 1, at: 0))
        #expect(!monitor.check(kernel: 2, at: 50 * second))
        #expect(!monitor.check(kernel: 2, at: 109 * second))
        #expect(monitor.check(kernel: 2, at: 110 * second))
    }

    @Test func `a full ring is logged at once, then every ten seconds, and ten seconds after the last of it`() {
        let monitor = Monitor()
        #expect(monitor.logged(0, at: 0) == nil)
        #expect(monitor.logged(5, at: 2 * second) == .dropping(5))
        #expect(monitor.logged(9, at: 4 * second) == nil)
        #expect(monitor.logged(20, at: 12 * second) == .dropping(15))
        #expect(monitor.logged(21, at: 14 * second) == nil)
        #expect(monitor.logged(21, at: 22 * second) == nil)
        #expect(monitor.logged(21, at: 24 * second) == .over(after: 22 * second, 1))
        #expect(monitor.logged(21, at: 26 * second) == nil)
        #expect(monitor.logged(22, at: 28 * second) == .dropping(1))
        #expect(monitor.logged(22, at: 38 * second) == .over(after: 10 * second, 0))
    }

    @Test func `what is lost for want of a connection is none, what a full ring drops is`() {
        let pipeline = TestPipeline(qos: .atLeastOnce, maxInflight: 1, ringSize: 65_536)
        var monitor = LossMonitor(at: 0)
        pipeline.hear(1)
        let offline = monitor.check(pipeline.statistics())
        #expect(!offline.hasChanged && offline.ring == nil)
        pipeline.connect()
        for number in 0..<10_000 { pipeline.hear(UInt64(number)) }
        let full = monitor.check(pipeline.statistics())
        #expect(full.hasChanged && full.ring == .dropping(pipeline.intakeCounters.droppedRingFull.total))
    }
}
