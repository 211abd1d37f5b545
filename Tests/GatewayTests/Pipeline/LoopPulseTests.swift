import Testing

@testable import Gateway

@Suite struct LoopPulseTests {
    @Test func `a loop that is in time has no gap`() {
        let pulse = LoopPulse()
        pulse.turn(at: 100, next: 200)
        pulse.turn(at: 150, next: 150)
        pulse.turn(at: 150, next: 250)
        pulse.turn(at: 250, next: 250)
        #expect(pulse.longestGap(at: 250) == 0)
    }

    @Test func `nothing is expected of a loop that has not begun, or pauses`() {
        let pulse = LoopPulse()
        #expect(pulse.isAlive(at: 1_000, grace: 0))
        #expect(pulse.longestGap(at: 1_000) == 0)
        pulse.turn(at: 5_000, next: 6_000)
        #expect(!pulse.isAlive(at: 6_001, grace: 0))
        pulse.pause()
        #expect(pulse.isAlive(at: .max - 1, grace: 0))
        pulse.turn(at: 90_000, next: 90_000)
        #expect(pulse.longestGap(at: 90_000) == 0, "what a pause took is no gap")
    }

    @Test func `a wake-up that comes late is a gap`() {
        let pulse = LoopPulse()
        pulse.turn(at: 100, next: 200)
        pulse.turn(at: 230, next: 230)
        #expect(pulse.longestGap(at: 230) == 30)
    }

    @Test func `long work is a gap, and the longest counts`() {
        let pulse = LoopPulse()
        pulse.turn(at: 100, next: 100)
        pulse.turn(at: 170, next: 1_000)
        pulse.turn(at: 300, next: 300)
        pulse.turn(at: 350, next: 1_000)
        #expect(pulse.longestGap(at: 350) == 70)
    }

    @Test func `what was due before the loop would have been round counts from then`() {
        let pulse = LoopPulse()
        pulse.turn(at: 100, next: 1_100)
        pulse.turn(at: 500, due: 460, next: 500)
        #expect(pulse.longestGap(at: 500) == 40)
        pulse.turn(at: 510, next: 1_510)
        pulse.turn(at: 1_600, due: 1_599, next: 1_600)
        #expect(pulse.longestGap(at: 1_600) == 90, "the wait ended later than that")
    }

    @Test func `a gap that lasts is told while it does`() {
        let pulse = LoopPulse()
        pulse.turn(at: 100, next: 200)
        #expect(pulse.longestGap(at: 200) == 0)
        #expect(pulse.longestGap(at: 260) == 60)
        #expect(pulse.isAlive(at: 260, grace: 60))
        #expect(!pulse.isAlive(at: 261, grace: 60))
        pulse.turn(at: 300, next: 400)
        #expect(pulse.isAlive(at: 261, grace: 0))
        #expect(pulse.longestGap(at: 300) == 100)
    }

    @Test func `a new interval forgets what was told, and nothing that came after`() {
        let pulse = LoopPulse()
        pulse.turn(at: 100, next: 100)
        pulse.turn(at: 150, next: 200)
        let told = pulse.longestGap(at: 150)
        pulse.turn(at: 280, next: 280)
        pulse.beginInterval(told: told)
        #expect(pulse.longestGap(at: 280) == 80)
        pulse.beginInterval(told: 80)
        #expect(pulse.longestGap(at: 280) == 0)
    }
}
