import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// One rule, one advertisement, and whether the one matches the other.
struct RuleCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var rule: FilterRule
    var advertisement: Advertisement
    var data: [UInt8]
    var identity: UInt64?
    var matches: Bool

    init(
        _ name: String, _ rule: FilterRule, _ advertisement: Advertisement = GatewayTests.advertisement(), _ data: [UInt8] = [],
        identity: UInt64? = nil, hit: Bool
    ) {
        testDescription = name
        self.rule = rule
        self.advertisement = advertisement
        self.data = data
        self.identity = identity
        matches = hit
    }
}

private func address(_ value: UInt64, _ bytes: Int) -> FilterRule {
    FilterRule(.deny, address: FilterRule.AddressPattern(value: value, bytes: bytes))
}
private func company(_ id: UInt16) -> FilterRule { FilterRule(.deny, companyID: id) }
private func service(_ uuid: UInt128) -> FilterRule { FilterRule(.deny, serviceUUID: uuid) }
private func event(_ kind: FilterRule.EventKind) -> FilterRule { FilterRule(.deny, eventKind: kind) }
private func beacon(_ uuid: UInt128) -> FilterRule { FilterRule(.deny, iBeaconUUID: uuid) }

/// 0000180F-0000-1000-8000-00805F9B34FB: Battery Service.
private let battery: UInt128 = 0x0000_180F_0000_1000_8000_0080_5F9B_34FB
/// 6E400001-B5A3-F393-E0A9-E50E24DCCA9E
private let uart: UInt128 = 0x6E40_0001_B5A3_F393_E0A9_E50E_24DC_CA9E
/// Least significant byte first, as it is on air.
private let uartOnAir: [UInt8] = [0x9E, 0xCA, 0xDC, 0x24, 0x0E, 0xE5, 0xA9, 0xE0, 0x93, 0xF3, 0xA3, 0xB5, 0x01, 0x00, 0x40, 0x6E]
private let batteryOnAir: [UInt8] = [0xFB, 0x34, 0x9B, 0x5F, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00, 0x0F, 0x18, 0x00, 0x00]
/// E2C56DB5-DFFB-48D2-B060-D0F5A71096E0, and it is most significant byte first on air.
private let region: UInt128 = 0xE2C5_6DB5_DFFB_48D2_B060_D0F5_A710_96E0
private let regionOnAir: [UInt8] = [0xE2, 0xC5, 0x6D, 0xB5, 0xDF, 0xFB, 0x48, 0xD2, 0xB0, 0x60, 0xD0, 0xF5, 0xA7, 0x10, 0x96, 0xE0]
/// | 4C 00 company | 02 type | 15 length | 16 UUID | 00 01 major | 00 02 minor | C5 power |
private let iBeacon: [UInt8] = [0x4C, 0x00, 0x02, 0x15] + regionOnAir + [0, 1, 0, 2, 0xC5]

@Suite struct FilterRuleTests {
    static let headers: [RuleCase] = [
        RuleCase("a rule without conditions matches", FilterRule(.deny), hit: true),
        RuleCase("exact address", address(0xAABB_CCDD_EEFF, 6), hit: true),
        RuleCase("exact address, last bit differs", address(0xAABB_CCDD_EEFE, 6), hit: false),
        RuleCase("exact address of zeros", address(0, 6), advertisement(address: 0), hit: true),
        RuleCase("prefix of three bytes", address(0xAABB_CC00_0000, 3), hit: true),
        RuleCase("prefix of three bytes, third differs", address(0xAABB_CD00_0000, 3), hit: false),
        RuleCase("prefix of one byte", address(0xAA00_0000_0000, 1), hit: true),
        RuleCase("prefix of one byte, value at the end", address(0xFF00_0000_0000, 1), hit: false),
        RuleCase("prefix of five bytes", address(0xAABB_CCDD_EE00, 5), hit: true),
        RuleCase("what a prefix leaves open does not count", address(0xAABB_CC12_3456, 3), hit: true),
        RuleCase("the identity's address", address(0xC0FF_EE00_0001, 6), identity: 0xC0FF_EE00_0001, hit: true),
        RuleCase("the identity's prefix", address(0xC0FF_EE00_0000, 3), identity: 0xC0FF_EE00_0001, hit: true),
        RuleCase("the address on air of a known device", address(0xAABB_CCDD_EEFF, 6), identity: 0xC0FF_EE00_0001, hit: true),
        RuleCase("neither address of a known device", address(0x1122_3344_5566, 6), identity: 0xC0FF_EE00_0001, hit: false),
        RuleCase("an anonymous advertiser has no address", address(0, 6), advertisement(address: 0, addressType: .anonymous), hit: false),

        RuleCase("address type public", FilterRule(.deny, addressType: .public), hit: true),
        RuleCase("address type random", FilterRule(.deny, addressType: .random), hit: false),
        RuleCase(
            "address type random identity", FilterRule(.deny, addressType: .randomIdentity), advertisement(addressType: .randomIdentity),
            hit: true
        ),
        RuleCase("address type anonymous", FilterRule(.deny, addressType: .anonymous), advertisement(addressType: .anonymous), hit: true),

        RuleCase("RSSI at the floor", FilterRule(.deny, rssiMin: -67), hit: true),
        RuleCase("RSSI under the floor", FilterRule(.deny, rssiMin: -66), hit: false),
        RuleCase("RSSI below", FilterRule(.deny, rssiBelow: -66), hit: true),
        RuleCase("RSSI not below", FilterRule(.deny, rssiBelow: -67), hit: false),
        RuleCase("RSSI not available is not above", FilterRule(.deny, rssiMin: -127), advertisement(rssi: nil), hit: false),
        RuleCase("RSSI not available is not below", FilterRule(.deny, rssiBelow: 20), advertisement(rssi: nil), hit: false),
        RuleCase("RSSI of 20 dBm is known", FilterRule(.deny, rssiMin: 20), advertisement(rssi: 20), hit: true),
        RuleCase("RSSI in a band", FilterRule(.deny, rssiMin: -70, rssiBelow: -60), hit: true),
        RuleCase("RSSI above a band", FilterRule(.deny, rssiMin: -70, rssiBelow: -60), advertisement(rssi: -60), hit: false),

        RuleCase("ADV_IND", event(.advInd), hit: true),
        RuleCase("ADV_IND is no ADV_SCAN_IND", event(.advScanInd), hit: false),
        RuleCase("ADV_DIRECT_IND", event(.advDirectInd), advertisement(type: .advDirectInd), hit: true),
        RuleCase("ADV_SCAN_IND", event(.advScanInd), advertisement(type: .advScanInd), hit: true),
        RuleCase("ADV_NONCONN_IND", event(.advNonconnInd), advertisement(type: .advNonconnInd), hit: true),
        RuleCase("SCAN_RSP", event(.scanResponse), advertisement(type: .scanResponse), hit: true),
        RuleCase("SCAN_RSP to an ADV_SCAN_IND", event(.scanResponse), advertisement(type: .scanResponseToScanInd), hit: true),
        RuleCase("an ADV_IND in an extended report", event(.advInd), advertisement(type: .init(extended: 0x0013), primary: .le1M), hit: true),
        RuleCase("EXT_ADV", event(.extended), extended(1), hit: true),
        RuleCase("EXT_ADV, connectable", event(.extended), extended(1, type: 0x01), hit: true),
        RuleCase("EXT_ADV, scan response", event(.extended), extended(1, type: 0x08), hit: true),
        RuleCase("an extended scan response is no SCAN_RSP", event(.scanResponse), extended(1, type: 0x08), hit: false),
        RuleCase("a legacy PDU is no EXT_ADV", event(.extended), hit: false),
        RuleCase("a reserved event type is no EXT_ADV", event(.extended), advertisement(type: .reserved), hit: false),
    ]

    static let contents: [RuleCase] = [
        RuleCase("company", company(0x004C), advertisement(), ad(0xFF, [0x4C, 0x00, 0x10]), hit: true),
        RuleCase("company, bytes exchanged", company(0x4C00), advertisement(), ad(0xFF, [0x4C, 0x00, 0x10]), hit: false),
        RuleCase(
            "company of the second structure", company(0x0059), advertisement(), ad(0xFF, [0x4C, 0]) + ad(0xFF, [0x59, 0]), hit: true),
        RuleCase("company without data behind it", company(0x004C), advertisement(), ad(0xFF, [0x4C, 0x00]), hit: true),
        RuleCase("manufacturer data too short for a company", company(0x004C), advertisement(), ad(0xFF, [0x4C]), hit: false),
        RuleCase("no manufacturer data", company(0x004C), advertisement(), ad(0x01, [6]), hit: false),
        RuleCase("company before damage", company(0x004C), advertisement(), ad(0xFF, [0x4C, 0]) + [9, 0xFF, 0x59, 0], hit: true),
        RuleCase("company behind damage", company(0x0059), advertisement(), ad(0xFF, [0x4C, 0]) + [9, 0xFF, 0x59, 0], hit: false),
        RuleCase("company behind a zero length", company(0x004C), advertisement(), [0, 4, 0xFF, 0x4C, 0, 1], hit: true),
        RuleCase(
            "company in a name", company(0x004C), advertisement(), ad(0x09, [0x42, 0, 4, 0xFF, 0x4C, 0, 1]), hit: false),

        RuleCase("16-bit list", service(battery), advertisement(), ad(0x03, [0x0A, 0x18, 0x0F, 0x18]), hit: true),
        RuleCase("16-bit incomplete list", service(battery), advertisement(), ad(0x02, [0x0F, 0x18]), hit: true),
        RuleCase("16-bit list without it", service(battery), advertisement(), ad(0x03, [0x0A, 0x18]), hit: false),
        RuleCase("16-bit list that ends inside it", service(battery), advertisement(), ad(0x03, [0x0A, 0x18, 0x0F]), hit: false),
        RuleCase("32-bit list", service(battery), advertisement(), ad(0x05, [0x0F, 0x18, 0, 0]), hit: true),
        RuleCase(
            "32-bit incomplete list, upper half differs", service(battery), advertisement(), ad(0x04, [0x0F, 0x18, 1, 0]), hit: false),
        RuleCase("128-bit list", service(uart), advertisement(), ad(0x07, uartOnAir), hit: true),
        RuleCase("128-bit incomplete list, second", service(uart), advertisement(), ad(0x06, batteryOnAir + uartOnAir), hit: true),
        RuleCase("a short UUID in its long form", service(battery), advertisement(), ad(0x07, batteryOnAir), hit: true),
        RuleCase("128-bit bytes exchanged", service(uart), advertisement(), ad(0x07, uartOnAir.reversed()), hit: false),
        RuleCase("16-bit service data", service(battery), advertisement(), ad(0x16, [0x0F, 0x18, 100]), hit: true),
        RuleCase("16-bit service data of another", service(battery), advertisement(), ad(0x16, [0x0A, 0x18, 0x0F, 0x18]), hit: false),
        RuleCase("32-bit service data", service(battery), advertisement(), ad(0x20, [0x0F, 0x18, 0, 0, 100]), hit: true),
        RuleCase("128-bit service data", service(uart), advertisement(), ad(0x21, uartOnAir), hit: true),
        RuleCase("service data too short for its UUID", service(battery), advertisement(), ad(0x16, [0x0F]), hit: false),
        RuleCase("solicited services are not offered ones", service(battery), advertisement(), ad(0x14, [0x0F, 0x18]), hit: false),

        RuleCase("iBeacon", beacon(region), advertisement(), ad(0x01, [6]) + ad(0xFF, iBeacon), hit: true),
        RuleCase(
            "iBeacon behind another entry", beacon(region), advertisement(), ad(0xFF, [0x4C, 0, 0x10, 5]) + ad(0xFF, iBeacon), hit: true),
        RuleCase("iBeacon of another region", beacon(region ^ 1), advertisement(), ad(0xFF, iBeacon), hit: false),
        RuleCase("iBeacon of another company", beacon(region), advertisement(), ad(0xFF, [0x59] + iBeacon.dropFirst()), hit: false),
        RuleCase(
            "iBeacon of another type", beacon(region), advertisement(), ad(0xFF, iBeacon.prefix(2) + [0x03] + iBeacon[3...]), hit: false),
        RuleCase(
            "iBeacon of another length", beacon(region), advertisement(), ad(0xFF, iBeacon.prefix(3) + [0x14] + iBeacon[4...]), hit: false),
        RuleCase("iBeacon cut short", beacon(region), advertisement(), ad(0xFF, [UInt8](iBeacon.dropLast())), hit: false),

        RuleCase("name", FilterRule(.deny, name: NamePattern("Te*")), advertisement(), ad(0x09, "TempSensor"), hit: true),
        RuleCase("shortened name", FilterRule(.deny, name: NamePattern("Temp")), advertisement(), ad(0x08, "Temp"), hit: true),
        RuleCase(
            "the complete name counts", FilterRule(.deny, name: NamePattern("Temp")), advertisement(),
            ad(0x08, "Temp") + ad(0x09, "TempSensor"), hit: false),
        RuleCase(
            "the complete name counts, wherever it is", FilterRule(.deny, name: NamePattern("ab")), advertisement(),
            ad(0x09, "ab") + ad(0x08, "a"), hit: true),
        RuleCase(
            "of two complete names the first", FilterRule(.deny, name: NamePattern("b")), advertisement(), ad(0x09, "a") + ad(0x09, "b"),
            hit: false),
        RuleCase("NULs behind a name", FilterRule(.deny, name: NamePattern("a")), advertisement(), ad(0x09, [0x61, 0, 0]), hit: true),
        RuleCase("no name is not any name", FilterRule(.deny, name: NamePattern("*")), advertisement(), ad(0x01, [6]), hit: false),
        RuleCase("an empty name is not any name", FilterRule(.deny, name: NamePattern("*")), advertisement(), ad(0x09, []), hit: false),
        RuleCase("a name of NULs is not any name", FilterRule(.deny, name: NamePattern("*")), advertisement(), ad(0x09, [0, 0]), hit: false),
        RuleCase(
            "a name up to its first NUL", FilterRule(.deny, name: NamePattern("BT3")), advertisement(),
            ad(0x09, [0x42, 0x54, 0x33, 0, 0x42]), hit: true),
        RuleCase(
            "an empty name hides no shortened one", FilterRule(.deny, name: NamePattern("BT3")), advertisement(),
            ad(0x09, []) + ad(0x08, "BT3"), hit: true),

        RuleCase(
            "all conditions hold", FilterRule(.deny, addressType: .public, name: NamePattern("a"), companyID: 0x59, rssiMin: -70),
            advertisement(), ad(0x09, "a") + ad(0xFF, [0x59, 0]), hit: true),
        RuleCase(
            "all but one", FilterRule(.deny, addressType: .public, name: NamePattern("b"), companyID: 0x59, rssiMin: -70),
            advertisement(), ad(0x09, "a") + ad(0xFF, [0x59, 0]), hit: false),
        RuleCase(
            "header holds, contents do not", FilterRule(.deny, companyID: 1, rssiMin: -70), advertisement(), ad(0x09, "a"), hit: false),
    ]

    @Test(arguments: headers) func `a rule on the header`(one: RuleCase) { Self.judge(one) }
    @Test(arguments: contents) func `a rule on the advertising data`(one: RuleCase) { Self.judge(one) }

    static func judge(_ one: RuleCase) {
        let filter = Judge([one.rule])
        let identity = one.identity.map { DeviceAddress($0) }
        // Twice, for the filter keeps a list of what it saw.
        for _ in 0..<2 {
            let allowed = filter.allows(one.advertisement, one.data, identity: identity)
            #expect(allowed != one.matches, "\(one.testDescription)")
        }
    }

    @Test func `every event kind has its name`() {
        #expect(
            FilterRule.EventKind.allCases.map(\.rawValue) == [
                "ADV_IND", "ADV_DIRECT_IND", "ADV_SCAN_IND", "ADV_NONCONN_IND", "SCAN_RSP", "EXT_ADV",
            ])
    }
}
