import Bluetooth
import Bytes
import Testing

/// Core specification Vol 4 Part E 7.7.65.2 LE Advertising Report.
@Suite struct LegacyReportTests {
    @Test func `7.7.65.2 one report, byte by byte`() {
        let packet: [UInt8] = [
            0x04, 0x3E, 0x11,  // event, LE Meta, 17 bytes
            0x02, 0x01,  // Subevent_Code LE Advertising Report, Num_Reports
            0x02,  // Event_Type ADV_SCAN_IND
            0x01,  // Address_Type random
            0x66, 0x55, 0x44, 0x33, 0x22, 0xC1,  // Address, least significant byte first
            0x05,  // Data_Length
            0x02, 0x01, 0x06, 0x01, 0x09,  // Data
            0xBD,  // RSSI −67 dBm
        ]
        let decoded = decode(packet)
        #expect(
            decoded.reports == [
                AdvertisingReport(
                    eventType: .advScanInd, dataStatus: .complete, addressType: .random, address: DeviceAddress(0xC122_3344_5566),
                    primaryPHY: nil, secondaryPHY: nil, sid: nil, txPower: nil, rssi: -67)
            ])
        #expect(decoded.data == [14..<19])
        #expect(decoded.error == nil)
        #expect(decoded.isOver)
    }

    @Test func `three reports of different lengths come in order, each with its own fields`() {
        let decoded = decode(
            legacyEvent([
                legacyReport(type: 0, addressType: 0, address: 0x0000_0000_0001, data: [1, 2, 3], rssi: -1),
                legacyReport(type: 4, addressType: 1, address: 0xFFFF_FFFF_FFFF, data: [], rssi: -128),
                legacyReport(type: 3, addressType: 3, address: 0x0123_4567_89AB, data: [UInt8](repeating: 9, count: 31), rssi: 20),
            ]))
        #expect(
            decoded.reports == [
                AdvertisingReport(eventType: .advInd, addressType: .public, address: DeviceAddress(1), rssi: -1),
                AdvertisingReport(
                    eventType: .scanResponse, addressType: .random, address: DeviceAddress(0xFFFF_FFFF_FFFF), rssi: -128),
                AdvertisingReport(
                    eventType: .advNonconnInd, addressType: .randomIdentity, address: DeviceAddress(0x0123_4567_89AB), rssi: 20),
            ])
        #expect(decoded.data == [14..<17, 27..<27, 37..<68])
        #expect(decoded.error == nil)
        #expect(decoded.isOver)
    }

    @Test func `twenty-five reports, as many as the specification allows`() {
        // 25 reports of 10 bytes without data: 252 of 255 bytes.
        let packet = legacyEvent((0..<25).map { legacyReport(address: UInt64($0), rssi: Int8(-40 - $0)) })
        let decoded = decode(packet)
        #expect(decoded.reports.map(\.address.value) == Array(0..<25))
        #expect(decoded.reports.map(\.rssi) == (0..<25).map { Int8(-40 - $0) })
        #expect(decoded.error == nil)
        #expect(decoded.isOver)
    }

    @Test func `the reports that are left are counted down`() throws {
        let packet = legacyEvent([legacyReport(), legacyReport()])
        guard case .advertising(var reports) = try HCIEvent(packet.span.bytes) else {
            Issue.record("another event")
            return
        }
        #expect(reports.remaining == 2)
        _ = try reports.next(in: packet.span.bytes)
        #expect(reports.remaining == 1)
        _ = try reports.next(in: packet.span.bytes)
        #expect(reports.remaining == 0)
    }

    /// The third report lacks its last bytes; the event's own length is right.
    @Test(arguments: [
        (1, 11, "RSSI"), (2, 9, "Data"), (3, 9, "Data"), (4, 8, "Data_Length"), (5, 2, "Address"), (10, 2, "Address"),
        (11, 1, "Address_Type"), (12, 0, "Event_Type"),
    ])
    func `the third of three truncated leaves the first two standing`(missing: Int, offset: Int, field: String) {
        let reports = (1...3).map { legacyReport(address: UInt64($0), data: [0xA0, 0xA1], rssi: -50) }
        let packet = event(0x3E, [0x02, 0x03] + reports.flatMap { $0 }.dropLast(missing))
        let decoded = decode(packet)
        #expect(decoded.reports.map(\.address.value) == [1, 2])
        #expect(decoded.reports.map(\.rssi) == [-50, -50])
        // Header 5 bytes, reports of 12 bytes.
        #expect(decoded.error?.reason == .truncated)
        #expect(decoded.error?.offset == 5 + 2 * 12 + offset)
        #expect(decoded.error?.field.description == field)
        #expect(decoded.isOver)
    }

    @Test func `a Data_Length beyond the event ends the iteration`() {
        var packet = legacyEvent([legacyReport(data: [1, 2, 3]), legacyReport(data: [4, 5, 6])])
        packet[5 + 8] = 0xFF
        let decoded = decode(packet)
        #expect(decoded.reports.isEmpty)
        #expect(decoded.error == DecodeError(.truncated, at: 14, in: "Data"))
        #expect(decoded.isOver)
    }

    @Test func `a Data_Length that takes the RSSI for data is truncated`() {
        var packet = legacyEvent([legacyReport(data: [1, 2, 3], rssi: -9)])
        packet[5 + 8] = 4
        #expect(decode(packet).error == DecodeError(.truncated, at: 18, in: "RSSI"))
    }

    @Test func `a Data_Length that is too short leaves trailing bytes`() {
        var packet = legacyEvent([legacyReport(data: [1, 2, 3], rssi: -9)])
        packet[5 + 8] = 1
        let decoded = decode(packet)
        #expect(decoded.data == [14..<15])
        #expect(decoded.reports.map(\.rssi) == [2])
        #expect(decoded.error == DecodeError(.trailing, at: 16, in: "Num_Reports"))
        #expect(decoded.isOver)
    }

    @Test func `a Num_Reports that is too small leaves trailing bytes`() {
        var packet = legacyEvent([legacyReport(address: 1), legacyReport(address: 2), legacyReport(address: 3)])
        packet[4] = 2
        let decoded = decode(packet)
        #expect(decoded.reports.map(\.address.value) == [1, 2])
        #expect(decoded.error == DecodeError(.trailing, at: 25, in: "Num_Reports"))
        #expect(decoded.isOver)
    }

    @Test func `a Num_Reports that is too large is truncated at the event's end`() {
        var packet = legacyEvent([legacyReport(address: 1)])
        packet[4] = 0xFF
        let decoded = decode(packet)
        #expect(decoded.reports.map(\.address.value) == [1])
        #expect(decoded.error == DecodeError(.truncated, at: 15, in: "Event_Type"))
        #expect(decoded.isOver)
    }

    @Test func `more than thirty-one bytes of data are impossible on air and read all the same`() {
        let data = (0..<200).map { UInt8($0) }
        let packet = legacyEvent([legacyReport(data: data, rssi: -1)])
        let decoded = decode(packet)
        #expect(decoded.data.map { Array(packet[$0]) } == [data])
        #expect(decoded.error == nil)
    }

    @Test func `an RSSI of 127 is not available`() {
        #expect(decode(legacyEvent([legacyReport(rssi: 127)])).reports.map(\.rssi) == [nil])
    }

    @Test func `a reserved Event_Type and Address_Type are values`() {
        let decoded = decode(legacyEvent([legacyReport(type: 5, addressType: 4, address: 9)]))
        #expect(decoded.reports.map(\.eventType) == [.reserved])
        #expect(decoded.reports.map(\.addressType) == [AddressType(rawValue: 4)])
        #expect(decoded.error == nil)
    }
}
