import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// The filter stage in its place between fragments and ring.
@Suite struct FilterStageTests {
    private static func identities(_ cipher: PlayedCipher = PlayedCipher()) -> IdentityTable {
        IdentityTable(Register.devices, cacheSize: 64, cipher: { cipher.encrypt($0, $1) })
    }

    private static func report(_ address: UInt64, _ data: [UInt8] = []) -> [UInt8] { legacyEvent(legacyReport(address, data: data)) }

    @Test func `a known device is named before it is filtered`() throws {
        let door = Door(
            filter: AdvertisementFilter(
                [FilterRule(.allow, address: FilterRule.AddressPattern(value: 0xC0FF_EE00_0001, bytes: 6))], default: .deny),
            identities: Self.identities())
        door.take(Self.report(0x7081_940D_FBAA))
        door.take(Self.report(0x7081_940D_FBAB))
        let one = try #require(door.pop()).advertisement
        #expect(one.identity == 1 && one.report.address == DeviceAddress(0x7081_940D_FBAA))
        #expect(door.counters.resolved.total == 1 && door.counters.filtered.total == 1 && door.queued == 0 && door.isBalanced)
        #expect(door.counters.unresolved.total == 0)
    }

    @Test func `a known device that is refused counts as resolved too`() {
        let door = Door(filter: AdvertisementFilter(default: .deny), identities: Self.identities())
        door.take(Self.report(0x7081_940D_FBAA))
        #expect(door.counters.resolved.total == 1 && door.counters.filtered.total == 1)
    }

    @Test func `a rotating address is one device to thinning`() {
        let cipher = PlayedCipher()
        let door = Door(identities: Self.identities(cipher), thinning: ThinningTable(.interval(10 * second), devices: 64))
        for rotation in UInt64(0)..<100 {
            for step in UInt64(0)..<20 { door.take(Self.report(cipher.address(of: 0, rotation)), at: (rotation * 20 + step) * second) }
        }
        #expect(door.counters.resolved.total == 2000 && door.counters.thinned.total == 1800 && door.queued == 200 && door.isBalanced)
    }

    @Test func `what is refused begins no interval`() {
        let door = Door(
            filter: AdvertisementFilter([FilterRule(.deny, rssiBelow: -40), FilterRule(.allow)]),
            thinning: ThinningTable(.interval(10 * second), devices: 64))
        door.take(legacyEvent(legacyReport(1, data: [], rssi: -50)), at: 0)
        door.take(legacyEvent(legacyReport(1, data: [], rssi: -30)), at: 1)
        door.take(legacyEvent(legacyReport(1, data: [], rssi: -30)), at: 2)
        #expect(door.counters.filtered.total == 1 && door.counters.thinned.total == 1 && door.queued == 1 && door.isBalanced)
    }

    @Test func `without a broker nothing is thinned, and when it is back each device begins anew`() {
        let door = Door(thinning: ThinningTable(.changes(keepAlive: 300 * second), devices: 64))
        door.take(Self.report(1))
        door.take(Self.report(1))
        #expect(door.queued == 1 && door.counters.thinned.total == 1)
        door.isOpen = false
        door.take(Self.report(1))
        door.take(Self.report(1))
        #expect(door.counters.droppedOffline.total == 3 && door.counters.thinned.total == 1)
        door.isOpen = true
        door.take(Self.report(1))
        door.take(Self.report(1))
        #expect(door.queued == 1 && door.counters.thinned.total == 2 && door.isBalanced)
    }

    @Test func `fragments that time out are thinned by the time at which they do`() {
        let door = Door(thinning: ThinningTable(.interval(10 * second), devices: 64))
        let fragment = extendedEvent(extendedReport(1, status: 1, data: [1]))
        door.take(fragment, at: 0)
        door.expire(at: second)
        door.take(fragment, at: 10 * second)
        door.expire(at: 11 * second)
        #expect(door.queued == 2 && door.counters.thinned.total == 0)
        door.take(fragment, at: 12 * second)
        door.flush()
        #expect(door.queued == 2 && door.counters.thinned.total == 1 && door.isBalanced)
    }

    /// A capture in a loop, shorter than the interval.
    @Test func `a clock that goes back mutes nobody for ever`() {
        let door = Door(thinning: ThinningTable(.interval(10 * second), devices: 64))
        for _ in 0..<100 {
            for step in UInt64(0)..<4 { door.take(Self.report(1), at: 1_000 * second + step * second) }
        }
        // 100 loops of three seconds: one message in ten seconds, or somewhat less.
        #expect((25...31).contains(door.queued) && door.isBalanced)
    }

    @Test func `a clock's steps forward add up`() {
        var clock = ForwardClock()
        for (source, now) in [(5, 0), (7, 2), (7, 2), (3, 2), (4, 3), (UInt64.max, UInt64.max - 1), (0, UInt64.max - 1), (9, 7)] {
            clock.follow(source)
            #expect(clock.now == now)
        }
    }

    @Test func `another filterStage takes over, and what waits is nobody's any more`() throws {
        let door = Door(ringSize: 4096, identities: Self.identities())
        // Around the ring's end at least once.
        for number in UInt64(0)..<200 {
            door.take(Self.report(number % 2 == 0 ? 0x7081_940D_FBAA : 1, [UInt8](repeating: 7, count: Int(number % 30))))
        }
        let queued = door.queued
        door.replace(filterStage: FilterStage(filter: AdvertisementFilter([denied(2)])))
        door.take(Self.report(2))
        door.take(Self.report(0x7081_940D_FBAA))
        #expect(door.counters.filtered.total == 1 && door.counters.resolved.total == 100)
        var seen = 0
        while let (one, data) = door.pop() {
            seen += 1
            #expect(one.identity == 0 && data.allSatisfy { $0 == 7 } && one.report.addressType == .random)
        }
        #expect(queued > 20 && seen > 20 && door.isBalanced)
        let empty = Door()
        empty.replace(filterStage: FilterStage(filter: AdvertisementFilter(default: .deny)))
        empty.take(Self.report(1))
        #expect(empty.counters.filtered.total == 1)
    }

    @Test func `what waits while the list of known devices changes is published as nobody's`() {
        let pipeline = TestPipeline(qos: .atMostOnce)
        let cipher = PlayedCipher()
        pipeline.replace(devices: Register.devices, cipher: cipher)
        pipeline.connect()
        pipeline.hear(cipher.address(of: 2, 1))
        pipeline.fill()
        pipeline.takeAll()
        #expect(String(decoding: pipeline.taken, as: UTF8.self).contains(#"b/s/43:21:00:00:00:03{"scanner_id""#))
        #expect(String(decoding: pipeline.taken, as: UTF8.self).contains(#""identity_address":"43:21:00:00:00:03","identity_name":"Phone""#))
        // One that has left the ring and one that has not; the new list is shorter.
        pipeline.replace(devices: Register.devices, cipher: cipher, scannerID: String(repeating: "a", count: 110_000))
        pipeline.hear(cipher.address(of: 2, 1))
        pipeline.hear(cipher.address(of: 2, 1))
        #expect(pipeline.publishOwn(25_000))
        pipeline.fill()
        let before = pipeline.taken.count + pipeline.pending
        #expect(pipeline.held == 1 && pipeline.queued == 2)
        pipeline.replace(devices: [], cipher: cipher)
        for _ in 0..<3 {
            pipeline.takeAll()
            pipeline.fill()
        }
        pipeline.takeAll()
        #expect(!String(decoding: pipeline.taken.dropFirst(before), as: UTF8.self).contains("identity"))
        #expect(pipeline.taken.count > before && pipeline.isBalanced && pipeline.queued == 0 && pipeline.sessionCounters.published.total == 3)
    }

    @Test func `between two threads' hands the filterStage can be replaced`() {
        let intake = SharedIntake(Intake(ringSize: 65_536))
        intake.consume { $0.isOpen = true }
        intake.replace(filterStage: FilterStage(filter: AdvertisementFilter(default: .deny)))
        _ = intake.take(event: Self.report(1).span.bytes, stamp(0), adapter: 0)
        let counters = intake.consume { $0.counters }
        #expect(counters.filtered.total == 1 && counters.queued.total == 0)
    }

    @Test func `a million addresses leave tables of the size they had`() {
        let cipher = PlayedCipher()
        var thinning = ThinningTable(.changes(keepAlive: 300 * second), devices: 4096, seed: 5)
        var identities = IdentityTable(Register.devices, cacheSize: 1024, cipher: { cipher.encrypt($0, $1) })
        var random = SplitMix64(seed: 3)
        var passed = 0
        var skipped = 0
        var now: UInt64 = 0
        let data: [UInt8] = ad(0x09, "a")
        for _ in 0..<1_000_000 {
            // 2,000 a second.
            now += 500_000
            let address = UInt64.random(in: 0..<1 << 48, using: &random)
            if identities.resolve(DeviceAddress(address), .random, at: now).isUnresolved { skipped += 1 }
            if thinning.passes(advertisement(address: address, addressType: .random), data.span.bytes, at: now) { passed += 1 }
        }
        let count = thinning.count
        let operations = identities.operations
        #expect(passed >= 999_990 && count == 4096)
        // A quarter of them is tried with three keys each: 1,500 operations a second.
        #expect(skipped == 0 && operations == UInt64(cipher.count) && cipher.count > 700_000)
    }
}
