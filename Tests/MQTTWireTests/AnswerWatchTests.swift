import Testing

@testable import MQTTWire

@Suite struct AnswerWatchTests {
    private static let gather: UInt64 = 5_000_000

    /// A loop that writes now and then, and decides after each iteration.
    private struct Loop {
        var watch = AnswerWatch()
        var mayRest = true
        /// Times the kernel's interest was changed.
        var changes = 0

        mutating func iterate(at milliseconds: UInt64, writes count: Int = 0, gather: UInt64 = gather) {
            for _ in 0..<count { watch.wrote(at: milliseconds * 1_000_000, gather: gather) }
            if watch.decide(at: milliseconds * 1_000_000, mayRest: mayRest) { changes += 1 }
        }

        /// It has written twice, one gathering apart, the last time at 1,000 ms.
        static var resting: Loop {
            var loop = Loop()
            loop.iterate(at: 995, writes: 1)
            loop.iterate(at: 1_000, writes: 1)
            #expect(!loop.watch.wakes && loop.changes == 1)
            return loop
        }
    }

    @Test(arguments: [1, 3]) func `an answer wakes who has written in one iteration, however often`(writes: Int) {
        var loop = Loop()
        loop.iterate(at: 1_000, writes: writes)
        #expect(loop.watch.wakes && loop.watch.deadline == nil && loop.changes == 0)
    }

    @Test func `it wakes nobody who writes again and again`() {
        var loop = Loop.resting
        for time in stride(from: 1_005, to: 2_000, by: 5) as StrideTo<UInt64> {
            loop.iterate(at: time, writes: 1)
            #expect(!loop.watch.wakes && loop.changes == 1)
        }
    }

    @Test func `who writes no more checks once, and is woken then`() {
        var loop = Loop.resting
        #expect(loop.watch.deadline == 1_020_000_000)
        loop.iterate(at: 1_019)
        #expect(!loop.watch.wakes)
        loop.iterate(at: 1_020)
        #expect(loop.watch.wakes && loop.watch.deadline == nil && loop.changes == 2)
    }

    @Test func `an answer wakes at once whom it is needed by`() {
        var loop = Loop.resting
        loop.mayRest = false
        loop.iterate(at: 1_001)
        loop.iterate(at: 1_002)
        #expect(loop.watch.wakes && loop.changes == 2)
    }

    @Test func `where nothing gathers each answer wakes`() {
        var loop = Loop()
        for time in 1_000..<1_010 as Range<UInt64> { loop.iterate(at: time, writes: 1, gather: 0) }
        #expect(loop.watch.wakes && loop.changes == 0)
    }
}
