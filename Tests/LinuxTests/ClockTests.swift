import CLinux
import Glibc
import Testing

@testable import Linux

@Suite(.timeLimit(.minutes(1))) struct ClockTests {
    @Test func `the monotonic clock does not go back`() {
        var last = Clock.monotonic
        for _ in 0..<10_000 {
            let now = Clock.monotonic
            guard now >= last else {
                Issue.record("\(now) after \(last)")
                return
            }
            last = now
        }
    }

    @Test func `the real time is the one the C library tells`() {
        let before = Int64(time(nil))
        let now = Clock.realtime / 1_000_000_000
        // time(2) may lag behind by one tick.
        #expect(now >= before && now <= Int64(time(nil)) + 1)
    }

    @Test func `whether the clock is synchronized is what the kernel's largest error says`() {
        var state = timex()
        guard adjtimex(&state) != -1 else {
            #expect(Clock.isSynchronized == Clock.isSynchronized(notedIn: "/run/systemd/timesync"))
            return
        }
        // 16 s is where the kernel's count ends.
        #expect(Clock.isSynchronized == (state.maxerror < 16_000_000))
    }

    @Test func `where the kernel may not be asked it is what timesyncd notes, and nothing where that does not run`() {
        let tree = FolderTree()
        defer { tree.remove() }
        #expect(Clock.isSynchronized(notedIn: tree.path + "/timesync") == nil)
        tree.file("timesync/other", "")
        #expect(Clock.isSynchronized(notedIn: tree.path + "/timesync") == false)
        tree.file("timesync/synchronized", "")
        #expect(Clock.isSynchronized(notedIn: tree.path + "/timesync") == true)
    }

    @Test func `an alarm rings once, at its time and not before`() throws {
        let alarm = try AlarmClock()
        let time = Clock.monotonic + 5_000_000
        alarm.set(to: time)
        #expect(try waitFor(alarm.fd, .readable) == .readable)
        #expect(Clock.monotonic >= time)
        var expirations: UInt64 = 0
        #expect(read(alarm.fd, &expirations, 8) == 8 && expirations == 1)
        #expect(read(alarm.fd, &expirations, 8) == -1 && errno == EAGAIN)
    }

    @Test func `a time that has passed rings at once, even time 0`() throws {
        for time in [UInt64(0), 1, Clock.monotonic] {
            let alarm = try AlarmClock()
            alarm.set(to: time)
            #expect(try waitFor(alarm.fd, .readable) == .readable)
        }
    }

    @Test func `an earlier setting is forgotten`() throws {
        let alarm = try AlarmClock()
        alarm.set(to: 1)
        alarm.set(to: Clock.monotonic + 3_600_000_000_000)
        var expirations: UInt64 = 0
        #expect(read(alarm.fd, &expirations, 8) == -1 && errno == EAGAIN)
        alarm.set(to: 1)
        #expect(try waitFor(alarm.fd, .readable) == .readable)
    }
}
