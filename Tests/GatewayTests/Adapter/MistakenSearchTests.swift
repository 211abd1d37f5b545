import Bluetooth
import Testing

@testable import Gateway

/// Beside a kernel that takes an active scan for a search for devices, as Linux 6.12 does.
@Suite struct MistakenSearchTests {
    typealias World = SupervisedAdapter

    private static let active = ScanParameters(
        isActive: true, interval: ScanTime(rawValue: 160), window: ScanTime(rawValue: 160), usesRandomAddress: false)
    // Stop Discovery: | 2 opcode | 2 index | 2 length | 1 Address_Type |
    private static let stop: [UInt8] = [0x24, 0, 0, 0, 1, 0, 6]

    private static func world(_ settings: AdapterSupervisor.Settings, _ order: World.Order) -> World {
        var world = World(settings)
        world.takesActiveScans = order
        world.rate = 10
        return world
    }

    @Test(arguments: [World.Order.searchFirst, .completionFirst])
    func `an active scan that is taken for a search goes on, and is told of once`(order: World.Order) {
        var world = Self.world(.init(scan: Self.active), order)
        world.run(seconds: 200)
        #expect(world.isListening && world.isFinding)
        #expect(world.armings == 1 && world.management.isEmpty && world.failures.isEmpty)
        #expect(world.supervisor.counters == .init())
        // Another program that is stopped by it, or what else happens, makes no second line.
        world.foreign(.leSetScanEnable)
        world.run(seconds: 20)
        let told = world.log.filter { if case .info(let text) = $0.line { text.contains("takes an active scan for a search") } else { false } }
        #expect(told.count == 1 && world.armings == 2)
    }

    @Test(arguments: [World.Order.searchFirst, .completionFirst])
    func `a scan that becomes passive ends the search that it was taken for, while it is off`(order: World.Order) {
        var world = Self.world(.init(scan: World.passive, mixed: ScanSchedule(period: 60 * World.second, active: 5 * World.second)), order)
        world.run(seconds: 4)
        #expect(world.isFinding && world.lastScanType == 1)
        world.run(seconds: 2)
        #expect(!world.isFinding && world.lastScanType == 0 && world.isListening)
        world.run(seconds: 118)
        #expect(world.isListening && world.isFinding && world.lastScanType == 1)
        #expect(world.management.map(\.packet) == [Self.stop, Self.stop])
        // Two windows and what is between them: nobody's scan was switched off by that.
        #expect(world.armings == 5 && world.supervisor.counters == .init() && world.failures.isEmpty)
    }

    @Test(arguments: [World.Order.searchFirst, .completionFirst])
    func `at the end of the scan the search that it was taken for ends, too`(order: World.Order) {
        for seconds in [0.01, 1, 20] {
            var world = Self.world(.init(scan: Self.active), order)
            world.run(seconds: seconds)
            #expect(world.isFinding)
            world.stop()
            world.run(seconds: 0.1)
            #expect(world.supervisor.isStopped && !world.isFinding && !world.isScanning)
            #expect(world.management.map(\.packet) == [Self.stop])
        }
    }

    @Test(arguments: [World.Order.searchFirst, .completionFirst])
    func `a program that ends it so as to search finds our scan passive until its own search has begun`(order: World.Order) {
        var world = Self.world(.init(scan: Self.active), order)
        world.run(seconds: 20)
        for turn in 0..<3 {
            // bluetoothd: Stop Discovery, which switches our scan off; after 5 s Start Discovery.
            if turn == 0 {
                #expect(world.isFinding && world.lastScanType == 1)
                world.foreign(.leSetScanEnable)
                world.discovering(false)
                world.run(seconds: 1)
            }
            #expect(world.isListening && world.lastScanType == 0 && !world.isFinding)
            world.run(seconds: 4)
            #expect(!world.isFinding)
            world.foreign(.leSetScanEnable)
            world.discovering(true)
            world.run(seconds: 1)
            #expect(world.isListening && world.lastScanType == 1)
            // Its time is over, and another is expected.
            world.run(seconds: 100)
        }
        #expect(world.failures.isEmpty)
        // Nobody searches any more.
        world.run(seconds: 480)
        #expect(world.lastScanType == 0 && !world.isFinding)
        world.run(seconds: 30)
        #expect(world.isListening && world.lastScanType == 1 && world.isFinding)
        // Nobody searches after all.
        world.foreign(.leSetScanEnable)
        world.discovering(false)
        world.run(seconds: 10)
        #expect(world.lastScanType == 0)
        world.run(seconds: 2)
        #expect(world.isListening && world.lastScanType == 1 && world.isFinding)
    }

    @Test func `a kernel that does not end it is waited for 0.3 s`() {
        var world = Self.world(.init(scan: World.passive, mixed: ScanSchedule(period: 60 * World.second, active: 5 * World.second)), .searchFirst)
        world.run(seconds: 1)
        world.answersStops = false
        world.run(seconds: 4.2)
        #expect(!world.isScanning)
        world.run(seconds: 0.2)
        #expect(world.isListening && world.lastScanType == 0)
        var ending = Self.world(.init(scan: Self.active), .completionFirst)
        ending.run(seconds: 1)
        ending.answersStops = false
        ending.stop()
        #expect(!ending.supervisor.isStopped)
        ending.run(seconds: 0.4)
        #expect(ending.supervisor.isStopped)
    }

    @Test func `another program's search is told from it by the commands that it sends`() {
        for order in [World.Order.searchFirst, .completionFirst] {
            var world = Self.world(.init(scan: World.passive), order)
            world.run(seconds: 5)
            world.foreign(.leSetScanEnable)
            world.discovering(true)
            world.run(seconds: 1)
            #expect(world.isListening && world.lastScanType == 1 && world.management.isEmpty)
            // It is over after its time, and the scan is passive again.
            world.run(seconds: 12)
            #expect(world.isListening && world.lastScanType == 0 && !world.isFinding)
            #expect(world.management.map(\.packet) == [Self.stop])
        }
    }

    @Test func `a search whose end crosses our switching on ends all the same`() {
        var world = Self.world(.init(scan: World.passive), .searchFirst)
        world.run(seconds: 5)
        world.foreign(.leSetScanEnable)
        world.discovering(true)
        // The other program ends it while our active scan is set up, which is then taken for another.
        while world.lastScanType != 1 { world.run(seconds: 0.01) }
        world.foreign(.leSetScanEnable)
        world.discovering(false)
        world.run(seconds: 15)
        #expect(world.isListening && world.lastScanType == 0 && !world.isFinding, "\(world)")
    }

    @Test func `a daemon that ends during another program's search ends that as well, whose timer it has stopped`() {
        var world = World()
        world.takesActiveScans = .completionFirst
        world.run(seconds: 5)
        world.foreign(.leSetScanEnable)
        world.discovering(true)
        world.run(seconds: 2)
        world.stop()
        world.run(seconds: 0.1)
        #expect(world.supervisor.isStopped && !world.isFinding)
    }

    @Test func `a search of before our time, whose timer the first scan stops, ends before that scan begins`() {
        var world = World()
        world.isFinding = true
        world.run(seconds: 1)
        #expect(world.isListening && !world.isFinding)
        // Stop Discovery of each kind: interleaved, LE, and what Linux 6.12 calls its mistake before there was any search.
        #expect(world.introduction.map { $0[6] } == [7, 6, 0])
        world.takeDown()
        world.run(seconds: 5)
        #expect(world.isListening && world.introduction.count == 3 && world.management.isEmpty)
        // Who may not ask is not answered, and scans after 0.3 s.
        var mute = World()
        mute.answersStops = false
        mute.run(seconds: 0.4)
        #expect(mute.isListening)
    }

    @Test func `a search of Bluetooth Classic that begins without a scan is followed as any other`() {
        var world = World(.init(scan: Self.active))
        world.rate = 10
        world.run(seconds: 5)
        world.discovering(true)
        world.run(seconds: 10.5)
        #expect(world.management.map(\.packet) == [Self.stop])
    }
}
