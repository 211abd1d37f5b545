import Bluetooth
import Testing

@testable import Gateway

/// Golden payloads: the optional keys of one value each.
@Suite struct PayloadRadioTests {
    /// Advertising data and header in which every optional key occurs.
    private static let data =
        ad(0x01, [0x06]) + ad(0x0A, [0xF4]) + ad(0x19, [0x41, 0x03]) + ad(0x16, [0x0F, 0x18, 0x64]) + ad(0xFF, [0x4C, 0, 1])
        + ad(0xFF, [0x4C, 0, 2]) + ad(0x09, "x")
    private static let header = advertisement(
        type: AdvertisingEventType(rawValue: 0x01), addressType: .random, txPower: 4, sid: 3, primary: .leCoded, secondary: .le2M, adapter: 1,
        truncated: true)

    /// What each option adds, in the order of the keys.
    private static let parts: [(PayloadOptions, String)] = [
        (.serviceData, #","service_data":{"0000180f-0000-1000-8000-00805f9b34fb":"64"}"#),
        (.txPower, #","tx_power":-12"#),
        (.flags, #","flags":6"#),
        (.appearance, #","appearance":833"#),
        (.addressType, #","address_type":"random""#),
        (.eventType, #","event_type":"EXT_ADV","connectable":true,"scannable":false,"directed":false,"scan_response":false"#),
        (.phy, #","primary_phy":"Coded","secondary_phy":"2M""#),
        (.sid, #","sid":3"#),
        (.adapter, #","adapter":"hci1""#),
        (.raw, #","raw":"020106020af4031941030416"# + #"0f186404ff4c000104ff4c0002020978""#),
    ]

    private static func expected(_ options: PayloadOptions) -> String {
        golden(
            manufacturer: #""4c00":"01""#, name: "\"x\"",
            #","manufacturer_data_repeated":[{"id":"4c00","data":"02"}]"#
                + parts.filter { options.contains($0.0) }.map(\.1).joined() + #","truncated":true"#)
    }

    @Test func `every combination of options gives its keys, in one order`() {
        for bits in UInt16(0)..<1 << 10 {
            let options = PayloadOptions(rawValue: bits)
            let actual = payload(Self.data, Self.header, options: options)
            guard actual == Self.expected(options) else {
                Issue.record("\(bits): \(actual)\ninstead of \(Self.expected(options))")
                return
            }
        }
    }

    @Test func `standard is everything but raw`() {
        #expect(PayloadOptions.standard == PayloadOptions(rawValue: 0x1FF) && !PayloadOptions.standard.contains(.raw))
        var formatter = PayloadFormatter(scannerID: "scanner-01", adapters: ["hci0", "hci1"])
        #expect(text { _ = formatter.write(Self.header, Self.data.span.bytes, to: &$0) } == Self.expected(.standard))
    }

    @Test func `what an advertisement does not carry has no key`() {
        #expect(
            payload([], options: [.standard, .raw])
                == golden(#","address_type":"public","event_type":"ADV_IND","adapter":"hci0","raw":"""#))
    }

    @Test func `the advertiser's own TX power goes before the report's`() {
        #expect(payload(ad(0x0A, [4]), advertisement(txPower: 9), options: .txPower) == golden(#","tx_power":4"#))
        #expect(payload([], advertisement(txPower: 9), options: .txPower) == golden(#","tx_power":9"#))
        #expect(payload([], advertisement(txPower: -127), options: .txPower) == golden(#","tx_power":-127"#))
        #expect(payload([], advertisement(txPower: nil), options: .txPower) == golden())
    }

    @Test func `of values that occur twice the first counts`() {
        let data = ad(0x01, [1]) + ad(0x01, [2]) + ad(0x0A, [3]) + ad(0x0A, [4]) + ad(0x19, [5, 0]) + ad(0x19, [6, 0])
        #expect(payload(data, options: [.flags, .txPower, .appearance]) == golden(#","tx_power":3,"flags":1,"appearance":5"#))
    }

    @Test func `flags may be longer than one byte, and the first is published`() {
        #expect(payload(ad(0x01, [0xFF, 1]), options: .flags) == golden(#","flags":255"#))
    }

    @Test func `an appearance has its two bytes, least significant first`() {
        #expect(payload(ad(0x19, [0xFF, 0xFE]), options: .appearance) == golden(#","appearance":65279"#))
    }

    @Test(
        arguments: [(0, "public"), (1, "random"), (2, "public_identity"), (3, "random_identity"), (0xFF, "anonymous")] as [(UInt8, String)])
    func `address types by name`(type: UInt8, name: String) {
        let one = advertisement(addressType: AddressType(rawValue: type))
        #expect(payload([], one, options: .addressType) == golden(",\"address_type\":\"\(name)\""))
    }

    @Test func `an anonymous advertiser has the address of nobody`() {
        let one = advertisement(address: 0, addressType: .anonymous)
        #expect(
            payload([], one, options: .addressType)
                == golden(#","address_type":"anonymous""#).replacing("AA:BB:CC:DD:EE:FF", with: "00:00:00:00:00:00"))
    }

    @Test func `a reserved address type has no name`() {
        for type in UInt8(4)...0xFE {
            #expect(payload([], advertisement(addressType: AddressType(rawValue: type)), options: .addressType) == golden())
        }
    }

    @Test(
        arguments: [
            (0x13, "ADV_IND"), (0x15, "ADV_DIRECT_IND"), (0x12, "ADV_SCAN_IND"), (0x10, "ADV_NONCONN_IND"), (0x1B, "SCAN_RSP"),
            (0x1A, "SCAN_RSP"),
        ] as [(UInt8, String)])
    func `legacy PDUs by name and without booleans`(type: UInt8, name: String) {
        #expect(
            payload([], advertisement(type: AdvertisingEventType(rawValue: type)), options: .eventType)
                == golden(",\"event_type\":\"\(name)\""))
    }

    @Test(arguments: [0x11, 0x14, 0x16, 0x17, 0x18, 0x19, 0x1C, 0x1F, 0xFF] as [UInt8])
    func `reserved legacy types have no name`(type: UInt8) {
        #expect(payload([], advertisement(type: AdvertisingEventType(rawValue: type)), options: .eventType) == golden())
    }

    @Test func `extended PDUs have their four properties`() {
        for bits in UInt8(0)..<16 {
            let expected =
                ",\"event_type\":\"EXT_ADV\",\"connectable\":\(bits & 1 != 0),\"scannable\":\(bits & 2 != 0),\"directed\":\(bits & 4 != 0)"
                + ",\"scan_response\":\(bits & 8 != 0)"
            #expect(payload([], advertisement(type: AdvertisingEventType(rawValue: bits)), options: .eventType) == golden(expected))
        }
    }

    @Test func `PHYs by name, unknown ones not at all`() {
        for (phy, name) in [(PHY.le1M, "1M"), (.le2M, "2M"), (.leCoded, "Coded")] {
            #expect(payload([], advertisement(primary: phy), options: .phy) == golden(",\"primary_phy\":\"\(name)\""))
            #expect(payload([], advertisement(secondary: phy), options: .phy) == golden(",\"secondary_phy\":\"\(name)\""))
        }
        #expect(payload([], advertisement(primary: nil, secondary: nil), options: .phy) == golden())
    }

    @Test func `a SID from 0 to 15, none where there is none`() {
        for sid in UInt8(0)...15 { #expect(payload([], advertisement(sid: sid), options: .sid) == golden(",\"sid\":\(sid)")) }
        #expect(payload([], advertisement(sid: nil), options: .sid) == golden())
    }

    @Test func `an adapter's name is a JSON string`() {
        #expect(
            payload([], advertisement(adapter: 1), options: .adapter, adapters: ["a", "re\"play"]) == golden(#","adapter":"re\"play""#))
    }
}
