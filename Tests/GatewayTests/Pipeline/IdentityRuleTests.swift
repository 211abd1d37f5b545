import Bluetooth
import Bytes
import Synchronization
import Testing

@testable import Gateway

/// Rules on known devices while there are more new private addresses than may be tried.
@Suite struct IdentityRuleTests {
    private static let watch = FilterRule.AddressPattern(value: 0xC0FF_EE00_0001, bytes: 6)
    private static let stranger = FilterRule.AddressPattern(value: 0x1122_3344_5566, bytes: 6)

    /// Two addresses a second may be tried on all three keys.
    private static func door(_ rules: [FilterRule], default action: FilterRule.Action, _ cipher: PlayedCipher) -> Door {
        Door(
            filter: AdvertisementFilter(rules, default: action),
            identities: IdentityTable(Register.devices, cacheSize: 16, operationsPerSecond: 6, cipher: { cipher.encrypt($0, $1) }))
    }

    private static func random(_ address: UInt64, _ data: [UInt8] = []) -> [UInt8] { legacyEvent(legacyReport(address, data: data)) }

    /// The watch, each time with a new address, among 100 strangers a second; how many of its advertisements came through, and of theirs.
    private static func flood(_ door: Door, _ cipher: PlayedCipher) -> (watch: Int, strangers: Int) {
        var random = SplitMix64(seed: 20)
        var own: Set<UInt64> = []
        var through = (watch: 0, strangers: 0)
        for number in UInt64(0)..<1_000 {
            var address = UInt64.random(in: 0..<1 << 46, using: &random) | 1 << 46
            if number % 10 == 0 {
                address = cipher.address(of: 0, number)
                own.insert(address)
            }
            door.take(Self.random(address), at: number * second / 100)
            while let (one, _) = door.pop() {
                if own.contains(one.report.address.value) { through.watch += 1 } else { through.strangers += 1 }
            }
        }
        #expect(own.count == 100 && door.isBalanced)
        return through
    }

    @Test func `a denied identity is not published while its address is unresolved`() {
        let cipher = PlayedCipher()
        let door = Self.door([FilterRule(.deny, address: Self.watch)], default: .allow, cipher)
        let through = Self.flood(door, cipher)
        #expect(through.watch == 0)
        // What can be decided is decided: that it is not the watch.
        #expect(through.strangers >= 10)
        #expect(door.counters.unresolved.total > 900 && door.counters.resolved.total < 20)
    }

    @Test func `an unresolved address is not taken for an identity that a rule allows`() {
        let cipher = PlayedCipher()
        let door = Self.door([FilterRule(.allow, address: Self.watch)], default: .deny, cipher)
        let through = Self.flood(door, cipher)
        #expect(through.strangers == 0)
        #expect(UInt64(through.watch) == door.counters.resolved.total)
    }

    @Test func `a rule on an address that is no identity's cares for no unresolved one`() {
        let cipher = PlayedCipher()
        let door = Self.door([FilterRule(.deny, address: Self.stranger), FilterRule(.deny, companyID: 0x004C)], default: .allow, cipher)
        let through = Self.flood(door, cipher)
        #expect(through.watch == 100 && through.strangers == 900 && door.counters.unresolved.total > 900)
        // A prefix that an identity's address has as well is one of an identity.
        let prefix = FilterRule.AddressPattern(value: 0xC0FF_0000_0000, bytes: 2)
        let other = Self.door([FilterRule(.deny, address: prefix)], default: .allow, cipher)
        #expect(Self.flood(other, cipher).watch == 0)
    }

    @Test func `the other conditions of a rule on an unresolved identity count as ever`() {
        let cipher = PlayedCipher()
        cipher.fails.store(true, ordering: .relaxed)
        let door = Self.door([FilterRule(.deny, address: Self.watch, companyID: 0x004C)], default: .allow, cipher)
        door.take(Self.random(0x7081_940D_FBAA, ad(0xFF, [0x4C, 0])))
        #expect(door.queued == 0 && door.counters.filtered.total == 1)
        door.take(Self.random(0x7081_940D_FBAA, ad(0xFF, [0x59, 0])))
        #expect(door.queued == 1)
        // An address that no key can be for is nobody's, whatever the cipher does.
        door.take(Self.random(0xF081_940D_FBAA, ad(0xFF, [0x4C, 0])))
        #expect(door.queued == 2 && door.counters.unresolved.total == 2)
    }

    @Test func `32 keys and more new addresses a second than an adapter receives leave none unresolved`() {
        let cipher = PlayedCipher()
        let devices = (0..<32).map { KnownDevice(name: "\($0)", address: DeviceAddress(UInt64($0 + 1))) }
        var table = IdentityTable(devices, cipher: { cipher.encrypt($0, $1) })
        var unresolved = 0
        for number in UInt64(0)..<6_000 {
            let found = table.resolve(DeviceAddress(1 << 46 | number), .random, at: number * second / 2_000)
            if found.isUnresolved { unresolved += 1 }
        }
        #expect(unresolved == 0 && cipher.count > 190_000)
    }

    @Test func `a fragment that waits while the list of known devices changes is not taken for one of them`() {
        let cipher = PlayedCipher()
        let door = Door(identities: IdentityTable(Register.devices, cacheSize: 16, cipher: { cipher.encrypt($0, $1) }))
        // Extended, of a random address, with more to come.
        door.take(extendedEvent(extendedReport(0x7081_940D_FBAA, status: 1, data: [1])))
        let others = [KnownDevice(name: "Other", address: DeviceAddress(0xC0FF_EE00_0001))]
        door.replace(
            filterStage: FilterStage(
                identities: IdentityTable(others, cacheSize: 16, cipher: { cipher.encrypt($0 + 1, $1) }),
                filter: AdvertisementFilter([FilterRule(.deny, address: Self.watch)])))
        door.flush()
        #expect(door.queued == 0 && door.counters.resolved.total == 0 && door.counters.unresolved.total == 1)
        #expect(door.counters.filtered.total == 1 && door.isBalanced)
    }
}
