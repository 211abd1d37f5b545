import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// An intake, and what was taken out of it.
final class Door {
    private var intake: Intake
    private let buffer = RecordBuffer()
    /// By adapter.
    private(set) var popped = Tally()

    init(
        ringSize: Int = 65_536, isOpen: Bool = true, filter: AdvertisementFilter = AdvertisementFilter(),
        identities: consuming IdentityTable? = nil, thinning: consuming ThinningTable? = nil
    ) {
        intake = Intake(ringSize: ringSize, filterStage: FilterStage(identities: identities, filter: filter, thinning: thinning))
        intake.isOpen = isOpen
    }

    var counters: IntakeCounters { intake.counters }
    var queued: Int { intake.queued }
    var devices: Int { intake.devices }
    var hasOpenFragments: Bool { intake.counters.fragmentsOpen > 0 }
    var hasRoomForAnyEvent: Bool { intake.hasRoomForAnyEvent }
    var isOpen: Bool {
        get { intake.isOpen }
        set { intake.isOpen = newValue }
    }

    /// Both identities of `IntakeCounters`, the one for each adapter.
    var isBalanced: Bool {
        let now = counters
        return now.reports == now.received.total + now.fragmentsJoined + now.fragmentsOpen
            && now.received == now.filtered + now.thinned + now.droppedRingFull + now.droppedOffline + now.queued + popped
    }

    func take(_ event: [UInt8], at now: UInt64 = 0, adapter: UInt8 = 0) {
        intake.take(event: event.span.bytes, stamp(now), adapter: adapter)
    }
    func takeDamaged() { intake.takeMalformedEvent() }
    func expire(at now: UInt64) { intake.expireFragments(at: now) }
    func flush() { intake.flushFragments() }
    func beginInterval() { intake.beginInterval() }
    func removeAll() -> Tally { intake.removeAll() }
    func replace(filterStage: consuming FilterStage) { intake.replace(filterStage: filterStage) }

    func pop() -> (advertisement: Advertisement, data: [UInt8])? {
        guard let record = intake.pop(into: buffer.memory) else { return nil }
        popped.add(record.advertisement.adapter)
        return (record.advertisement, buffer.prefix(record.length))
    }
}

@Suite struct IntakeTests {
    @Test func `the reports of an event are queued one by one`() throws {
        let door = Door()
        door.take(legacyEvent(legacyReport(1, data: [2, 1, 6]), legacyReport(2, type: 4, data: [], rssi: 127)), at: 5_000, adapter: 3)
        let first = try #require(door.pop())
        #expect(first.advertisement.report.address == DeviceAddress(1) && first.data == [2, 1, 6] && first.advertisement.report.rssi == -50)
        #expect(first.advertisement.unixMicroseconds == 5 && first.advertisement.received == 5_000 && first.advertisement.adapter == 3)
        #expect(first.advertisement.report.eventType == .advInd && !first.advertisement.isTruncated)
        let second = try #require(door.pop())
        #expect(second.advertisement.report.address == DeviceAddress(2) && second.data == [] && second.advertisement.report.rssi == nil)
        #expect(second.advertisement.report.eventType == .scanResponse)
        #expect(door.pop() == nil)
        #expect(door.counters.events == 1 && door.counters.reports == 2 && door.counters.received.total == 2 && door.isBalanced)
    }

    @Test func `fragments count once together, and as open while they wait`() throws {
        let door = Door()
        door.take(extendedEvent(extendedReport(1, status: 1, data: [1]), extendedReport(1, status: 1, data: [2])))
        #expect(door.counters.reports == 2 && door.counters.received.total == 0 && door.counters.fragmentsOpen == 2)
        #expect(door.hasOpenFragments && door.isBalanced && door.queued == 0)
        door.take(extendedEvent(extendedReport(1, status: 0, data: [3])))
        #expect(try #require(door.pop()).data == [1, 2, 3])
        #expect(door.counters.received.total == 1 && door.counters.fragmentsJoined == 2 && door.counters.fragmentsOpen == 0)
        #expect(door.counters.fragmentsTruncated == 0 && !door.hasOpenFragments && door.isBalanced)
    }

    @Test func `fragments whose rest does not come go on, truncated, with the clock or with the next event`() throws {
        let door = Door()
        let fragment = extendedEvent(extendedReport(1, status: 1, data: [1]))
        door.take(fragment, at: 0)
        door.expire(at: second - 1)
        #expect(door.queued == 0)
        door.expire(at: second)
        #expect(try #require(door.pop()).advertisement.isTruncated)
        door.take(fragment, at: 2 * second)
        door.take(legacyEvent(legacyReport(2, data: [])), at: 3 * second)
        #expect(try #require(door.pop()).advertisement.report.address == DeviceAddress(1))
        door.take(fragment, at: 4 * second)
        door.flush()
        #expect(door.counters.fragmentsTruncated == 3 && door.queued == 2 && door.isBalanced)
    }

    @Test func `events without advertising reports are counted as unknown`() {
        let door = Door()
        door.take([0x04, 0x0E, 4, 1, 0x0C, 0x20, 0])  // Command Complete
        door.take([0x04, 0x3E, 1, 0x0A])  // LE Meta, another subevent
        door.take([0x04, 0x05, 0])  // Disconnection Complete
        #expect(door.counters.events == 3 && door.counters.unknownEvents == 3 && door.counters.badEvents == 0 && door.queued == 0)
    }

    @Test func `a malformed event is counted, and its reports before the malformed part are kept`() {
        let door = Door()
        let whole = legacyEvent(legacyReport(1, data: [1]), legacyReport(2, data: [2]))
        var cut = Array(whole.dropLast(3))
        cut[2] -= 3
        door.take(cut)
        #expect(door.counters.badEvents == 1 && door.counters.reports == 1 && door.pop()?.data == [1])
        door.take(Array(whole.dropLast()))
        door.take(whole + [0])
        door.take([])
        door.take([0x02, 0, 0])
        door.take(event(subevent: 0x02, []))
        #expect(door.counters.badEvents == 6 && door.counters.reports == 1)
        door.takeDamaged()
        #expect(door.counters.badEvents == 7 && door.counters.events == 7 && door.isBalanced)
    }

    @Test func `the filter sees advertisement and data, and what it refuses is counted`() {
        let door = Door(filter: AdvertisementFilter([denied(2), FilterRule(.deny, name: NamePattern("a"))]))
        door.take(legacyEvent(legacyReport(1, data: [1]), legacyReport(2, data: []), legacyReport(3, data: ad(0x09, "a"))))
        #expect(door.counters.filtered.total == 2 && door.counters.received.total == 3 && door.queued == 1 && door.isBalanced)
    }

    @Test func `a closed intake keeps nothing, and closing it drops what waits`() {
        let door = Door(isOpen: false)
        let event = legacyEvent(legacyReport(1, data: []))
        door.take(event)
        #expect(door.counters.droppedOffline.total == 1 && door.queued == 0)
        door.isOpen = true
        for _ in 0..<3 { door.take(event) }
        #expect(door.queued == 3 && door.counters.droppedOffline.total == 1 && door.isOpen)
        door.isOpen = false
        #expect(door.queued == 0 && door.counters.droppedOffline.total == 4 && !door.isOpen && door.isBalanced)
        // What waits for its rest is not in the ring: it is dropped when it comes.
        door.take(extendedEvent(extendedReport(1, status: 1, data: [1])))
        #expect(door.counters.droppedOffline.total == 4)
        door.flush()
        #expect(door.counters.droppedOffline.total == 5 && door.isBalanced)
    }

    @Test func `a filtered advertisement is filtered even while the intake is closed`() {
        let door = Door(isOpen: false, filter: AdvertisementFilter(default: .deny))
        door.take(legacyEvent(legacyReport(1, data: [])))
        #expect(door.counters.filtered.total == 1 && door.counters.droppedOffline.total == 0)
    }

    @Test func `a full ring drops the oldest and remembers how full it was`() {
        let size = 4096
        let door = Door(ringSize: size)
        let fits = size / AdvertisementRing.size(ofData: 10)
        for index in 0..<fits + 5 { door.take(legacyEvent(legacyReport(UInt64(index), data: [UInt8](repeating: 0, count: 10)))) }
        #expect(door.counters.droppedRingFull.total == 5 && door.queued == fits && door.isBalanced)
        #expect(door.pop()?.advertisement.report.address == DeviceAddress(5))
        #expect(door.counters.highWater == UInt64(fits * AdvertisementRing.size(ofData: 10)))
        while door.pop() != nil {}
        #expect(door.counters.highWater > 0)
        door.beginInterval()
        #expect(door.counters.highWater == 0)
        door.take(legacyEvent(legacyReport(1, data: [])))
        door.beginInterval()
        #expect(door.counters.highWater == UInt64(AdvertisementRing.size(ofData: 0)))
        #expect(door.removeAll().total == 1 && door.queued == 0)
    }

    @Test func `each adapter has its own counts, wherever its advertisements end`() {
        let door = Door(ringSize: 4096, filter: AdvertisementFilter([denied(9)]))
        let fits = 4096 / AdvertisementRing.size(ofData: 1)
        for _ in 0..<fits { door.take(legacyEvent(legacyReport(1, data: [1])), adapter: 15) }
        door.take(legacyEvent(legacyReport(1, data: [1]), legacyReport(9, data: []), legacyReport(2, data: [])), adapter: 3)
        #expect(door.counters.received[15] == UInt64(fits) && door.counters.received[3] == 3 && door.counters.filtered[3] == 1)
        // Those that made room are the other adapter's.
        #expect(door.counters.droppedRingFull[15] > 0 && door.counters.droppedRingFull[3] == 0)
        #expect(door.counters.queued[3] == 2 && door.isBalanced)
        // Only what carries data counts as heard.
        #expect(door.counters.heard[15] == UInt64(fits) && door.counters.heard[3] == 1)
        door.isOpen = false
        #expect(door.counters.droppedOffline[3] == 2 && door.counters.queued == Tally() && door.isBalanced)
        door.take(legacyEvent(legacyReport(1, data: [1])), adapter: 7)
        #expect(door.counters.droppedOffline[7] == 1 && door.counters.heard[7] == 1 && door.isBalanced)
    }

    @Test func `devices are counted anew in each interval`() {
        let door = Door()
        for address in UInt64(1)...9 { door.take(legacyEvent(legacyReport(address % 3, data: []))) }
        #expect(door.devices == 3)
        door.beginInterval()
        #expect(door.devices == 0)
    }

    @Test func `room for any event means that no event drops anything`() {
        let door = Door(ringSize: 65_536)
        // Sixteen chains, each as long as can be, all about to time out.
        for address in UInt64(0)..<16 {
            for _ in 0..<8 { door.take(extendedEvent(extendedReport(address, status: 1, data: [UInt8](repeating: 1, count: 229)))) }
        }
        var address: UInt64 = 100
        while door.hasRoomForAnyEvent {
            address += 1
            door.take(legacyEvent(legacyReport(address, data: [])))
        }
        #expect(door.counters.droppedRingFull.total == 0)
        // The first pop that makes room again makes enough of it.
        while !door.hasRoomForAnyEvent { _ = door.pop() }
        let many = event(subevent: 0x02, (0..<25).map { legacyReport(UInt64($0), data: []) })
        #expect(many.count == 3 + 2 + 250)
        door.take(many, at: 10 * second)
        #expect(door.counters.droppedRingFull.total == 0 && door.counters.fragmentsTruncated == 16 && door.isBalanced)
    }
}
