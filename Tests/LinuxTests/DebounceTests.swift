import Testing

@testable import Linux

@Suite struct BurstTests {
    private static let millisecond: UInt64 = 1_000_000

    @Test func `without an event there is no burst`() {
        var burst = Burst()
        #expect(burst.deadline == nil)
        let isOver = burst.isOver(at: .max)
        #expect(!isOver)
    }

    @Test func `a burst is over 300 ms after its last event, once`() {
        var burst = Burst()
        burst.note(at: 0)
        burst.note(at: 250 * Self.millisecond)
        #expect(burst.deadline == 550 * Self.millisecond)
        let early = burst.isOver(at: 550 * Self.millisecond - 1)
        let due = burst.isOver(at: 550 * Self.millisecond)
        let again = burst.isOver(at: 900 * Self.millisecond)
        #expect(!early && due && !again && burst.deadline == nil)
    }

    @Test func `one that does not end counts after a second, and another begins`() {
        var burst = Burst()
        var ends: [UInt64] = []
        for tenth in UInt64(0)..<31 {
            let now = tenth * 100 * Self.millisecond
            if burst.isOver(at: now) { ends.append(tenth) }
            burst.note(at: now)
        }
        #expect(ends == [10, 20, 30])
    }
}
