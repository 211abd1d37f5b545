import Testing

@testable import Gateway

@Suite struct ClockWatchTests {
    @Test func `a clock that was never set is asked about every few seconds until it is right, and seldom afterwards`() {
        var watch = ClockWatch()
        #expect(watch.deadline == 0)
        #expect(watch.check(at: 100, { false }) == .unsynchronized)
        #expect(watch.isUnsynchronized && watch.deadline == 100 + ClockWatch.pauseUntilSynchronized)
        // Not asked before it is due.
        #expect(watch.check(at: 101, { true }) == nil && watch.isUnsynchronized)
        #expect(watch.check(at: 6 * second, { false }) == nil && watch.isUnsynchronized)
        #expect(watch.check(at: 12 * second, { true }) == .synchronized)
        #expect(!watch.isUnsynchronized && watch.deadline == 12 * second + ClockWatch.pause)
    }

    @Test func `of a clock that is right from the start, or of which nothing is known, nothing is reported`() {
        for answer in [true, nil] as [Bool?] {
            var watch = ClockWatch()
            for turn in 1...3 { #expect(watch.check(at: UInt64(turn) * ClockWatch.pause, { answer }) == nil) }
            #expect(!watch.isUnsynchronized)
        }
    }

    @Test func `a clock that is not disciplined any more is reported, and marked again`() {
        var watch = ClockWatch()
        #expect(watch.check(at: 0, { true }) == nil)
        #expect(watch.check(at: ClockWatch.pause, { false }) == .unsynchronized)
        #expect(watch.isUnsynchronized)
    }

    @Test func `a kernel that does not know any more ends the mark without a report`() {
        var watch = ClockWatch()
        #expect(watch.check(at: 0, { false }) == .unsynchronized)
        #expect(watch.check(at: ClockWatch.pauseUntilSynchronized, { nil }) == nil)
        #expect(!watch.isUnsynchronized)
    }

    // MARK: The mark

    @Test func `a message is marked by the clock at its receipt, not at its publication`() throws {
        var intake = Intake(ringSize: 65_536)
        intake.isOpen = true
        intake.isClockUnsynchronized = true
        intake.take(event: legacyEvent(legacyReport(1, data: [])).span.bytes, stamp(0), adapter: 0)
        intake.isClockUnsynchronized = false
        intake.take(event: legacyEvent(legacyReport(2, data: [])).span.bytes, stamp(0), adapter: 0)
        let buffer = RecordBuffer()
        for isMarked in [true, false] {
            let record = intake.pop(into: buffer.memory)
            let one = try #require(record).advertisement
            #expect(one.isClockUnsynchronized == isMarked)
            #expect(payload([], one).hasSuffix(#","clock_synchronized":false}"#) == isMarked)
            #expect(payload([], one).contains("clock_synchronized") == isMarked)
        }
    }

    @Test func `a status is marked beside its time, and a last will has neither`() {
        func text(_ timestamp: String?) -> String {
            let status = ScannerStatus(
                scannerID: "s", state: .offline("x"), version: "1", timestamp: timestamp, isClockUnsynchronized: true)
            return String(decoding: status.payload(), as: UTF8.self)
        }
        #expect(text("t").contains(#""timestamp":"t","clock_synchronized":false,"reason""#))
        #expect(!text(nil).contains("clock_synchronized"))
    }
}
