import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// What one device after the other sends, and which of it passes.
struct ThinningCase: CustomTestStringConvertible, Sendable {
    struct Heard: Sendable {
        /// Milliseconds.
        var time: UInt64
        var advertisement: Advertisement
        var data: [UInt8]
        var passes: Bool
    }

    var testDescription: String
    var mode: ThinningTable.Mode
    var devices = 64
    var heard: [Heard]

    init(_ name: String, _ mode: ThinningTable.Mode, devices: Int = 64, _ heard: Heard...) {
        testDescription = name
        self.mode = mode
        self.devices = devices
        self.heard = heard
    }
}

private func at(
    _ time: UInt64, _ advertisement: Advertisement = GatewayTests.advertisement(), _ data: [UInt8] = [1, 2, 3], passes: Bool
) -> ThinningCase.Heard {
    ThinningCase.Heard(time: time, advertisement: advertisement, data: data, passes: passes)
}

private func of(_ identity: UInt8, _ address: UInt64) -> Advertisement {
    var one = advertisement(address: address, addressType: .random)
    one.identity = identity
    return one
}

private let interval = ThinningTable.Mode.interval(10 * second)
private let changes = ThinningTable.Mode.changes(keepAlive: 60 * second)

/// The table, where tests can hold it.
private final class Thinner {
    private var table: ThinningTable

    init(_ mode: ThinningTable.Mode, devices: Int, seed: UInt64 = 0) { table = ThinningTable(mode, devices: devices, seed: seed) }

    var count: Int { table.count }
    func passes(_ one: Advertisement, _ data: [UInt8] = [], at now: UInt64) -> Bool { table.passes(one, data.span.bytes, at: now) }
    func removeAll() { table.removeAll() }
}

@Suite struct ThinningTests {
    static let cases: [ThinningCase] = [
        ThinningCase("interval: the first at once", interval, at(0, passes: true)),
        ThinningCase("interval: the second too soon", interval, at(0, passes: true), at(9_999, passes: false)),
        ThinningCase("interval: the second in time", interval, at(0, passes: true), at(10_000, passes: true)),
        ThinningCase(
            "interval: counts from the last that went on", interval, at(0, passes: true), at(6_000, passes: false),
            at(12_000, passes: true),
            at(18_000, passes: false), at(22_000, passes: true)),
        ThinningCase(
            "interval: a change is no reason", interval, at(0, passes: true), at(1, advertisement(), [4], passes: false)),
        ThinningCase(
            "interval: another address is another device", interval, at(0, passes: true), at(1, advertisement(address: 2), passes: true),
            at(2, passes: false), at(3, advertisement(address: 2), passes: false)),
        ThinningCase(
            "interval: the same address of another type is another device", interval, at(0, passes: true),
            at(1, advertisement(addressType: .random), passes: true)),
        ThinningCase(
            "interval: advertisement and scan response are one device", interval, at(0, passes: true),
            at(1, advertisement(type: .scanResponse), passes: false)),
        ThinningCase(
            "interval: two adapters hear one device", interval, at(0, passes: true), at(1, advertisement(adapter: 1), passes: false)),
        ThinningCase(
            "interval: two advertising sets are one device", interval, at(0, extended(1, sid: 0), passes: true),
            at(1, extended(1, sid: 1), passes: false)),
        ThinningCase(
            "interval: an identity is one device whatever its address", interval, at(0, of(1, 0x41), passes: true),
            at(1, of(1, 0x42), passes: false), at(2, of(2, 0x43), passes: true), at(10_000, of(1, 0x44), passes: true)),
        ThinningCase(
            "interval: identity 1 is not address 1", interval, at(0, of(1, 0x41), passes: true),
            at(1, advertisement(address: 1), passes: true)),

        ThinningCase("changes: the first at once", changes, at(0, passes: true)),
        ThinningCase("changes: no change", changes, at(0, passes: true), at(59_999, passes: false)),
        ThinningCase("changes: kept alive", changes, at(0, passes: true), at(60_000, passes: true), at(60_001, passes: false)),
        ThinningCase(
            "changes: another payload", changes, at(0, passes: true), at(1, advertisement(), [1, 2, 4], passes: true),
            at(2, advertisement(), [1, 2, 4], passes: false)),
        ThinningCase(
            "changes: and back", changes, at(0, passes: true), at(1, advertisement(), [9], passes: true), at(2, passes: true)),
        ThinningCase(
            "changes: a change begins the keep-alive anew", changes, at(0, passes: true), at(50_000, advertisement(), [9], passes: true),
            at(109_999, advertisement(), [9], passes: false), at(110_000, advertisement(), [9], passes: true)),
        ThinningCase("changes: RSSI is none", changes, at(0, passes: true), at(1, advertisement(rssi: -20), passes: false)),
        ThinningCase(
            "changes: an empty payload is one", changes, at(0, passes: true), at(1, advertisement(), [], passes: true),
            at(2, advertisement(), [], passes: false)),
        ThinningCase(
            "changes: a zero more is one", changes, at(0, advertisement(), [0, 0], passes: true),
            at(1, advertisement(), [0, 0, 0], passes: true)),
        ThinningCase(
            "changes: the ninth byte counts", changes, at(0, advertisement(), [1, 2, 3, 4, 5, 6, 7, 8, 9], passes: true),
            at(1, advertisement(), [1, 2, 3, 4, 5, 6, 7, 8, 10], passes: true)),
        ThinningCase(
            "changes: advertisement and scan response are none of each other", changes, at(0, passes: true),
            at(1, advertisement(type: .scanResponse), [9], passes: true), at(2, passes: false),
            at(3, advertisement(type: .scanResponse), [9], passes: false), at(4, advertisement(type: .scanResponse), [8], passes: true),
            at(5, passes: false)),
        ThinningCase(
            "changes: nor are two advertising sets", changes, at(0, extended(1, sid: 0), [1], passes: true),
            at(1, extended(1, sid: 1), [2], passes: true), at(2, extended(1, sid: 0), [1], passes: false),
            at(3, extended(1, sid: 1), [2], passes: false)),
        ThinningCase(
            "changes: two adapters hear one device", changes, at(0, passes: true), at(1, advertisement(adapter: 1), passes: false)),
        ThinningCase(
            "changes: a new private address of an identity is none", changes, at(0, of(1, 0x41), passes: true),
            at(1, of(1, 0x42), passes: false), at(2, of(1, 0x42), [9], passes: true)),
        ThinningCase(
            "changes: an identity's address type is", changes, at(0, of(1, 0x41), passes: true),
            at(
                1,
                {
                    var one = advertisement(address: 0x41, addressType: .publicIdentity)
                    one.identity = 1
                    return one
                }(), passes: true)),

        ThinningCase(
            "eviction: the least recent goes", interval, devices: 2, at(0, advertisement(address: 1), passes: true),
            at(1, advertisement(address: 2), passes: true), at(2, advertisement(address: 1), passes: false),
            at(3, advertisement(address: 3), passes: true), at(4, advertisement(address: 1), passes: false),
            at(5, advertisement(address: 2), passes: true)),
        ThinningCase(
            "eviction: room for one", interval, devices: 1, at(0, advertisement(address: 1), passes: true),
            at(1, advertisement(address: 1), passes: false), at(2, advertisement(address: 2), passes: true),
            at(3, advertisement(address: 1), passes: true)),
    ]

    @Test(arguments: cases) func `what is too soon stays behind`(one: ThinningCase) {
        let table = Thinner(one.mode, devices: one.devices)
        for (index, heard) in one.heard.enumerated() {
            let passes = table.passes(heard.advertisement, heard.data, at: heard.time * 1_000_000)
            #expect(passes == heard.passes, "\(one.testDescription), number \(index)")
        }
    }

    @Test func `a table that was emptied begins anew`() {
        let table = Thinner(changes, devices: 4, seed: 7)
        for address in UInt64(1)...6 { #expect(table.passes(advertisement(address: address), at: 0)) }
        #expect(table.count == 4)
        table.removeAll()
        #expect(table.count == 0)
        for address in UInt64(1)...4 { #expect(table.passes(advertisement(address: address), at: 0)) }
        for address in UInt64(1)...4 { #expect(!table.passes(advertisement(address: address), at: 0)) }
        #expect(table.count == 4)
    }

    /// A list from the most to the least recent.
    private struct Model {
        var mode: ThinningTable.Mode
        var room: Int
        var list: [(key: [UInt64], time: UInt64, content: [UInt8])] = []

        mutating func passes(_ one: Advertisement, _ data: [UInt8], at now: UInt64) -> Bool {
            var key = one.identity == 0 ? [0, one.report.address.value, UInt64(one.report.addressType.rawValue)] : [1, UInt64(one.identity)]
            var content: [UInt8] = []
            let wait: UInt64
            switch mode {
            case .interval(let time): wait = time
            case .changes(let time):
                wait = time
                key += [UInt64(one.report.eventType.rawValue), UInt64(one.report.sid ?? 0xFF)]
                content = data + [one.report.addressType.rawValue]
            }
            guard let index = list.firstIndex(where: { $0.key == key }) else {
                if list.count == room { list.removeLast() }
                list.insert((key, now, content), at: 0)
                return true
            }
            var entry = list.remove(at: index)
            let passes = entry.content != content || now - entry.time >= wait
            if passes { (entry.time, entry.content) = (now, content) }
            list.insert(entry, at: 0)
            return passes
        }
    }

    @Test(arguments: UInt64(1)...6, [interval, changes]) func `it agrees with a list`(seed: UInt64, mode: ThinningTable.Mode) {
        var random = SplitMix64(seed: seed)
        let room = [1, 2, 3, 16, 33, 64][Int(seed) - 1]
        let table = Thinner(mode, devices: room, seed: seed &* 0x1234_5678_9ABC_DEF1)
        var model = Model(mode: mode, room: room)
        var now: UInt64 = 0
        var passed = 0
        for step in 0..<10_000 {
            now += UInt64.random(in: 0..<second, using: &random)
            var one = advertisement(
                address: UInt64.random(in: 0..<UInt64(room * 5 / 4 + 1), using: &random),
                type: [.advInd, .scanResponse].randomElement(using: &random)!,
                addressType: [.public, .random].randomElement(using: &random)!)
            if Int.random(in: 0..<4, using: &random) == 0 { one.identity = UInt8.random(in: 1...3, using: &random) }
            let data = [UInt8](repeating: 7, count: Int.random(in: 0..<2, using: &random) * 9)
            let passes = table.passes(one, data, at: now)
            if passes { passed += 1 }
            guard passes == model.passes(one, data, at: now), table.count == model.list.count else {
                Issue.record("step \(step)")
                return
            }
        }
        #expect(passed > 100 && passed <= 10_000)
    }
}
