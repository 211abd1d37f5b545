import Testing

@testable import Gateway

@Suite struct LoopHeartbeatTests {
    @Test func `a loop that is in time has no gap`() {
        let heartbeat = LoopHeartbeat()
        heartbeat.beat(at: 100, next: 200)
        heartbeat.beat(at: 150, next: 150)
        heartbeat.beat(at: 150, next: 250)
        heartbeat.beat(at: 250, next: 250)
        #expect(heartbeat.longestGap(at: 250) == 0)
    }

    @Test func `nothing is expected of a loop that has not begun, or pauses`() {
        let heartbeat = LoopHeartbeat()
        #expect(heartbeat.isAlive(at: 1_000, grace: 0))
        #expect(heartbeat.longestGap(at: 1_000) == 0)
        heartbeat.beat(at: 5_000, next: 6_000)
        #expect(!heartbeat.isAlive(at: 6_001, grace: 0))
        heartbeat.pause()
        #expect(heartbeat.isAlive(at: .max - 1, grace: 0))
        heartbeat.beat(at: 90_000, next: 90_000)
        #expect(heartbeat.longestGap(at: 90_000) == 0, "what a pause took is no gap")
    }

    @Test func `a wake-up that comes late is a gap`() {
        let heartbeat = LoopHeartbeat()
        heartbeat.beat(at: 100, next: 200)
        heartbeat.beat(at: 230, next: 230)
        #expect(heartbeat.longestGap(at: 230) == 30)
    }

    @Test func `long work is a gap, and the longest counts`() {
        let heartbeat = LoopHeartbeat()
        heartbeat.beat(at: 100, next: 100)
        heartbeat.beat(at: 170, next: 1_000)
        heartbeat.beat(at: 300, next: 300)
        heartbeat.beat(at: 350, next: 1_000)
        #expect(heartbeat.longestGap(at: 350) == 70)
    }

    @Test func `what was due before the loop would have been round counts from then`() {
        let heartbeat = LoopHeartbeat()
        heartbeat.beat(at: 100, next: 1_100)
        heartbeat.beat(at: 500, due: 460, next: 500)
        #expect(heartbeat.longestGap(at: 500) == 40)
        heartbeat.beat(at: 510, next: 1_510)
        heartbeat.beat(at: 1_600, due: 1_599, next: 1_600)
        #expect(heartbeat.longestGap(at: 1_600) == 90, "the wait ended later than that")
    }

    @Test func `a gap that lasts is reported while it does`() {
        let heartbeat = LoopHeartbeat()
        heartbeat.beat(at: 100, next: 200)
        #expect(heartbeat.longestGap(at: 200) == 0)
        #expect(heartbeat.longestGap(at: 260) == 60)
        #expect(heartbeat.isAlive(at: 260, grace: 60))
        #expect(!heartbeat.isAlive(at: 261, grace: 60))
        heartbeat.beat(at: 300, next: 400)
        #expect(heartbeat.isAlive(at: 261, grace: 0))
        #expect(heartbeat.longestGap(at: 300) == 100)
    }

    @Test func `a new interval forgets what was reported, and nothing that came after`() {
        let heartbeat = LoopHeartbeat()
        heartbeat.beat(at: 100, next: 100)
        heartbeat.beat(at: 150, next: 200)
        let reported = heartbeat.longestGap(at: 150)
        heartbeat.beat(at: 280, next: 280)
        heartbeat.beginInterval(reported: reported)
        #expect(heartbeat.longestGap(at: 280) == 80)
        heartbeat.beginInterval(reported: 80)
        #expect(heartbeat.longestGap(at: 280) == 0)
    }
}
