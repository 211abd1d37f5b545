import Bytes

/// An HCI event packet with its H4 packet type in front, as a raw HCI socket delivers it.
///
/// | 1 packet type 0x04 | 1 Event_Code | 1 Parameter_Total_Length | n parameters |: Core specification Vol 4 Part E 5.4.4.
public enum HCIEvent: Sendable {
    /// LE Advertising Report and LE Extended Advertising Report.
    case advertising(AdvertisingReports)
    /// Command Complete (7.7.14). `parameters` are the Return_Parameters behind the status, within the event.
    case commandComplete(opcode: Opcode, status: UInt8, parameters: Range<Int>)
    /// Command Status (7.7.15).
    case commandStatus(opcode: Opcode, status: UInt8)
    /// An event, or a subevent of LE Meta, that this program has no use for.
    case unknown(code: UInt8, subevent: UInt8?)

    /// H4 packet type of an event: `HCI_EVENT_PKT`.
    public static let packetType: UInt8 = 0x04
    /// The longest event: type, code, length and 255 bytes of parameters. `HCI_MAX_EVENT_SIZE` is 260.
    public static let maximumSize = 258

    /// Whether a packet is an LE Meta event, such as advertisements come in.
    public static func isLEMeta(_ bytes: RawSpan) -> Bool {
        bytes.byteCount > 1 && bytes.byte(at: 0) == packetType && bytes.byte(at: 1) == EventCode.leMeta
    }

    /// - Throws: `DecodeError` where the packet is not an event or its length field does not match its size.
    public init(_ bytes: RawSpan) throws(DecodeError) {
        var reader = ByteReader(0..<bytes.byteCount)
        guard try reader.u8(bytes, "packet type") == Self.packetType else { throw DecodeError(.invalid, at: 0, in: "packet type") }
        let code = try reader.u8(bytes, "Event_Code")
        let length = Int(try reader.u8(bytes, "Parameter_Total_Length"))
        guard length <= reader.remaining else { throw DecodeError(.truncated, at: 2, in: "Parameter_Total_Length") }
        guard length == reader.remaining else { throw DecodeError(.trailing, at: 3 + length, in: "Parameter_Total_Length") }

        switch code {
        case EventCode.leMeta:
            let subevent = try reader.u8(bytes, "Subevent_Code")
            switch subevent {
            case LESubevent.advertisingReport: self = .advertising(try AdvertisingReports(reader, extended: false, in: bytes))
            case LESubevent.extendedAdvertisingReport: self = .advertising(try AdvertisingReports(reader, extended: true, in: bytes))
            default: self = .unknown(code: code, subevent: subevent)
            }
        case EventCode.commandComplete:
            _ = try reader.skip(1, "Num_HCI_Command_Packets")
            let opcode = Opcode(rawValue: try reader.u16(bytes, "Command_Opcode"))
            // Opcode 0 carries no status: the controller only grants more command packets.
            guard opcode.rawValue != 0 else {
                self = .unknown(code: code, subevent: nil)
                return
            }
            let status = try reader.u8(bytes, "Status")
            self = .commandComplete(opcode: opcode, status: status, parameters: reader.offset..<reader.end)
        case EventCode.commandStatus:
            let status = try reader.u8(bytes, "Status")
            _ = try reader.skip(1, "Num_HCI_Command_Packets")
            self = .commandStatus(opcode: Opcode(rawValue: try reader.u16(bytes, "Command_Opcode")), status: status)
        default:
            self = .unknown(code: code, subevent: nil)
        }
    }
}

/// Event codes, Core specification Vol 4 Part E 7.7.
public enum EventCode {
    /// `EVT_CMD_COMPLETE`
    public static let commandComplete: UInt8 = 0x0E
    /// `EVT_CMD_STATUS`
    public static let commandStatus: UInt8 = 0x0F
    /// `EVT_LE_META_EVENT`
    public static let leMeta: UInt8 = 0x3E
    /// `EVT_STACK_INTERNAL`: the Linux kernel's own.
    public static let stackInternal: UInt8 = 0xFD
}

/// Subevent codes of LE Meta, Core specification Vol 4 Part E 7.7.65.
public enum LESubevent {
    /// `EVT_LE_ADVERTISING_REPORT`
    public static let advertisingReport: UInt8 = 0x02
    public static let extendedAdvertisingReport: UInt8 = 0x0D
}
