import Bytes

/// One report of an LE Advertising Report (7.7.65.2) or LE Extended Advertising Report (7.7.65.13) event,
/// Core specification Vol 4 Part E. The advertising data stays in the event.
public struct AdvertisingReport: BitwiseCopyable, Equatable, Sendable {
    /// Bits 5–6 of an extended `Event_Type`.
    public enum DataStatus: UInt8, BitwiseCopyable, Sendable {
        case complete = 0
        /// Incomplete, more data to come in further reports.
        case moreToCome = 1
        /// Incomplete, truncated: nothing more will come.
        case truncated = 2
        case reserved = 3
    }

    /// 0 for an anonymous advertiser.
    public var address: DeviceAddress
    public var addressType: AddressType
    public var eventType: AdvertisingEventType
    public var dataStatus: DataStatus
    /// LE 1M or LE Coded: there is nothing on LE 2M on primary channels. Nil in a legacy report, which has no such field.
    public var primaryPHY: PHY?
    /// Nil if there was nothing on a secondary channel.
    public var secondaryPHY: PHY?
    /// The number of the advertising set, 0x00–0x0F; nil if there is no ADI field, and for reserved values, which some
    /// controllers report.
    public var sid: UInt8?
    /// dBm; nil if the controller does not know.
    public var txPower: Int8?
    /// dBm; nil if the controller does not know.
    public var rssi: Int8?

    public init(
        eventType: AdvertisingEventType, dataStatus: DataStatus = .complete, addressType: AddressType, address: DeviceAddress,
        primaryPHY: PHY? = nil, secondaryPHY: PHY? = nil, sid: UInt8? = nil, txPower: Int8? = nil, rssi: Int8?
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
    }

    /// `TX_Power` or `RSSI`: 127 stands for not available.
    fileprivate static func power(_ reported: Int8) -> Int8? { reported == 127 ? nil : reported }
}

/// The reports of one event, one after the other.
///
/// A malformed report throws and ends the iteration: what came before it stands, what comes after cannot be found.
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

    /// The next report, and where its advertising data is within the event; nil behind the last.
    /// - Throws: `truncated` where a report reaches past the event's end, `trailing` where bytes are left behind the last.
    public mutating func next(in bytes: RawSpan) throws(DecodeError) -> (report: AdvertisingReport, data: Range<Int>)? {
        guard remaining > 0 else {
            let left = reader.remaining
            reader = ByteReader(reader.end..<reader.end)
            guard left == 0 else { throw DecodeError(.trailing, at: reader.end - left, in: "Num_Reports") }
            return nil
        }
        do {
            let next = isExtended ? try extended(bytes) : try legacy(bytes)
            remaining -= 1
            return next
        } catch {
            remaining = 0
            reader = ByteReader(reader.end..<reader.end)
            throw error
        }
    }

    /// 7.7.65.2
    private mutating func legacy(_ bytes: RawSpan) throws(DecodeError) -> (AdvertisingReport, Range<Int>) {
        var reader = reader
        let eventType = try reader.u8(bytes, "Event_Type")
        let addressType = try reader.u8(bytes, "Address_Type")
        let address = try reader.u48(bytes, "Address")
        let data = try Self.lengthAndData(&reader, bytes)
        let rssi = try reader.i8(bytes, "RSSI")
        self.reader = reader
        let report = AdvertisingReport(
            eventType: AdvertisingEventType(legacy: eventType), addressType: AddressType(rawValue: addressType),
            address: DeviceAddress(address), rssi: AdvertisingReport.power(rssi))
        return (report, data)
    }

    /// 7.7.65.13
    private mutating func extended(_ bytes: RawSpan) throws(DecodeError) -> (AdvertisingReport, Range<Int>) {
        var reader = reader
        let eventType = try reader.u16(bytes, "Event_Type")
        let addressType = AddressType(rawValue: try reader.u8(bytes, "Address_Type"))
        let address = try reader.u48(bytes, "Address")
        let primaryPHY = PHY(reported: try reader.u8(bytes, "Primary_PHY"))
        let secondaryPHY = PHY(reported: try reader.u8(bytes, "Secondary_PHY"))
        let sid = try reader.u8(bytes, "Advertising_SID")
        let txPower = try reader.i8(bytes, "TX_Power")
        let rssi = try reader.i8(bytes, "RSSI")
        _ = try reader.skip(2, "Periodic_Advertising_Interval")
        _ = try reader.skip(1, "Direct_Address_Type")
        _ = try reader.skip(6, "Direct_Address")
        let data = try Self.lengthAndData(&reader, bytes)
        self.reader = reader
        let report = AdvertisingReport(
            eventType: AdvertisingEventType(extended: eventType),
            dataStatus: AdvertisingReport.DataStatus(rawValue: UInt8(truncatingIfNeeded: eventType >> 5 & 3))!,
            addressType: addressType,
            // Without an address the field holds whatever the controller left there.
            address: DeviceAddress(addressType == .anonymous ? 0 : address),
            primaryPHY: primaryPHY == .le2M ? nil : primaryPHY, secondaryPHY: secondaryPHY,
            sid: sid <= 0x0F ? sid : nil, txPower: AdvertisingReport.power(txPower), rssi: AdvertisingReport.power(rssi))
        return (report, data)
    }

    /// | 1 Data_Length | n Data |
    @inline(__always) private static func lengthAndData(_ reader: inout ByteReader, _ bytes: RawSpan) throws(DecodeError) -> Range<Int> {
        let length = Int(try reader.u8(bytes, "Data_Length"))
        let start = try reader.skip(length, "Data")
        return start..<start + length
    }
}
