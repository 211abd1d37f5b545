import Bluetooth
import Bytes
import Synchronization
import Testing

@testable import Gateway

/// Plays the cipher: what AES-128 makes of a block, from a table and for the rest by a rule of its own; it counts its calls.
final class PlayedCipher: Sendable {
    /// Core specification Vol 3 Part H D.7: IRK ec0234a3 57c8ad05 341010a6 0a397d9b, prand 708194.
    static let sample: (block: UInt128, cipher: UInt128) = (0x70_8194, 0x159D_5FB7_2EBE_2311_A48C_1BDC_C40D_FBAA)

    let calls = Atomic(0)
    let fails = Atomic(false)

    func encrypt(_ device: Int, _ block: UInt128) -> UInt128? {
        calls.add(1, ordering: .relaxed)
        if fails.load(ordering: .relaxed) { return nil }
        if device == 0, block == Self.sample.block { return Self.sample.cipher }
        let mixed = SplitMix64.mix(UInt64(truncatingIfNeeded: block) ^ UInt64(device + 1) << 32)
        return UInt128(mixed) << 64 | UInt128(SplitMix64.mix(mixed))
    }

    var count: Int { calls.load(ordering: .relaxed) }

    /// | 24 prand, top bits 01 | 24 ah(device, prand) |
    func address(of device: Int, _ number: UInt64) -> UInt64 {
        let prand = number & 0x3F_FFFF | 0x40_0000
        let hash = UInt64(truncatingIfNeeded: encrypt(device, UInt128(prand))! & 0xFF_FFFF)
        return prand << 24 | hash
    }
}

/// The table, where tests can hold it.
final class Register {
    let cipher = PlayedCipher()
    private var table: IdentityTable

    static let devices = [
        KnownDevice(name: "Anna's watch", address: DeviceAddress(0xC0FF_EE00_0001)),
        KnownDevice(name: "Key", address: DeviceAddress(0x001B_DC07_3214)),
        KnownDevice(name: "Phone", address: DeviceAddress(0x4321_0000_0003)),
    ]

    init(cacheSize: Int = 16, operationsPerSecond: Int = 1_000_000, devices: [KnownDevice] = Register.devices) {
        table = IdentityTable(
            devices, cacheSize: cacheSize, operationsPerSecond: operationsPerSecond, cipher: { [cipher] in cipher.encrypt($0, $1) })
    }

    /// Addresses that were left unresolved.
    private(set) var skipped = 0
    var operations: UInt64 { table.operations }

    func resolve(_ address: UInt64, _ type: AddressType = .random, at now: UInt64 = 0) -> UInt8 {
        let resolution = table.resolve(DeviceAddress(address), type, at: now)
        if resolution.isUnresolved { skipped += 1 }
        return resolution.identity
    }
}

@Suite struct IdentityTests {
    @Test func `the specification's sample resolves`() {
        let register = Register()
        #expect(register.resolve(0x7081_940D_FBAA) == 1)
        // A bit of the hash, and a bit of prand.
        #expect(register.resolve(0x7081_940D_FBAB) == 0)
        #expect(register.resolve(0x7081_950D_FBAA) == 0)
    }

    @Test func `an address is tried once, whosever it is`() {
        let register = Register()
        for _ in 0..<10 { #expect(register.resolve(0x7081_940D_FBAA) == 1) }
        #expect(register.cipher.count == 1 && register.operations == 1)
        for _ in 0..<10 { #expect(register.resolve(0x7081_940D_FBAB) == 0) }
        #expect(register.cipher.count == 4 && register.operations == 4 && register.skipped == 0)
    }

    @Test func `only a random address with the top bits 01 is tried`() {
        let register = Register()
        for top in [UInt64(0b00), 0b10, 0b11] { #expect(register.resolve(top << 46 | 1) == 0) }
        for type in [AddressType.public, .publicIdentity, .randomIdentity, .anonymous, AddressType(rawValue: 9)] {
            #expect(register.resolve(0x7081_940D_FBAA, type) == 0)
        }
        #expect(register.cipher.count == 0)
    }

    @Test func `an identity address is known as it is`() {
        let register = Register()
        #expect(register.resolve(0xC0FF_EE00_0001, .random) == 1)
        #expect(register.resolve(0xC0FF_EE00_0001, .randomIdentity) == 1)
        #expect(register.resolve(0x001B_DC07_3214, .public) == 2)
        #expect(register.resolve(0x001B_DC07_3214, .publicIdentity) == 2)
        #expect(register.resolve(0x4321_0000_0003, .public) == 3)
        #expect(register.resolve(0xC0FF_EE00_0002, .random) == 0)
        #expect(register.resolve(0xC0FF_EE00_0001, .anonymous) == 0)
        #expect(register.cipher.count == 0)
        // As a random address this one is resolvable, and nobody's.
        #expect(register.resolve(0x4321_0000_0003, .random) == 0 && register.cipher.count == 3)
    }

    @Test func `without devices nobody is known and nothing is tried`() {
        let register = Register(devices: [])
        #expect(register.resolve(0x7081_940D_FBAA) == 0 && register.cipher.count == 0 && register.skipped == 0)
    }

    @Test func `a device is followed through a hundred new addresses, among strangers`() {
        let register = Register(cacheSize: 64)
        var random = SplitMix64(seed: 9)
        var now: UInt64 = 0
        var strangers = 0
        for rotation in UInt64(0)..<100 {
            let watch = register.cipher.address(of: 0, rotation * 7919)
            let phone = register.cipher.address(of: 2, rotation * 104_729)
            for _ in 0..<20 {
                now += second
                #expect(register.resolve(watch, at: now) == 1 && register.resolve(phone, at: now) == 3)
                // One in 2²⁴ of them would be taken for a known device.
                if register.resolve(UInt64.random(in: 0..<1 << 46, using: &random) | 1 << 46, at: now) != 0 { strangers += 1 }
            }
        }
        #expect(strangers == 0 && register.skipped == 0)
        // The test's own 200 calls, one for each of the watch's addresses, three for each of the phone's and the strangers'.
        #expect(register.cipher.count == 200 + 100 + 300 + 2000 * 3)
    }

    @Test func `the cache forgets the address received longest ago`() {
        let register = Register(cacheSize: 2)
        let first = register.cipher.address(of: 0, 1)
        let second = register.cipher.address(of: 0, 2)
        let third = register.cipher.address(of: 0, 3)
        let before = register.operations
        _ = (register.resolve(first), register.resolve(second), register.resolve(first), register.resolve(third))
        #expect(register.operations == before + 3)
        _ = register.resolve(first)
        #expect(register.operations == before + 3)
        _ = register.resolve(second)
        #expect(register.operations == before + 4)
    }

    @Test func `beyond the bound an address stays unresolved until there is time for it`() {
        let register = Register(cacheSize: 64, operationsPerSecond: 6)
        let strangers = (UInt64(0)..<4).map { 0x4000_0000_0000 | $0 }
        for stranger in strangers { #expect(register.resolve(stranger) == 0) }
        // Two of them took three operations each.
        #expect(register.operations == 6 && register.skipped == 2)
        #expect(register.resolve(0x7081_940D_FBAA) == 0 && register.skipped == 3)
        // What is known costs nothing.
        #expect(register.resolve(strangers[0]) == 0 && register.skipped == 3)
        #expect(register.resolve(0x7081_940D_FBAA, at: second / 2 - 1) == 0 && register.skipped == 4)
        #expect(register.resolve(0x7081_940D_FBAA, at: second / 2) == 1 && register.operations == 7)
        // However long it is quiet, no more than a second's worth is saved.
        for stranger in UInt64(10)..<20 { _ = register.resolve(0x4000_0000_0000 | stranger, at: 1000 * second) }
        #expect(register.operations == 13 && register.skipped == 12)
    }

    @Test func `where the cipher fails an address is tried again`() {
        let register = Register()
        register.cipher.fails.store(true, ordering: .relaxed)
        #expect(register.resolve(0x7081_940D_FBAA) == 0 && register.skipped == 1 && register.cipher.count == 1)
        register.cipher.fails.store(false, ordering: .relaxed)
        #expect(register.resolve(0x7081_940D_FBAA) == 1 && register.skipped == 1)
    }
}
