import Testing

@testable import Linux

@Suite struct DebounceTests {
    private static let millisecond: UInt64 = 1_000_000

    @Test func `without an event nothing is due`() {
        var debounce = Debounce()
        #expect(debounce.deadline == nil)
        let isOver = debounce.isOver(at: .max)
        #expect(!isOver)
    }

    @Test func `it is over 300 ms after the last event, once`() {
        var debounce = Debounce()
        debounce.event(at: 0)
        debounce.event(at: 250 * Self.millisecond)
        #expect(debounce.deadline == 550 * Self.millisecond)
        let early = debounce.isOver(at: 550 * Self.millisecond - 1)
        let due = debounce.isOver(at: 550 * Self.millisecond)
        let again = debounce.isOver(at: 900 * Self.millisecond)
        #expect(!early && due && !again && debounce.deadline == nil)
    }

    @Test func `one that does not end counts after a second, and another begins`() {
        var debounce = Debounce()
        var ends: [UInt64] = []
        for tenth in UInt64(0)..<31 {
            let now = tenth * 100 * Self.millisecond
            if debounce.isOver(at: now) { ends.append(tenth) }
            debounce.event(at: now)
        }
        #expect(ends == [10, 20, 30])
    }
}
