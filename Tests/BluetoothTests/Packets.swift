import Bluetooth
import Bytes

/// | 1 packet type 0x04 | 1 Event_Code | 1 Parameter_Total_Length | n parameters |, with the length that is right.
func event(_ code: UInt8, _ parameters: [UInt8]) -> [UInt8] {
    [0x04, code, UInt8(parameters.count)] + parameters
}

/// An LE Advertising Report event: | 1 Subevent_Code 0x02 | 1 Num_Reports | n reports |.
func legacyEvent(_ reports: [[UInt8]]) -> [UInt8] {
    event(0x3E, [0x02, UInt8(reports.count)] + reports.flatMap { $0 })
}

/// An LE Extended Advertising Report event: | 1 Subevent_Code 0x0D | 1 Num_Reports | n reports |.
func extendedEvent(_ reports: [[UInt8]]) -> [UInt8] {
    event(0x3E, [0x0D, UInt8(reports.count)] + reports.flatMap { $0 })
}

/// | 1 Event_Type | 1 Address_Type | 6 Address | 1 Data_Length | n Data | 1 RSSI |
func legacyReport(type: UInt8 = 0, addressType: UInt8 = 0, address: UInt64 = 0, data: [UInt8] = [], rssi: Int8 = 0) -> [UInt8] {
    [type, addressType] + wire(address) + [UInt8(data.count)] + data + [UInt8(bitPattern: rssi)]
}

/// | 2 Event_Type | 1 Address_Type | 6 Address | 1 Primary_PHY | 1 Secondary_PHY | 1 Advertising_SID | 1 TX_Power | 1 RSSI |
/// | 2 Periodic_Advertising_Interval | 1 Direct_Address_Type | 6 Direct_Address | 1 Data_Length | n Data |
func extendedReport(
    type: UInt16 = 0, addressType: UInt8 = 0, address: UInt64 = 0, primary: UInt8 = 1, secondary: UInt8 = 0, sid: UInt8 = 0xFF,
    txPower: Int8 = 127, rssi: Int8 = 0, data: [UInt8] = []
) -> [UInt8] {
    let header = [UInt8(truncatingIfNeeded: type), UInt8(truncatingIfNeeded: type >> 8), addressType] + wire(address)
    let radio = [primary, secondary, sid, UInt8(bitPattern: txPower), UInt8(bitPattern: rssi)]
    // Values that no other field of these fixtures has: a reader that is off by a few bytes stumbles over them.
    let periodicAndDirect: [UInt8] = [0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9]
    return header + radio + periodicAndDirect + [UInt8(data.count)] + data
}

/// The least significant byte first.
private func wire(_ address: UInt64) -> [UInt8] {
    (0..<6).map { UInt8(truncatingIfNeeded: address >> ($0 * 8)) }
}

/// All that an event says: what was read, and the error that ended it.
struct Decoded {
    var reports: [AdvertisingReport] = []
    /// Where each report's data is.
    var data: [Range<Int>] = []
    var error: DecodeError?
    /// After the end, or the error, there must be nothing more.
    var isOver = false
    /// Code and subevent of an event without advertising reports.
    var other: String?
}

func decode(_ packet: [UInt8]) -> Decoded {
    var result = Decoded()
    do throws(DecodeError) {
        switch try HCIEvent(packet.span.bytes) {
        case .advertising(var reports):
            do throws(DecodeError) {
                while let (report, data) = try reports.next(in: packet.span.bytes) {
                    result.reports.append(report)
                    result.data.append(data)
                }
            } catch {
                result.error = error
            }
            do throws(DecodeError) { result.isOver = try reports.next(in: packet.span.bytes) == nil && reports.remaining == 0 } catch {}
        case .commandComplete(let opcode, let status, let parameters):
            result.other = "complete \(opcode.rawValue) \(status) \(Array(packet[parameters]))"
        case .commandStatus(let opcode, let status):
            result.other = "status \(opcode.rawValue) \(status)"
        case .unknown(let code, let subevent):
            result.other = "unknown \(code) \(subevent.map { "\($0)" } ?? "nil")"
        }
    } catch {
        result.error = error
    }
    return result
}
