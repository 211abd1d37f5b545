import Testing

@testable import Gateway

@Suite struct LossWindowTests {
    /// Behind a reference, for `#expect` calls no mutating method.
    private final class Window {
        private var window = LossWindow()

        var troubles: [String] { window.troubles }

        func look(_ totals: LossWindow.Totals, at now: UInt64) -> Bool { window.look(totals, at: now) }
    }

    @Test func `without losses there is no trouble`() {
        let window = Window()
        #expect(!window.look(.init(), at: 0))
        #expect(!window.look(.init(), at: 1_000 * second))
        #expect(window.troubles == [])
    }

    @Test func `a loss is news, more of it is not`() {
        let window = Window()
        #expect(window.look(.init(ringFull: 3), at: second))
        #expect(window.troubles == ["3 advertisements dropped: ring_full"])
        #expect(!window.look(.init(ringFull: 10), at: 2 * second))
        #expect(window.troubles == ["10 advertisements dropped: ring_full"])
    }

    @Test func `every reason is told, by its count since it began`() {
        let window = Window()
        _ = window.look(.init(ringFull: 100, oversize: 100, kernel: 100), at: 0)
        #expect(!window.look(.init(ringFull: 100, oversize: 100, kernel: 100), at: LossWindow.calm - 1))
        #expect(window.look(.init(ringFull: 100, oversize: 100, kernel: 100), at: LossWindow.calm))
        #expect(window.troubles == [])
        #expect(window.look(.init(ringFull: 101, oversize: 102, refused: 4, kernel: 103), at: 2 * LossWindow.calm))
        #expect(
            window.troubles == [
                "1 advertisements dropped: ring_full", "2 advertisements dropped: oversize", "4 advertisements dropped: refused",
                "3 events dropped by the kernel",
            ])
    }

    @Test func `it is over a minute after the last loss`() {
        let window = Window()
        #expect(window.look(.init(kernel: 1), at: 0))
        #expect(!window.look(.init(kernel: 2), at: 50 * second))
        #expect(!window.look(.init(kernel: 2), at: 109 * second))
        #expect(window.look(.init(kernel: 2), at: 110 * second))
    }

    @Test func `the publisher's losses are those that a connection does not explain`() {
        let desk = Desk(qos: .atLeastOnce, maxInflight: 1, ringSize: 65_536)
        desk.hear(1)
        #expect(desk.losses == LossWindow.Totals(kernel: 7), "dropped for want of a connection")
        desk.connect()
        for number in 0..<10_000 { desk.hear(UInt64(number)) }
        #expect(desk.losses.ringFull == desk.intakeCounters.droppedRingFull.total)
        #expect(desk.losses.ringFull > 0)
    }
}
