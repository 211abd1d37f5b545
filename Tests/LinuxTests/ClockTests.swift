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

    @Test func `the real time is the one of the C library`() {
        let before = Int64(time(nil))
        let now = Clock.realtime / 1_000_000_000
        // time(2) may lag behind by one tick.
        #expect(now >= before && now <= Int64(time(nil)) + 1)
    }

    @Test func `whether the clock is synchronized depends on the kernel's largest error`() {
        var state = timex()
        guard adjtimex(&state) != -1 else {
            #expect(Clock.isSynchronized == Clock.isSynchronized(notedIn: "/run/systemd/timesync"))
            return
        }
        // 16 s is where the kernel's count ends.
        #expect(Clock.isSynchronized == (state.maxerror < 16_000_000))
    }

    @Test func `where the kernel may not be asked it is what timesyncd notes, and nothing where that does not run`() {
        let tree = DirectoryTree()
        defer { tree.remove() }
        #expect(Clock.isSynchronized(notedIn: tree.path + "/timesync") == nil)
        tree.file("timesync/other", "")
        #expect(Clock.isSynchronized(notedIn: tree.path + "/timesync") == false)
        tree.file("timesync/synchronized", "")
        #expect(Clock.isSynchronized(notedIn: tree.path + "/timesync") == true)
    }
}
