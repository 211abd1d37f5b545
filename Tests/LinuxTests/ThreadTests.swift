import Glibc
import Synchronization
import Testing

@testable import Linux

/// Threads, and how they wake each other.
@Suite(.timeLimit(.minutes(1))) struct ThreadTests {
    private final class Note: Sendable {
        let text = Mutex("")
    }

    @Test func `a thread runs its body under its name, and join waits for it`() throws {
        let note = Note()
        let thread = try Thread(name: "scanner") {
            let name = try? FileDescriptor.openForReading("/proc/thread-self/comm").readSome()
            note.text.withLock { $0 = String(decoding: name ?? [], as: UTF8.self) }
        }
        thread.join()
        #expect(note.text.withLock { $0 } == "scanner\n")
    }

    @Test func `a thread keeps the capabilities that it is given and no others, and its starter keeps its own`() throws {
        let before = Capabilities.effective
        for kept in [Capabilities.netAdmin, []] {
            let note = Note()
            let thread = try Thread(name: "t", capabilities: kept) {
                note.text.withLock { $0 = "\(Capabilities.effective.rawValue)" }
            }
            thread.join()
            #expect(note.text.withLock { $0 } == "\(before.intersection(kept).rawValue)")
        }
        #expect(Capabilities.effective == before)
    }

    @Test func `a stack below the least is not taken, and the thread runs all the same`() throws {
        let wakeup = try Wakeup()
        let thread = try Thread(name: "t", stack: 1) { wakeup.signal() }
        wakeup.wait()
        thread.join()
    }

    @Test func `a signal that came before is not waited for`() throws {
        let wakeup = try Wakeup()
        wakeup.signal()
        wakeup.signal()
        wakeup.wait()
        // Both were taken at once.
        var counter: UInt64 = 0
        #expect(read(wakeup.fd, &counter, 8) == -1 && errno == EAGAIN)
    }

    @Test func `a signal from another thread ends the wait, thousands of times`() throws {
        let (ping, pong) = (try Wakeup(), try Wakeup())
        let thread = try Thread(name: "pong") {
            for _ in 0..<2_000 {
                ping.wait()
                pong.signal()
            }
        }
        for _ in 0..<2_000 {
            ping.signal()
            pong.wait()
        }
        thread.join()
    }

    @Test func `a wait without a signal ends at its time and not before`() throws {
        let wakeup = try Wakeup()
        let start = Clock.monotonic
        #expect(!wakeup.wait(nanoseconds: 2_500_000) && Clock.monotonic >= start + 2_500_000)
        wakeup.signal()
        #expect(wakeup.wait(nanoseconds: 3_600_000_000_000))
        #expect(!wakeup.wait(nanoseconds: 0))
    }

    @Test func `clearing what was never signalled does not block`() throws {
        let wakeup = try Wakeup()
        wakeup.clear()
        wakeup.signal()
        wakeup.clear()
        var counter: UInt64 = 0
        #expect(read(wakeup.fd, &counter, 8) == -1 && errno == EAGAIN)
    }

    @Test func `a background task signals when its result is there, which is given once`() throws {
        let (wakeup, gate) = (try Wakeup(), try Wakeup())
        let task = try BackgroundTask("task", wakeup: wakeup) {
            gate.wait()
            return 42
        }
        #expect(task.take() == nil)
        gate.signal()
        wakeup.wait()
        #expect(task.take() == 42)
        #expect(task.take() == nil)
    }

    @Test func `a background task whose result is not wanted ends by itself`() throws {
        let (wakeup, gate, gone) = (try Wakeup(), try Wakeup(), try Wakeup())
        final class Witness: Sendable {
            let gone: Wakeup
            init(_ gone: Wakeup) { self.gone = gone }
            deinit { gone.signal() }
        }
        do {
            let witness = Witness(gone)
            _ = try BackgroundTask("task", wakeup: wakeup) { [witness] in
                gate.wait()
                return withExtendedLifetime(witness) { 1 }
            }
        }
        gate.signal()
        // Its result is thrown away, and with it all it held on to.
        gone.wait()
    }
}
