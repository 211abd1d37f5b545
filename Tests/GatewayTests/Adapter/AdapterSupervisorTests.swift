import Bluetooth
import Gateway
import Testing

/// From an adapter that is there to one that receives.
@Suite struct AdapterSupervisorTests {
    typealias World = SupervisedAdapter

    @Test func `an adapter that is up is opened and scans`() {
        var world = World()
        world.run(seconds: 0.1)
        #expect(world.isListening)
        #expect(world.failureEnds == ["scanning passively (legacy)"])
        #expect(world.tasks.isEmpty)
        #expect(world.supervisor.index == 0)
    }

    @Test func `an extended controller's PHYs are named`() {
        var world = World()
        world.isExtended = true
        world.run(seconds: 0.1)
        #expect(world.failureEnds == ["scanning passively (extended, 1M)"])
    }

    @Test func `an adapter that is down is brought up first`() {
        var world = World()
        world.facts?.isUp = false
        world.run(seconds: 0.5)
        #expect(world.isListening)
        #expect(world.tasks.map(\.task) == [.bringUp])
        #expect(world.log.contains { $0.line == .info("is down; bringing it up") })
    }

    @Test func `without an adapter it waits, and logs that once`() {
        var world = World()
        world.facts = nil
        world.run(seconds: 120)
        #expect(world.supervisor.condition == .absent)
        #expect(world.failures == ["no such adapter; waiting for it"])
        world.plug(index: 3)
        world.run(seconds: 1)
        #expect(world.isListening)
        #expect(world.supervisor.index == 3)
    }

    @Test func `unplugged, its sockets are closed at once; plugged in under another name it is used again`() {
        var world = World()
        world.run(seconds: 1)
        world.unplug()
        #expect(!world.hasSockets)
        #expect(world.supervisor.condition == .absent)
        #expect(world.failures == ["has been unplugged"])
        world.run(seconds: 30)
        world.plug(index: 1)
        world.run(seconds: 1)
        #expect(world.isListening)
        #expect(world.failureEnds.count == 2)
    }

    /// The listing for another adapter's event found it gone: "no such adapter; waiting for it" was logged.
    @Test func `an adapter that a listing misses before its own event has been unplugged, and is told of once`() {
        var world = World()
        world.run(seconds: 1)
        world.facts = nil
        world.carryOut(world.supervisor.adaptersChecked(nil, at: world.now))
        world.unplug()
        #expect(!world.hasSockets)
        #expect(world.supervisor.condition == .absent)
        #expect(world.failures == ["has been unplugged"])
    }

    @Test func `a socket that fails is closed, and the adapters are checked`() {
        var world = World()
        world.run(seconds: 1)
        world.facts = nil
        world.carryOut(world.supervisor.lost("gone", at: world.now))
        #expect(!world.hasSockets)
        #expect(world.supervisor.condition == .absent)
        #expect(world.supervisor.lost("again", at: world.now).isEmpty)
    }

    @Test func `taken down by another program it is brought up at once`() {
        var world = World()
        world.run(seconds: 5)
        world.takeDown()
        #expect(world.failures == ["is down; bringing it up"])
        #expect(world.supervisor.condition == .down)
        world.run(seconds: 0.5)
        #expect(world.isListening)
    }

    @Test func `taken down just after it was brought up, that is logged at once, though bringing it up waits`() {
        var world = World()
        world.facts?.isUp = false
        world.run(seconds: 0.5)
        world.takeDown()
        #expect(world.failures == ["is down; bringing it up"])
        #expect(world.supervisor.condition == .down)
        #expect(world.tasks.count == 1)
        world.run(seconds: 0.7)
        #expect(world.isListening && world.tasks.count == 2)
        #expect(world.failures.count == 1)
    }

    @Test func `who is taken down again and again is brought up once a second, then ever more rarely`() {
        var world = World()
        world.run(seconds: 1)
        for _ in 0..<6000 {
            if world.facts?.isUp == true { world.takeDown() }
            world.run(seconds: 0.1)
        }
        let times = world.tasks.map(\.at)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= World.second })
        #expect((20...30).contains(times.count), "\(times.count) in ten minutes")
        #expect(times.last! - times[times.count - 2] >= 60 * World.second)
        #expect(world.failures.last!.contains("takes it down again and again"))
        #expect(world.failures.last!.contains("docs/sharing-an-adapter.md"))
        world.run(seconds: 70)
        #expect(world.isListening)
    }

    @Test func `brought up by another program the scan is set up again`() {
        var world = World()
        world.run(seconds: 5)
        let before = world.armings
        world.bringUp()
        world.run(seconds: 1)
        #expect(world.armings == before + 1)
    }

    @Test func `kernel events of what it does itself are ignored`() {
        var world = World()
        world.facts?.isUp = false
        world.run(seconds: 0.05)
        #expect(world.supervisor.condition == .starting)
        world.carryOut(world.supervisor.happened(.down, at: world.now))
        world.carryOut(world.supervisor.happened(.up, at: world.now))
        world.run(seconds: 1)
        #expect(world.isListening)
        #expect(world.tasks.count == 1)
        #expect(world.armings == 1)
    }

    @Test func `sockets that cannot be opened are tried again`() {
        var world = World()
        world.openingProblem = .init(.other, "no buffers")
        world.run(seconds: 5)
        #expect(world.failures.allSatisfy { $0 == "no buffers" })
        #expect((4...7).contains(world.failures.count))
        world.openingProblem = .init(.denied, "needs CAP_NET_RAW")
        world.run(seconds: 100)
        #expect(world.failures.count { $0 == "needs CAP_NET_RAW" } <= 4)
        #expect(world.supervisor.condition == .recovering && world.supervisor.ongoingFailure == "needs CAP_NET_RAW")
        world.openingProblem = nil
        world.run(seconds: 31)
        #expect(world.isListening)
    }

    @Test func `without the right to bring it up it waits for somebody else to`() {
        var world = World()
        world.facts?.isUp = false
        world.problems[.bringUp] = .init(.denied, "needs CAP_NET_ADMIN")
        world.run(seconds: 60)
        #expect(world.failures.first == "cannot be brought up: needs CAP_NET_ADMIN")
        #expect(world.supervisor.condition == .down)
        #expect(world.tasks.count <= 3)
        world.bringUp()
        world.run(seconds: 0.5)
        #expect(world.isListening)
    }

    // MARK: rfkill

    @Test(arguments: [BluetoothAdapter.Radio.softBlocked, .hardBlocked])
    func `blocked by rfkill it waits, logs that once, and scans again soon after`(radio: BluetoothAdapter.Radio) {
        var world = World()
        world.run(seconds: 1)
        world.facts?.radio = radio
        world.takeDown()
        world.run(seconds: 60)
        #expect(world.supervisor.condition == .blocked)
        #expect(world.failures.count == 1)
        #expect(world.failures[0].hasPrefix("blocked by rfkill"))
        #expect(world.tasks.isEmpty)
        world.facts?.radio = .open
        world.run(seconds: 1)
        #expect(world.isListening)
    }

    @Test func `where it may, it unblocks the radio`() {
        var world = World(.init(scan: World.passive, mayUnblockRadio: true))
        world.facts = .init(index: 0, isUp: false, radio: .softBlocked)
        world.run(seconds: 1)
        #expect(world.tasks.map(\.task) == [.unblockRadio, .bringUp])
        #expect(world.isListening)
        #expect(world.supervisor.counters.unblocks == 1)
    }

    @Test func `who blocks the radio again and again is answered ever more rarely`() {
        var world = World(.init(scan: World.passive, mayUnblockRadio: true))
        world.run(seconds: 1)
        for _ in 0..<3000 {
            if world.facts?.isUp == true {
                world.facts?.radio = .softBlocked
                world.takeDown()
            }
            world.run(seconds: 0.2)
        }
        #expect(world.tasks.count { $0.task == .unblockRadio } <= 30)
    }

    @Test func `an unblocking that is refused is logged, and the radio's state waited for`() {
        var world = World(.init(scan: World.passive, mayUnblockRadio: true))
        world.facts = .init(index: 0, isUp: false, radio: .softBlocked)
        world.problems[.unblockRadio] = .init(.denied, "not allowed")
        world.run(seconds: 10)
        #expect(world.failures.contains("not allowed"))
        world.facts?.radio = .open
        world.run(seconds: 2)
        #expect(world.isListening)
    }

    // MARK: Stop

    @Test func `stopping switches the scan off and closes`() {
        var world = World()
        world.run(seconds: 1)
        world.stop()
        #expect(world.supervisor.isStopped)
        #expect(!world.isScanning)
        #expect(!world.hasSockets)
        #expect(world.supervisor.condition == .stopped)
        #expect(world.supervisor.deadline(at: world.now) == nil)
    }

    @Test func `stopping a hung controller takes a second at most`() {
        var world = World()
        world.run(seconds: 1)
        world.isHung = true
        world.stop()
        #expect(!world.supervisor.isStopped)
        world.run(seconds: 1)
        #expect(world.supervisor.isStopped)
        #expect(!world.hasSockets)
    }

    @Test func `stopping without an adapter, and while an task runs, takes no time`() {
        var absent = World()
        absent.facts = nil
        absent.run(seconds: 1)
        absent.stop()
        #expect(absent.supervisor.isStopped)
        var busy = World()
        busy.facts?.isUp = false
        busy.run(seconds: 0.05)
        busy.stop()
        #expect(busy.supervisor.isStopped)
        busy.run(seconds: 10)
        #expect(busy.supervisor.isStopped && !busy.hasSockets)
    }

    @Test func `unplugged or lost while stopping it is stopped`() {
        var world = World()
        world.run(seconds: 1)
        world.isHung = true
        world.stop()
        var other = world
        world.unplug()
        #expect(world.supervisor.isStopped && !world.hasSockets)
        other.carryOut(other.supervisor.lost("gone", at: other.now))
        #expect(other.supervisor.isStopped && !other.hasSockets)
    }
}
