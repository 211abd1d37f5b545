import Bytes

/// One report of an LE Advertising Report (7.7.65.2) or LE Extended Advertising Report (7.7.65.13) event,
/// Core specification Vol 4 Part E. The advertising data stays in the event; the report knows where.
public struct AdvertisingReport: Equatable, Sendable {
    /// Bits 5–6 of an extended `Event_Type`.
    public enum DataStatus: UInt8, Sendable {
        case complete = 0
        /// Incomplete, more data to come in further reports.
        case moreToCome = 1
        /// Incomplete, truncated: nothing more will come.
        case truncated = 2
        case reserved = 3
    }

    public var eventType: AdvertisingEventType
    public var dataStatus: DataStatus
    public var addressType: AddressType
    public var address: DeviceAddress
    /// 1 LE 1M, 3 LE Coded; 0 in a legacy report, which does not tell.
    public var primaryPHY: UInt8
    /// 1 LE 1M, 2 LE 2M, 3 LE Coded; 0 where there was nothing on a secondary channel.
    public var secondaryPHY: UInt8
    /// `Advertising_SID` as the controller gave it: 0x00–0x0F, `noSID` where there is none; see `advertisingSID(_:)`.
    public var sid: UInt8
    /// dBm, `notAvailable` where the controller does not know.
    public var txPower: Int8
    /// dBm, `notAvailable` where the controller does not know.
    public var rssi: Int8
    /// The advertising data within the event.
    public var data: Range<Int>

    /// 127: RSSI or TX power not available.
    public static let notAvailable: Int8 = 127
    /// 0xFF: no ADI field.
    public static let noSID: UInt8 = 0xFF

    public init(
        eventType: AdvertisingEventType, dataStatus: DataStatus = .complete, addressType: AddressType, address: DeviceAddress,
        primaryPHY: UInt8 = 0, secondaryPHY: UInt8 = 0, sid: UInt8 = noSID, txPower: Int8 = notAvailable, rssi: Int8, data: Range<Int>
    ) {
        self.eventType = eventType
        self.dataStatus = dataStatus
        self.addressType = addressType
        self.address = address
        self.primaryPHY = primaryPHY
        self.secondaryPHY = secondaryPHY
        self.sid = sid
        self.txPower = txPower
        self.rssi = rssi
        self.data = data
    }

    /// The number of an advertising set, 0…15; nil for `noSID` and reserved values, which some controllers tell.
    public static func advertisingSID(_ sid: UInt8) -> Int? { sid <= 0x0F ? Int(sid) : nil }

    /// The wire contract's name of a `Primary_PHY`, nil for 0 and reserved values: there is nothing on 2M on primary channels.
    public static func primaryPHYName(_ phy: UInt8) -> StaticString? { phy == 2 ? nil : secondaryPHYName(phy) }

    /// The wire contract's name of a `Secondary_PHY`, nil for 0 and reserved values.
    public static func secondaryPHYName(_ phy: UInt8) -> StaticString? {
        switch phy {
        case 1: "1M"
        case 2: "2M"
        case 3: "Coded"
        default: nil
        }
    }
}

/// The reports of one event, one after the other.
///
/// A report that is damaged throws and ends the iteration: what came before it stands, what comes after cannot be found.
public struct AdvertisingReports: Sendable {
    private var reader: ByteReader
    private let isExtended: Bool
    /// `Num_Reports` that have not been read yet.
    public private(set) var remaining: Int

    /// - Parameter reader: stands on `Num_Reports`.
    init(_ reader: ByteReader, extended: Bool, in bytes: RawSpan) throws(DecodeError) {
        self.reader = reader
        isExtended = extended
        remaining = Int(try self.reader.u8(bytes, "Num_Reports"))
        guard remaining > 0 else { throw DecodeError(.invalid, at: reader.offset, in: "Num_Reports") }
    }

    /// The next report, nil behind the last.
    /// - Throws: `truncated` where a report reaches past the event's end, `trailing` where bytes are left behind the last.
    public mutating func next(in bytes: RawSpan) throws(DecodeError) -> AdvertisingReport? {
        guard remaining > 0 else {
            let left = reader.remaining
            reader = ByteReader(reader.end..<reader.end)
            guard left == 0 else { throw DecodeError(.trailing, at: reader.end - left, in: "Num_Reports") }
            return nil
        }
        do {
            let report = isExtended ? try extended(bytes) : try legacy(bytes)
            remaining -= 1
            return report
        } catch {
            remaining = 0
            reader = ByteReader(reader.end..<reader.end)
            throw error
        }
    }

    /// | 1 Event_Type | 1 Address_Type | 6 Address | 1 Data_Length | n Data | 1 RSSI |
    private mutating func legacy(_ bytes: RawSpan) throws(DecodeError) -> AdvertisingReport {
        let eventType = try reader.u8(bytes, "Event_Type")
        let addressType = try reader.u8(bytes, "Address_Type")
        let address = try reader.u48(bytes, "Address")
        let length = Int(try reader.u8(bytes, "Data_Length"))
        let start = try reader.skip(length, "Data")
        return AdvertisingReport(
            eventType: AdvertisingEventType(legacy: eventType), addressType: AddressType(rawValue: addressType),
            address: DeviceAddress(address), rssi: try reader.i8(bytes, "RSSI"), data: start..<start + length)
    }

    /// | 2 Event_Type | 1 Address_Type | 6 Address | 1 Primary_PHY | 1 Secondary_PHY | 1 Advertising_SID | 1 TX_Power | 1 RSSI |
    /// | 2 Periodic_Advertising_Interval | 1 Direct_Address_Type | 6 Direct_Address | 1 Data_Length | n Data |
    private mutating func extended(_ bytes: RawSpan) throws(DecodeError) -> AdvertisingReport {
        let fixed = try reader.skip(24, "Event_Type")
        let eventType = bytes.u16(at: fixed)
        let length = Int(bytes.byte(at: fixed + 23))
        let start = try reader.skip(length, "Data")
        let addressType = AddressType(rawValue: bytes.byte(at: fixed + 2))
        return AdvertisingReport(
            eventType: AdvertisingEventType(extended: eventType),
            dataStatus: AdvertisingReport.DataStatus(rawValue: UInt8(truncatingIfNeeded: eventType >> 5 & 3))!,
            addressType: addressType,
            // Without an address the field holds whatever the controller left there.
            address: DeviceAddress(addressType == .anonymous ? 0 : bytes.u48(at: fixed + 3)),
            // Apple's and Broadcom's controllers set reserved bits in the PHY fields.
            primaryPHY: bytes.byte(at: fixed + 9) & 0x1F, secondaryPHY: bytes.byte(at: fixed + 10) & 0x1F,
            sid: bytes.byte(at: fixed + 11), txPower: Int8(bitPattern: bytes.byte(at: fixed + 12)),
            rssi: Int8(bitPattern: bytes.byte(at: fixed + 13)), data: start..<start + length)
    }
}
