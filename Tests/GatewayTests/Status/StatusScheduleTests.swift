import Testing

@testable import Gateway

@Suite struct StatusScheduleTests {
    /// The times at which the status is published within `time` after a connection at 100 s, in seconds from then.
    private func times(interval: UInt64, keepAlive: UInt64, within time: UInt64) -> [UInt64] {
        var schedule = StatusSchedule(interval: interval * second, keepAlive: keepAlive * second)
        let start = 100 * second
        schedule.connected(at: start)
        var times: [UInt64] = []
        while let due = schedule.due, due <= start + time * second {
            times.append((due - start) / second)
            schedule.published(at: due)
        }
        return times
    }

    @Test func `the birth message is published at once, soon again, and when an old session's will can come no more`() {
        #expect(times(interval: 0, keepAlive: 60, within: 10_000) == [0, 2, 10, 95])
        #expect(times(interval: 0, keepAlive: 5, within: 10_000) == [0, 2, 10, 15])
    }

    @Test func `without a keep alive there is no such time`() {
        #expect(times(interval: 0, keepAlive: 0, within: 10_000) == [0, 2, 10])
    }

    @Test func `heartbeats go on between and after`() {
        #expect(times(interval: 60, keepAlive: 60, within: 200) == [0, 2, 10, 60, 95, 120, 180])
        #expect(times(interval: 5, keepAlive: 0, within: 20) == [0, 2, 5, 10, 15, 20])
    }

    @Test func `before a connection and after it nothing is due`() {
        var schedule = StatusSchedule(interval: second, keepAlive: second)
        #expect(schedule.due == nil)
        schedule.connected(at: 5 * second)
        #expect(schedule.due == 5 * second)
        schedule.disconnected()
        #expect(schedule.due == nil)
    }

    @Test func `what a busy broker made late is published once`() {
        var schedule = StatusSchedule(interval: 10 * second, keepAlive: 0)
        schedule.connected(at: 0)
        schedule.published(at: 47 * second)
        #expect(schedule.due == 57 * second)
        schedule.published(at: 58 * second)
        #expect(schedule.due == 67 * second)
    }

    @Test func `another interval counts from now`() {
        var schedule = StatusSchedule(interval: 60 * second, keepAlive: 0)
        schedule.connected(at: 0)
        schedule.published(at: 20 * second)
        schedule.setInterval(60 * second, at: 30 * second, isConnected: true)
        #expect(schedule.due == 60 * second)
        schedule.setInterval(7 * second, at: 30 * second, isConnected: true)
        #expect(schedule.due == 37 * second)
        schedule.setInterval(0, at: 31 * second, isConnected: true)
        #expect(schedule.due == nil)
        schedule.setInterval(9 * second, at: 32 * second, isConnected: false)
        #expect(schedule.due == nil)
    }
}
