import Bluetooth
import Testing

@Suite struct AdvertisingEventTypeTests {
    /// A legacy event type, the bits an extended report gives the same PDU, and the PDU's name.
    @Test(
        arguments: [
            (0, 0x13, "ADV_IND"), (1, 0x15, "ADV_DIRECT_IND"), (2, 0x12, "ADV_SCAN_IND"), (3, 0x10, "ADV_NONCONN_IND"),
            (4, 0x1B, "SCAN_RSP"),
        ] as [(UInt8, UInt16, String)])
    func `a legacy PDU has one event type whatever the report`(legacy: UInt8, extended: UInt16, name: String) {
        let type = AdvertisingEventType(legacy: legacy)
        #expect(type == AdvertisingEventType(extended: extended))
        #expect(type.rawValue == UInt8(extended))
        #expect(type.name?.description == name)
        #expect(type.isLegacy)
    }

    @Test func `a legacy PDU in an extended report decodes as in a legacy one`() {
        for (legacy, extended): (UInt8, UInt16) in [(0, 0x13), (1, 0x15), (2, 0x12), (3, 0x10), (4, 0x1B)] {
            let old = decode(legacyEvent([legacyReport(type: legacy, addressType: 1, address: 7, data: [1], rssi: -3)])).reports
            let new = decode(extendedEvent([extendedReport(type: extended, addressType: 1, address: 7, rssi: -3, data: [1])])).reports
            #expect(old.map(\.eventType) == new.map(\.eventType))
            #expect(old.map(\.address) == new.map(\.address))
            #expect(old.map(\.rssi) == new.map(\.rssi))
            #expect(old.map(\.sid) == new.map(\.sid))
            #expect(old.map(\.txPower) == new.map(\.txPower))
        }
    }

    @Test func `a scan response has its name whatever it answers`() {
        #expect(AdvertisingEventType(extended: 0x1A) == .scanResponseToScanInd)
        #expect(AdvertisingEventType.scanResponseToScanInd.name?.description == "SCAN_RSP")
        #expect(AdvertisingEventType.scanResponseToScanInd.isLegacy)
        #expect(AdvertisingEventType.scanResponseToScanInd.isScanResponse)
        #expect(!AdvertisingEventType.scanResponseToScanInd.isConnectable)
    }

    @Test func `every extended PDU is EXT_ADV, every other legacy combination has no name`() {
        let named: [UInt16: String] = [
            0x13: "ADV_IND", 0x15: "ADV_DIRECT_IND", 0x12: "ADV_SCAN_IND", 0x10: "ADV_NONCONN_IND", 0x1B: "SCAN_RSP", 0x1A: "SCAN_RSP",
        ]
        for bits: UInt16 in 0...0x1F {
            let type = AdvertisingEventType(extended: bits)
            #expect(type.name?.description == (bits & 0x10 == 0 ? "EXT_ADV" : named[bits]), "bits \(bits)")
        }
    }

    @Test func `each of the five bits says one thing`() {
        for bits: UInt16 in 0...0x1F {
            let type = AdvertisingEventType(extended: bits)
            #expect(type.isConnectable == (bits & 1 != 0))
            #expect(type.isScannable == (bits & 2 != 0))
            #expect(type.isDirected == (bits & 4 != 0))
            #expect(type.isScanResponse == (bits & 8 != 0))
            #expect(type.isLegacy == (bits & 16 != 0))
        }
    }

    @Test func `data status and reserved bits are no part of the type`() {
        #expect(AdvertisingEventType(extended: 0xFFF3) == .advInd)
        #expect(AdvertisingEventType(extended: 0xFFE0).rawValue == 0)
    }

    @Test func `a legacy type that is reserved has no name`() {
        for legacy in UInt8(5)...UInt8.max {
            #expect(AdvertisingEventType(legacy: legacy) == .reserved)
        }
        #expect(AdvertisingEventType.reserved.name == nil)
        #expect(AdvertisingEventType.reserved.isLegacy)
    }

    @Test func `a PHY has the wire contract's name`() {
        #expect(PHY.allCases.map { "\($0.name)" } == ["1M", "2M", "Coded"])
        #expect("\(ScanningPHYs.le1M) \(ScanningPHYs.leCoded) \([.le1M, .leCoded] as ScanningPHYs)" == "1M Coded 1M and Coded")
    }
}
