import Bluetooth
import Bytes
import Testing

/// Core specification Vol 4 Part E 7.7.65.13 LE Extended Advertising Report.
@Suite struct ExtendedReportTests {
    @Test func `7.7.65.13 one report, byte by byte`() {
        let packet: [UInt8] = [
            0x04, 0x3E, 0x1D,  // event, LE Meta, 29 bytes
            0x0D, 0x01,  // Subevent_Code LE Extended Advertising Report, Num_Reports
            0x01, 0x00,  // Event_Type: connectable, data complete
            0x01,  // Address_Type random
            0x66, 0x55, 0x44, 0x33, 0x22, 0xC1,  // Address, least significant byte first
            0x01,  // Primary_PHY LE 1M
            0x02,  // Secondary_PHY LE 2M
            0x07,  // Advertising_SID
            0xF4,  // TX_Power −12 dBm
            0xC9,  // RSSI −55 dBm
            0x50, 0x00,  // Periodic_Advertising_Interval
            0x00,  // Direct_Address_Type
            0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6,  // Direct_Address
            0x03,  // Data_Length
            0x02, 0x01, 0x06,  // Data
        ]
        let decoded = decode(packet)
        #expect(
            decoded.reports == [
                AdvertisingReport(
                    eventType: AdvertisingEventType(rawValue: 0x01), dataStatus: .complete, addressType: .random,
                    address: DeviceAddress(0xC122_3344_5566), primaryPHY: .le1M, secondaryPHY: .le2M, sid: 7, txPower: -12, rssi: -55)
            ])
        #expect(decoded.data == [29..<32])
        #expect(decoded.error == nil)
        #expect(decoded.isOver)
    }

    @Test func `three reports of different lengths come in order, each with its own fields`() {
        let decoded = decode(
            extendedEvent([
                extendedReport(type: 0x13, address: 1, rssi: -1, data: [1, 2, 3]),
                extendedReport(type: 0x01, addressType: 1, address: 2, primary: 3, secondary: 3, sid: 15, txPower: -127, rssi: -2),
                extendedReport(type: 0x22, addressType: 2, address: 3, secondary: 1, sid: 0, txPower: 20, rssi: 20, data: [4]),
            ]))
        #expect(
            decoded.reports == [
                AdvertisingReport(
                    eventType: .advInd, addressType: .public, address: DeviceAddress(1), primaryPHY: .le1M, rssi: -1),
                AdvertisingReport(
                    eventType: AdvertisingEventType(rawValue: 1), addressType: .random, address: DeviceAddress(2),
                    primaryPHY: .leCoded, secondaryPHY: .leCoded, sid: 15, txPower: -127, rssi: -2),
                AdvertisingReport(
                    eventType: AdvertisingEventType(rawValue: 2), dataStatus: .moreToCome, addressType: .publicIdentity,
                    address: DeviceAddress(3), primaryPHY: .le1M, secondaryPHY: .le1M, sid: 0, txPower: 20, rssi: 20),
            ])
        #expect(decoded.data == [29..<32, 56..<56, 80..<81])
        #expect(decoded.error == nil)
        #expect(decoded.isOver)
    }

    @Test func `ten reports, as many as the specification allows`() {
        let decoded = decode(extendedEvent((0..<10).map { extendedReport(address: UInt64($0), rssi: Int8(-$0)) }))
        #expect(decoded.reports.map(\.address.value) == Array(0..<10))
        #expect(decoded.reports.map(\.rssi) == (0..<10).map { Int8(-$0) })
        #expect(decoded.error == nil)
    }

    @Test func `229 bytes of data, as many as one report can carry`() {
        let data = (0..<229).map { UInt8($0) }
        let packet = extendedEvent([extendedReport(data: data)])
        #expect(packet.count == HCIEvent.maximumSize)
        #expect(decode(packet).data.map { Array(packet[$0]) } == [data])
        #expect(decode(packet).error == nil)
    }

    @Test(
        arguments: [
            (0b00, AdvertisingReport.DataStatus.complete), (0b01, .moreToCome), (0b10, .truncated), (0b11, .reserved),
        ] as [(UInt16, AdvertisingReport.DataStatus)])
    func `bits 5 and 6 of the Event_Type are the data status`(bits: UInt16, status: AdvertisingReport.DataStatus) {
        let reports = decode(extendedEvent([extendedReport(type: 0x13 | bits << 5)])).reports
        #expect(reports.map(\.dataStatus) == [status])
        #expect(reports.map(\.eventType) == [.advInd])
    }

    @Test func `reserved bits of the Event_Type change nothing`() {
        for bit in 7..<16 {
            for type: UInt16 in [0x00, 0x13, 0x21, 0x40] {
                let plain = decode(extendedEvent([extendedReport(type: type)])).reports
                #expect(decode(extendedEvent([extendedReport(type: type | 1 << UInt16(bit))])).reports == plain, "bit \(bit)")
            }
        }
        #expect(decode(extendedEvent([extendedReport(type: 0xFF80)])).reports.map(\.eventType) == [AdvertisingEventType(rawValue: 0)])
    }

    @Test func `reserved bits of the PHY fields change nothing`() {
        for (bits, phy) in [(0, nil), (1, .le1M), (2, .le2M), (3, .leCoded)] as [(UInt8, PHY?)] {
            for reserved: UInt8 in [0, 0x20, 0x40, 0x80, 0xE0] {
                let report = decode(extendedEvent([extendedReport(primary: bits | reserved, secondary: bits | reserved)])).reports
                // No primary channel has 2M.
                #expect(report.map(\.primaryPHY) == [phy == .le2M ? nil : phy])
                #expect(report.map(\.secondaryPHY) == [phy])
            }
        }
    }

    @Test func `a PHY that the specification does not know yet is unknown`() {
        for bits: UInt8 in 4...31 {
            let report = decode(extendedEvent([extendedReport(primary: bits, secondary: bits)])).reports
            #expect(report.map(\.primaryPHY) == [nil] && report.map(\.secondaryPHY) == [nil])
        }
    }

    @Test func `a SID is a number from 0 to 15, none where there is none or a reserved one`() {
        for sid in UInt8(0)...0xFF {
            #expect(decode(extendedEvent([extendedReport(sid: sid)])).reports.map(\.sid) == [sid < 16 ? sid : nil])
        }
    }

    @Test func `a TX power and an RSSI of 127 are not available`() {
        for power in Int8.min...Int8.max {
            let report = decode(extendedEvent([extendedReport(txPower: power, rssi: power)])).reports
            #expect(report.map(\.txPower) == [power == 127 ? nil : power] && report.map(\.rssi) == [power == 127 ? nil : power])
        }
    }

    @Test func `an anonymous advertiser has address 0, whatever the controller left in the field`() {
        let report = decode(extendedEvent([extendedReport(addressType: 0xFF, address: 0xA1A2_A3A4_A5A6)])).reports
        #expect(report.map(\.addressType) == [.anonymous])
        #expect(report.map(\.address) == [DeviceAddress(0)])
        let other = decode(extendedEvent([extendedReport(addressType: 0xFE, address: 0xA1A2_A3A4_A5A6)])).reports
        #expect(other.map(\.address) == [DeviceAddress(0xA1A2_A3A4_A5A6)])
    }

    /// The third report lacks bytes: the error names the field that is truncated, and where it begins.
    @Test(arguments: 2...26)
    func `the third of three truncated leaves the first two standing`(missing: Int) {
        let reports = (1...3).map { extendedReport(address: UInt64($0), rssi: -50, data: [0xA0, 0xA1]) }
        let decoded = decode(event(0x3E, [0x0D, 0x03] + reports.flatMap { $0 }.dropLast(missing)))
        #expect(decoded.reports.map(\.address.value) == [1, 2])
        #expect(decoded.reports.map(\.rssi) == [-50, -50])
        let fields: [(offset: Int, name: StaticString)] = [
            (0, "Event_Type"), (2, "Address_Type"), (3, "Address"), (9, "Primary_PHY"), (10, "Secondary_PHY"), (11, "Advertising_SID"),
            (12, "TX_Power"), (13, "RSSI"), (14, "Periodic_Advertising_Interval"), (16, "Direct_Address_Type"), (17, "Direct_Address"),
            (23, "Data_Length"), (24, "Data"),
        ]
        let cut = fields.last { $0.offset <= 26 - missing }!
        #expect(decoded.error == DecodeError(.truncated, at: 5 + 2 * 26 + cut.offset, in: cut.name))
        #expect(decoded.isOver)
    }

    @Test func `a Data_Length beyond the event ends the iteration`() {
        var packet = extendedEvent([extendedReport(address: 1, data: [1]), extendedReport(address: 2, data: [2])])
        packet[5 + 25 + 23] = 2
        let decoded = decode(packet)
        #expect(decoded.reports.map(\.address.value) == [1])
        #expect(decoded.error == DecodeError(.truncated, at: 54, in: "Data"))
        #expect(decoded.isOver)
    }

    @Test func `a Data_Length that is too short leaves trailing bytes`() {
        var packet = extendedEvent([extendedReport(data: [1, 2, 3])])
        packet[5 + 23] = 2
        let decoded = decode(packet)
        #expect(decoded.data == [29..<31])
        #expect(decoded.error == DecodeError(.trailing, at: 31, in: "Num_Reports"))
        #expect(decoded.isOver)
    }

    @Test func `a Num_Reports that is wrong leaves the reports that are there`() {
        var packet = extendedEvent([extendedReport(address: 1), extendedReport(address: 2)])
        packet[4] = 1
        #expect(decode(packet).reports.map(\.address.value) == [1])
        #expect(decode(packet).error == DecodeError(.trailing, at: 29, in: "Num_Reports"))
        packet[4] = 3
        #expect(decode(packet).reports.map(\.address.value) == [1, 2])
        #expect(decode(packet).error == DecodeError(.truncated, at: 53, in: "Event_Type"))
    }
}
