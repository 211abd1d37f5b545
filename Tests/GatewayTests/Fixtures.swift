import Bluetooth
import Bytes

@testable import Gateway

let second: UInt64 = 1_000_000_000

/// One AD structure: | 1 length | 1 type | n data |.
func ad(_ type: UInt8, _ data: [UInt8]) -> [UInt8] { [UInt8(data.count + 1), type] + data }
func ad(_ type: UInt8, _ text: String) -> [UInt8] { ad(type, Array(text.utf8)) }

/// An advertisement as a legacy report tells it, unless said otherwise.
func advertisement(
    address: UInt64 = 0xAABB_CCDD_EEFF, type: AdvertisingEventType = .advInd, addressType: AddressType = .public, rssi: Int8? = -67,
    txPower: Int8? = nil, sid: UInt8? = nil, primary: PHY? = nil, secondary: PHY? = nil, time: Int64 = 1_768_127_445_123_456,
    received: UInt64 = 0, adapter: UInt8 = 0, truncated: Bool = false
) -> Advertisement {
    let report = AdvertisingReport(
        eventType: type, dataStatus: truncated ? .truncated : .complete, addressType: addressType, address: DeviceAddress(address),
        primaryPHY: primary, secondaryPHY: secondary, sid: sid, txPower: txPower, rssi: rssi)
    return Advertisement(report, unixMicroseconds: time, received: received, adapter: adapter)
}

/// An extended, non-connectable advertisement.
func extended(_ address: UInt64, sid: UInt8? = 0, type: UInt8 = 0, received: UInt64 = 0) -> Advertisement {
    advertisement(
        address: address, type: AdvertisingEventType(rawValue: type), addressType: .random, sid: sid, primary: .le1M, secondary: .le2M,
        received: received)
}

/// What `body` writes, as text.
func text(capacity: Int = 65_536, _ body: (inout ByteWriter) -> Void) -> String {
    String(decoding: bytes(capacity: capacity, body), as: UTF8.self)
}

func bytes(capacity: Int = 65_536, _ body: (inout ByteWriter) -> Void) -> [UInt8] {
    withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 16) { memory in
        var writer = ByteWriter(memory)
        body(&writer)
        precondition(!writer.isFull)
        return Array(memory[..<writer.count])
    }
}

extension Topics {
    /// `base/scannerID/{mac}`, and `statusBase/scannerID`: what the configuration's defaults come to.
    init(base: String, statusBase: String, scannerID: String, identities: [KnownDevice] = []) {
        self.init(
            advertisement: [.text(Array("\(base)/\(scannerID)/".utf8)), .address], status: Array("\(statusBase)/\(scannerID)".utf8),
            adapters: [], identities: identities)
    }
}

/// A rule that refuses one address.
func denied(_ address: UInt64) -> FilterRule { FilterRule(.deny, address: FilterRule.AddressPattern(value: address, bytes: 6)) }

/// Six bytes as they are on the wire, least significant first.
func wireAddress(_ value: UInt64) -> [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) } }

/// A report of an LE Advertising Report event (7.7.65.2).
func legacyReport(_ address: UInt64, type: UInt8 = 0, data: [UInt8], rssi: Int8 = -50) -> [UInt8] {
    [type, 0x01] + wireAddress(address) + [UInt8(data.count)] + data + [UInt8(bitPattern: rssi)]
}

/// A report of an LE Extended Advertising Report event (7.7.65.13).
/// - Parameter status: 0 complete, 1 more to come, 2 truncated.
func extendedReport(_ address: UInt64, type: UInt16 = 0, status: UInt16 = 0, sid: UInt8 = 1, data: [UInt8]) -> [UInt8] {
    let eventType = type | status << 5
    var report = [UInt8(eventType & 0xFF), UInt8(eventType >> 8), 0x01] + wireAddress(address)
    report += [1, 2, sid]  // primary PHY, secondary PHY, SID
    report += [127, 0xC4]  // TX power not available, RSSI −60
    report += [0, 0]  // periodic interval
    report += [0, 0, 0, 0, 0, 0, 0]  // direct address type and address
    return report + [UInt8(data.count)] + data
}

/// LE Meta: | 04 | 3E | length | subevent | number of reports | reports |.
func event(subevent: UInt8, _ reports: [[UInt8]], count: UInt8? = nil) -> [UInt8] {
    let body = [subevent, count ?? UInt8(reports.count)] + reports.flatMap { $0 }
    return [0x04, 0x3E, UInt8(body.count)] + body
}

func legacyEvent(_ reports: [UInt8]...) -> [UInt8] { event(subevent: 0x02, reports) }
func extendedEvent(_ reports: [UInt8]...) -> [UInt8] { event(subevent: 0x0D, reports) }

/// A stamp at which all three clocks agree.
func stamp(_ nanoseconds: UInt64) -> ReceiveStamp {
    ReceiveStamp(unixMicroseconds: Int64(nanoseconds / 1000), monotonic: nanoseconds, sourceClock: nanoseconds)
}

/// Memory for one record's data.
final class RecordBuffer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: AdvertisingData.maximumSize, alignment: 16)

    deinit { memory.deallocate() }

    func prefix(_ count: Int) -> [UInt8] { Array(memory[..<count]) }
}
