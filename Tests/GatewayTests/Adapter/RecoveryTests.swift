import Bluetooth
import Gateway
import Testing

/// The recoverySteps: which step follows which fault, and what ends it.
@Suite struct RecoveryTests {
    typealias World = SupervisedAdapter

    private static let usb = BluetoothAdapter(index: 0, isUp: true, bus: .usb)

    @Test func `a controller that hangs climbs the recoverySteps to its end, and goes on being tried`() {
        var world = World()
        world.facts = Self.usb
        world.rate = 100
        world.run(seconds: 20)
        world.isHung = true
        world.problems[.powerCycle] = .init(.other, "timed out")
        let hung = world.now
        world.run(seconds: 60)
        #expect(world.supervisor.condition == .beyondRepair)
        #expect(Array(world.tasks.map(\.task).prefix(2)) == [.powerCycle, .resetUSB])
        #expect(world.failures.contains { $0.hasPrefix("adapter needs a power cycle: ") })
        for step in ["; switching it off and on", "; resetting the USB device"] { #expect(world.failures.contains { $0.hasSuffix(step) }) }
        // Quiet for 1 s, seen a second later, and 3 s for the answer.
        let noticed = world.log.first { if case .failure = $0.line { true } else { false } }!.at
        #expect(noticed - hung <= 5 * World.second)
        let tasks = world.tasks.count
        world.run(seconds: 600)
        #expect(world.tasks.count - tasks < 30)
        world.isHung = false
        world.problems = [:]
        world.run(seconds: 31)
        #expect(world.isListening)
        world.run(seconds: 11)
        #expect(world.supervisor.condition == .scanning)
        #expect(world.supervisor.counters.powerCycles > 1)
        #expect(world.supervisor.counters.usbResets == 1)
        #expect(world.supervisor.counters.recoveries > 3)
    }

    @Test func `a command without an answer is a fault after three seconds`() {
        var world = World()
        world.isHung = true
        world.run(seconds: 2.9)
        #expect(world.failures.isEmpty)
        world.run(seconds: 0.2)
        #expect(world.failures == ["no answer to Read Local Supported Commands within 3 s; setting the scan up again"])
        #expect(world.supervisor.condition == .recovering)
    }

    @Test func `a hang that a power cycle heals is over after it`() {
        var world = World()
        world.rate = 10
        world.run(seconds: 20)
        world.isHung = true
        world.healedBy = .powerCycle
        world.run(seconds: 20)
        #expect(world.isListening)
        #expect(world.tasks.map(\.task) == [.powerCycle])
        #expect(world.failureEnds.count == 2)
        world.run(seconds: 10)
        // What helped may be tried again when it is needed again.
        world.isHung = true
        world.run(seconds: 20)
        #expect(world.tasks.map(\.task) == [.powerCycle, .powerCycle])
    }

    @Test func `a hang that a USB reset heals is over when the device is back`() {
        var world = World()
        world.facts = Self.usb
        world.run(seconds: 1)
        world.isHung = true
        world.problems[.powerCycle] = .init(.other, "timed out")
        world.healedBy = .resetUSB
        world.run(seconds: 25)
        #expect(world.isListening)
        #expect(world.supervisor.counters.usbResets == 1)
    }

    @Test func `a USB reset makes the device vanish, which is no new beginning`() {
        var world = World()
        world.facts = Self.usb
        world.isHung = true
        world.problems[.powerCycle] = .init(.other, "timed out")
        world.run(seconds: 0.1)
        while world.tasks.last?.task != .resetUSB { world.run(seconds: 0.05) }
        world.unplug()
        #expect(world.supervisor.condition == .recovering)
        world.run(seconds: 1)
        #expect(!world.failures.contains("has been unplugged"))
        world.plug(index: 0)
        world.facts?.bus = .usb
        world.run(seconds: 60)
        #expect(world.supervisor.counters.usbResets == 1)
        #expect(world.supervisor.condition == .beyondRepair)
    }

    @Test func `a USB reset that brings the device back under another name is followed`() {
        var world = World()
        world.facts = Self.usb
        world.isHung = true
        world.problems[.powerCycle] = .init(.other, "timed out")
        world.run(seconds: 0.1)
        while world.tasks.last?.task != .resetUSB { world.run(seconds: 0.05) }
        world.unplug()
        world.plug(index: 1)
        #expect(world.supervisor.condition == .recovering)
        world.isHung = false
        world.run(seconds: 1)
        #expect(world.isListening && world.supervisor.index == 1)
        #expect(world.tasks.last?.task == .bringUp)
    }

    /// The kernel can keep whoever brings an adapter up for ever.
    @Test func `a step that never comes to its end is said, and its end is waited for`() {
        var world = World()
        world.facts?.isUp = false
        world.backgroundTaskTimeout = 100 * World.second
        world.run(seconds: 29)
        #expect(world.failures.isEmpty && world.supervisor.condition == .starting)
        world.run(seconds: 2)
        #expect(world.failures == ["adapter needs a power cycle: bringing it up has not finished within 30 s; still waiting"])
        #expect(world.supervisor.condition == .beyondRepair)
        world.run(seconds: 60)
        #expect(world.failures.count == 3 && world.tasks.count == 1)
        world.run(seconds: 10)
        #expect(world.isListening)
        world.run(seconds: 11)
        #expect(world.supervisor.condition == .scanning)
    }

    @Test func `a quiet controller is probed, in a quiet room ever more rarely`() {
        var world = World()
        world.rate = 10
        world.run(seconds: 30)
        // One is part of setting up the scan.
        #expect(world.opcodes().count { $0 == .leReadLocalSupportedFeatures } == 1)
        world.rate = 0
        let quiet = world.now
        world.run(seconds: 50)
        let questions = world.commands.filter { $0.at >= quiet && $0.command.opcode == .leReadLocalSupportedFeatures }.map(\.at)
        #expect(questions.first! - quiet <= 2 * World.second)
        #expect(zip(questions, questions.dropFirst()).map { ($1 - $0) / World.second } == [2, 4, 8, 8, 8, 8, 8])
    }

    @Test func `what is being done about a fault is known until it is over`() {
        var world = World()
        world.refusals = [.leSetScanEnable: 0x0C]
        world.run(seconds: 1.5)
        #expect(world.supervisor.condition == .recovering)
        #expect(world.supervisor.ongoingFailure == world.failures.last)
        world.refusals = [:]
        world.run(seconds: 1)
        #expect(world.supervisor.condition == .scanning && world.supervisor.ongoingFailure == nil)
    }

    @Test func `what the configuration does not allow is not done`() {
        var world = World(.init(scan: World.passive, mayPowerCycle: false, mayResetUSB: false))
        world.facts = Self.usb
        world.isHung = true
        world.run(seconds: 120)
        #expect(world.tasks.isEmpty)
        #expect(world.supervisor.condition == .beyondRepair)
        world.isHung = false
        world.run(seconds: 32)
        #expect(world.isListening)
    }

    @Test func `an adapter that comes to itself while it is waited for is used at once`() {
        var world = World(.init(scan: World.passive, mayPowerCycle: false))
        world.isHung = true
        world.run(seconds: 100)
        #expect(world.supervisor.condition == .beyondRepair)
        world.isHung = false
        // The answer to a command that was given up long ago.
        let answer: [UInt8] = []
        while world.supervisor.condition == .beyondRepair, world.hasSockets {
            world.carryOut(world.supervisor.completed(.reset, status: 0, parameters: answer.span.bytes, at: world.now, heard: 0))
            world.run(seconds: 0.1)
        }
        #expect(world.isListening)
    }

    @Test(arguments: [0x0C, 0x01, 0x12, 0x1F] as [UInt8])
    func `refused parameters are tried again each second, then after a power cycle`(status: UInt8) {
        var world = World()
        world.refusals = [.leSetScanParameters: status]
        world.run(seconds: 2.5)
        #expect(world.tasks.isEmpty)
        #expect(world.failures.allSatisfy { $0.hasPrefix("LE Set Scan Parameters refused") })
        world.run(seconds: 3)
        #expect(world.tasks.map(\.task) == [.powerCycle])
        world.refusals = [:]
        world.run(seconds: 2)
        #expect(world.isListening)
    }

    @Test func `a refusal that passes is over within a second, without a power cycle`() {
        var world = World()
        world.refusals = [.leSetScanEnable: 0x0C]
        world.run(seconds: 1.5)
        world.refusals = [.leSetScanParameters: 0x0C]
        world.run(seconds: 0.1)
        world.refusals = [:]
        world.run(seconds: 1.1)
        #expect(world.isListening)
        #expect(world.tasks.isEmpty)
    }

    @Test func `an adapter that cannot be brought up climbs the recoverySteps`() {
        var world = World()
        world.facts = .init(index: 0, isUp: false, bus: .usb)
        world.problems = [.bringUp: .init(.other, "timed out"), .powerCycle: .init(.other, "timed out")]
        world.run(seconds: 30)
        #expect(Set(world.tasks.map(\.task)) == [.bringUp, .powerCycle, .resetUSB])
        #expect(world.supervisor.condition == .beyondRepair)
        world.problems = [:]
        world.run(seconds: 64)
        #expect(world.isListening)
    }

    @Test func `an task on an adapter that has gone is no fault`() {
        var world = World()
        world.facts?.isUp = false
        world.problems[.bringUp] = .init(.gone, "no such device")
        world.run(seconds: 0.05)
        world.facts = nil
        world.run(seconds: 1)
        #expect(world.supervisor.condition == .absent)
        #expect(world.supervisor.counters.recoveries == 0)
    }

    // MARK: Silence

    @Test func `in silence there is exactly one step each period`() {
        var world = World()
        world.facts = Self.usb
        world.run(seconds: 1)
        var steps: [UInt64] = []
        for _ in 0..<8 {
            let before = world.supervisor.counters.recoveries
            world.run(seconds: 90.5)
            steps.append(world.supervisor.counters.recoveries - before)
        }
        #expect(steps == [1, 1, 1, 1, 1, 1, 1, 1])
        #expect(world.tasks.map(\.task) == [.powerCycle, .resetUSB, .bringUp])
        // Nobody knows whether the room is quiet or the antenna broken: no word of a power cycle that is needed.
        #expect(!world.failures.contains { $0.hasPrefix("adapter needs") })
        #expect(world.supervisor.condition == .silent)
    }

    @Test func `the first silence is no fault`() {
        var world = World()
        world.run(seconds: 100)
        #expect(world.failures.isEmpty)
        let inform = world.log.compactMap { if case .info(let text) = $0.line { text } else { nil } }
        #expect(inform == ["no advertisement received for 90 s; setting the scan up again"])
        #expect(world.armings == 2)
    }

    @Test func `silence ends with the first advertisement, and the recoverySteps begins anew`() {
        var world = World()
        world.run(seconds: 300)
        #expect(world.supervisor.condition == .silent)
        world.rate = 10
        world.run(seconds: 10)
        #expect(world.supervisor.condition == .scanning)
        #expect(world.failureEnds.last == "receives advertisements again")
        world.rate = 0
        let tasks = world.tasks.count
        world.run(seconds: 125)
        #expect(world.tasks.count == tasks)
        #expect(world.supervisor.condition == .silent)
    }

    @Test func `an adapter that hears something now and then is left alone`() {
        var world = World()
        world.run(seconds: 1)
        for _ in 0..<20 {
            world.run(seconds: 85)
            world.heard += 1
        }
        #expect(world.armings == 1)
        #expect(world.supervisor.counters.recoveries == 0)
    }

    @Test func `without a silence watchdog silence is no reason`() {
        var world = World(.init(scan: World.passive, silence: 0))
        world.run(seconds: 1000)
        #expect(world.armings == 1)
        // In a quiet room every eight seconds somebody asks, and three are for the answer.
        world.isHung = true
        world.run(seconds: 11)
        #expect(world.supervisor.condition == .recovering)
    }

    @Test func `other times of the watchdog count`() {
        var world = World(.init(scan: World.passive, silence: 5 * World.second, check: World.second))
        world.run(seconds: 6.5)
        #expect(world.armings == 2)
        world.run(seconds: 5)
        #expect(world.supervisor.counters.rearms == 1)
        #expect(world.tasks.map(\.task) == [.powerCycle])
    }
}
