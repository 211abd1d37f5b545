import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// Beside other programs: interference, and the ways to share an adapter.
@Suite struct SharingTests {
    typealias World = SupervisedAdapter

    @Test(arguments: [
        Opcode.leSetScanEnable, .leSetScanParameters, .leSetExtendedScanEnable, .leSetExtendedScanParameters,
    ])
    func `a scan that another program changes is set up again within a second`(opcode: Opcode) {
        var world = World()
        world.run(seconds: 5)
        world.foreign(opcode)
        world.run(seconds: 0.7)
        #expect(world.isListening)
        #expect(world.armings == 2)
        #expect(world.supervisor.counters.interferences == 1)
        #expect(world.supervisor.counters.recoveries == 0)
        #expect(world.failures.isEmpty)
    }

    @Test func `a controller that another program has reset is switched off and on, for it has forgotten its event masks`() {
        var world = World()
        world.run(seconds: 5)
        world.foreign(.reset)
        world.run(seconds: 1)
        #expect(world.isListening)
        #expect(world.tasks.map(\.task) == [.powerCycle])
        #expect(world.failures == ["another program has reset the controller; switching it off and on"])
        var gentle = World(.init(scan: World.passive, mayPowerCycle: false))
        gentle.run(seconds: 5)
        gentle.foreign(.reset)
        gentle.run(seconds: 1)
        #expect(gentle.isListening && gentle.tasks.isEmpty)
    }

    @Test func `a reset that belongs to somebody's bringing it up is only answered with a new scan`() {
        var world = World()
        world.run(seconds: 5)
        world.foreign(.reset)
        world.bringUp()
        world.run(seconds: 1)
        #expect(world.isListening && world.tasks.isEmpty)
    }

    @Test func `commands that leave the scan alone are no interference`() {
        var world = World()
        world.run(seconds: 5)
        world.foreign(.leReadLocalSupportedFeatures)
        world.foreign(.leClearFilterAcceptList)
        world.foreign(Opcode(rawValue: 0x200D))
        world.run(seconds: 2)
        #expect(world.armings == 1)
    }

    @Test func `a row of another program's commands is answered once`() {
        var world = World()
        world.run(seconds: 5)
        for opcode in [Opcode.leSetScanEnable, .leSetScanParameters, .leSetScanEnable] {
            world.foreign(opcode)
            world.run(seconds: 0.05)
        }
        world.run(seconds: 1)
        #expect(world.armings == 2)
    }

    @Test func `interference while the scan is set up is answered afterwards`() {
        var world = World()
        world.run(seconds: 5)
        world.isHung = true
        world.foreign(.reset)
        world.run(seconds: 0.3)
        world.foreign(.leSetScanEnable)
        world.isHung = false
        world.run(seconds: 5)
        #expect(world.isListening)
    }

    @Test func `two programs never chase each other`() {
        var world = World()
        world.rate = 10
        world.run(seconds: 1)
        var answers: [UInt64] = []
        for _ in 0..<6000 {
            let before = world.armings
            world.run(seconds: 0.1)
            if world.armings > before { answers.append(world.now) }
            if world.isScanning { world.foreign(.leSetScanEnable) }
        }
        #expect((20...35).contains(answers.count), "\(answers.count) in ten minutes")
        // A tenth of a second is the grain of this test.
        #expect(zip(answers, answers.dropFirst()).allSatisfy { $1 - $0 >= World.second * 7 / 10 })
        #expect(world.failures.contains { $0.contains("another program changes the scan again and again") })
        #expect(world.failures.contains { $0.contains("docs/sharing-an-adapter.md") })
        world.run(seconds: 200)
        #expect(world.isListening)
        #expect(world.failureEnds.last == "no other program changes the scan any more")
        // Forgiven.
        world.foreign(.leSetScanEnable)
        world.run(seconds: 1)
        #expect(world.isListening)
    }

    @Test func `a neighbour that comes again at the worst moment is answered within a second all the same`() {
        var world = World()
        world.rate = 10
        world.run(seconds: 5)
        world.foreign(.leSetScanEnable)
        while world.armings < 2 { world.run(seconds: 0.01) }
        world.foreign(.leSetScanEnable)
        world.run(seconds: 0.9)
        #expect(world.isListening && world.armings == 3)
    }

    @Test func `a neighbour that changes the scan now and then is always answered at once`() {
        var world = World()
        world.rate = 10
        world.run(seconds: 1)
        for turn in 0..<200 {
            world.run(seconds: turn % 2 == 0 ? 10.2 : 5)
            world.foreign(.leSetScanEnable)
            world.run(seconds: 0.7)
            #expect(world.isListening)
        }
        #expect(world.failures.isEmpty)
    }

    // MARK: Searches of other programs

    @Test func `while another program searches for devices our scan is active, and then passive again`() {
        var world = World()
        world.rate = 10
        world.run(seconds: 5)
        world.foreign(.leSetScanEnable)
        world.discovering(true)
        world.run(seconds: 0.7)
        #expect(world.isListening && world.armings == 2 && world.lastScanType == 1)
        world.run(seconds: 2)
        world.foreign(.leSetScanEnable)
        world.discovering(false)
        world.run(seconds: 0.7)
        #expect(world.isListening && world.armings == 3 && world.lastScanType == 0)
        #expect(world.management.isEmpty)
    }

    @Test func `a search is ended when its time is over, for the kernel's timer does not any more`() {
        var world = World()
        world.rate = 10
        world.run(seconds: 5)
        world.discovering(true)
        world.run(seconds: 10)
        #expect(world.management.isEmpty)
        world.run(seconds: 0.3)
        // Stop Discovery: | 2 opcode | 2 index | 2 length | 1 Address_Type |
        #expect(world.management.map(\.packet) == [[0x24, 0, 0, 0, 1, 0, 6]])
        world.discovering(false)
        world.run(seconds: 2)
        #expect(world.isListening && world.lastScanType == 0)
        // A day of searches, as bluetoothd makes them, is no fight.
        for _ in 0..<100 {
            world.discovering(true)
            world.run(seconds: 10.3)
            world.discovering(false)
            world.run(seconds: 5)
            #expect(world.isListening)
        }
        #expect(world.failures.isEmpty && world.management.count == 101)
    }

    @Test func `an active scan of our own and an exclusive one need not follow searches`() {
        var world = World(.init(scan: World.passive, access: .exclusive))
        world.run(seconds: 5)
        world.discovering(true)
        world.run(seconds: 20)
        #expect(world.armings == 1 && world.management.isEmpty)
    }

    // MARK: Mixed mode

    @Test func `mixed mode scans actively for a while in each period`() {
        let schedule = ScanSchedule(period: 60 * World.second, active: 5 * World.second)
        var world = World(.init(scan: World.passive, mixed: schedule))
        world.rate = 10
        world.run(seconds: 124)
        // LE_Scan_Type is the first parameter.
        let modes = world.commands.filter { $0.command.opcode == .leSetScanParameters }.map { ($0.at, $0.command.parameters[0]) }
        #expect(modes.map(\.1) == [1, 0, 1, 0, 1])
        #expect((modes[1].0 - modes[0].0) / 100_000_000 == 49 || (modes[1].0 - modes[0].0) / 100_000_000 == 50)
        #expect((modes[2].0 - modes[0].0) / World.second == 59 || (modes[2].0 - modes[0].0) / World.second == 60)
        #expect(world.failureEnds == ["scanning actively (legacy)"])
        #expect(world.supervisor.counters == .init())
    }

    @Test func `in mixed mode silence is noticed all the same`() {
        let schedule = ScanSchedule(period: 60 * World.second, active: 5 * World.second)
        var world = World(.init(scan: World.passive, mixed: schedule))
        world.run(seconds: 125)
        #expect(world.supervisor.counters.rearms == 1)
    }

    // MARK: The accept list

    private static func listing(_ count: Int) -> ScanParameters {
        var scan = World.passive
        scan.acceptList = (0..<count).map { ListedAddress(isRandom: true, address: DeviceAddress(UInt64($0))) }
        return scan
    }

    @Test func `listed devices are given to the controller`() {
        var world = World(.init(scan: Self.listing(3)))
        world.run(seconds: 1)
        #expect(world.opcodes().count { $0 == .leAddToFilterAcceptList } == 3)
        #expect(world.failureEnds == ["scanning passively (legacy, listed devices only)"])
        let parameters = world.commands.last { $0.command.opcode == .leSetScanParameters }!.command.parameters
        #expect(parameters.last == 1)
    }

    @Test func `more devices than the list has room for are not given to it`() {
        var world = World(.init(scan: Self.listing(9)))
        world.run(seconds: 1)
        #expect(!world.opcodes().contains(.leAddToFilterAcceptList))
        #expect(world.failureEnds == ["scanning passively (legacy)"])
    }

    @Test func `a list that is refused is done without`() {
        var world = World(.init(scan: Self.listing(3)))
        world.refusals = [.leAddToFilterAcceptList: 0x07]
        world.run(seconds: 1)
        #expect(world.isListening)
        #expect(world.failureEnds == ["scanning passively (legacy)"])
    }

    @Test func `beside another program the list is given up`() {
        var world = World(.init(scan: Self.listing(3)))
        world.run(seconds: 1)
        world.foreign(.leAddToFilterAcceptList)
        world.run(seconds: 1)
        let parameters = world.commands.last { $0.command.opcode == .leSetScanParameters }!.command.parameters
        #expect(parameters.last == 0)
    }

    // MARK: mgmt

    @Test func `in management mode the kernel scans`() {
        var world = World(.init(scan: World.passive, access: .management))
        world.rate = 10
        world.run(seconds: 200)
        #expect(world.supervisor.condition == .scanning)
        #expect(world.commands.isEmpty)
        // Set Default System Configuration, Add Advertisement Patterns Monitor
        #expect(world.management.map { $0.packet[0] } == [0x4C, 0x52])
        world.foreign(.leSetScanEnable)
        world.run(seconds: 2)
        #expect(world.management.count == 2)
        world.stop()
        #expect(world.supervisor.isStopped)
        // Remove Advertisement Monitor: | 2 opcode | 2 index | 2 length | 2 handle |
        #expect(world.management.last!.packet == [0x53, 0x00, 0x00, 0x00, 0x02, 0x00, 0x07, 0x00])
    }

    @Test func `in management mode a controller that hangs is noticed, too, and no scan command is sent`() {
        var world = World(.init(scan: World.passive, access: .management))
        world.rate = 10
        world.run(seconds: 20)
        world.isHung = true
        world.run(seconds: 5)
        #expect(world.failures == ["no answer to LE Read Local Supported Features within 3 s; setting the scan up again"])
        world.run(seconds: 5)
        #expect(world.tasks.map(\.task) == [.powerCycle])
        world.isHung = false
        world.run(seconds: 5)
        #expect(world.supervisor.condition == .scanning)
        world.stop()
        #expect(world.supervisor.isStopped)
        #expect(Set(world.opcodes()) == [.leReadLocalSupportedFeatures])
    }

    @Test func `in management mode silence replaces the monitor`() {
        var world = World(.init(scan: World.passive, access: .management))
        world.run(seconds: 100)
        #expect(world.management.map { $0.packet[0] } == [0x4C, 0x52, 0x53, 0x4C, 0x52])
        // Switched off and on, the kernel still has the monitor.
        world.run(seconds: 100)
        #expect(world.tasks.map(\.task) == [.powerCycle])
        #expect(world.management.map { $0.packet[0] } == [0x4C, 0x52, 0x53, 0x4C, 0x52, 0x53, 0x4C, 0x52])
    }

    @Test func `a kernel that refuses a monitor climbs the recoverySteps`() {
        var world = World(.init(scan: World.passive, access: .management))
        world.managementStatus = 0x03
        world.run(seconds: 5)
        #expect(world.failures.first!.hasPrefix("the kernel refuses an advertisement monitor (management status 3)"))
        #expect(world.tasks.map(\.task) == [.powerCycle])
        world.managementStatus = nil
        world.run(seconds: 30)
        #expect(world.failures.last!.contains("no answer from the kernel's management interface"))
        world.stop()
        world.run(seconds: 1)
        #expect(world.supervisor.isStopped)
    }

    @Test func `a monitor whose removal is not answered is left behind after a second`() {
        var world = World(.init(scan: World.passive, access: .management))
        world.run(seconds: 1)
        world.managementStatus = nil
        world.stop()
        #expect(!world.supervisor.isStopped)
        world.run(seconds: 1)
        #expect(world.supervisor.isStopped)
    }

    // MARK: exclusive

    @Test func `an exclusive adapter is taken down first, and initialised`() {
        var world = World(.init(scan: World.passive, access: .exclusive))
        world.run(seconds: 1)
        #expect(world.tasks.map(\.task) == [.takeDown, .takeOver])
        #expect(Array(world.opcodes().prefix(3)) == [.reset, .setEventMask, .leSetEventMask])
        #expect(world.isListening)
        #expect(world.log.contains { if case .info(let text) = $0.line { text.contains("exclusive use") } else { false } })
        // News of its own doing.
        world.carryOut(world.supervisor.happened(.down, at: world.now))
        world.carryOut(world.supervisor.happened(.up, at: world.now))
        world.run(seconds: 2)
        #expect(world.armings == 1)
        #expect(world.isListening)
    }

    @Test func `an exclusive adapter that is down already is only taken over`() {
        var world = World(.init(scan: World.passive, access: .exclusive))
        world.facts?.isUp = false
        world.run(seconds: 1)
        #expect(world.tasks.map(\.task) == [.takeOver])
        #expect(world.isListening)
    }

    @Test func `taking over a controller that hangs is a background task, which is reported as late`() {
        var world = World(.init(scan: World.passive, access: .exclusive))
        world.facts?.isUp = false
        world.backgroundTaskTimeout = 100 * World.second
        world.run(seconds: 31)
        #expect(world.failures.contains { $0.contains("taking it over has not finished within 30 s") })
        world.stop()
        #expect(world.supervisor.isStopped)
        // What comes of it now is nobody's concern.
        world.run(seconds: 100)
        #expect(world.supervisor.isStopped && !world.hasSockets)
    }

    // MARK: Answers out of place

    @Test func `an answer of the management interface that comes after the adapter went down does not make it scan`() {
        var world = World(.init(scan: World.passive, access: .management))
        world.managementStatus = nil
        world.run(seconds: 0.1)
        world.answer(world.management[0].packet)
        world.takeDown()
        world.answer(world.management[1].packet)
        #expect(!world.hasSockets && world.supervisor.condition != .scanning)
        world.managementStatus = 0
        world.run(seconds: 5)
        #expect(world.isListening)
    }

    @Test func `late, doubled and foreign answers leave no adapter that claims to scan and does not`() {
        for seed in UInt64(0)..<500 {
            var chance = SplitMix64(seed: seed)
            let access: AdapterSupervisor.Access = seed % 2 == 0 ? .management : .raw
            var world = World(.init(scan: World.passive, access: access))
            for _ in 0..<30 {
                switch UInt8.random(in: 0..<10, using: &chance) {
                case 0: world.takeDown()
                case 1: if world.facts?.isUp == false { world.bringUp() }
                case 2: if world.facts != nil { world.unplug() }
                case 3: if world.facts == nil { world.plug(index: 0) }
                case 4: world.managementStatus = [0, nil, 3].randomElement(using: &chance)!
                case 5, 6:
                    guard let packet = world.management.randomElement(using: &chance)?.packet else { continue }
                    world.answer(packet, status: [0, 0, 3].randomElement(using: &chance)!)
                case 7:
                    guard access == .raw, let command = world.commands.randomElement(using: &chance)?.command else { continue }
                    world.foreign(command.opcode)
                case 8: world.isHung.toggle()
                default: break
                }
                #expect(world.supervisor.condition != .scanning || world.hasSockets, "seed \(seed)")
                world.run(seconds: Double.random(in: 0..<4, using: &chance))
                #expect(world.supervisor.condition != .scanning || world.hasSockets, "seed \(seed)")
            }
            if world.facts == nil { world.plug(index: 0) }
            world.managementStatus = 0
            world.isHung = false
            world.rate = 10
            world.run(seconds: 150)
            #expect(world.isListening, "seed \(seed): \(world)")
        }
    }

    @Test func `while the adapters cannot be listed nothing is due before the next attempt`() {
        var supervisor = AdapterSupervisor(.init(scan: World.passive), seed: 1, at: World.second)
        #expect(supervisor.tick(at: World.second, heard: 0) == [.checkAdapters])
        supervisor.checkFailed(until: 6 * World.second)
        #expect(supervisor.deadline(at: World.second) == 6 * World.second)
        #expect(supervisor.tick(at: 2 * World.second, heard: 0) == [])
    }
}
