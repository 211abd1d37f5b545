import Bytes

/// A link type of pcap and pcapng that frames HCI packets (LINKTYPE_ values of the registry at tcpdump.org).
enum LinkType: UInt16, Sendable {
    /// LINKTYPE_BLUETOOTH_HCI_H4: the H4 packet type comes first.
    case h4 = 187
    /// LINKTYPE_BLUETOOTH_HCI_H4_WITH_PHDR: | 4 direction, big-endian: 0 sent, 1 received | H4 packet |
    case h4WithDirection = 201
    /// LINKTYPE_BLUETOOTH_LINUX_MONITOR: | 2 adapter index | 2 monitor opcode |, both big-endian, and the packet without its type.
    case linuxMonitor = 254

    /// Bytes in front of the packet.
    static let longestPrefix = 4

    /// What the record's data holds. A record that was truncated before its packet began is none.
    func packet(_ data: Range<Int>, in bytes: RawSpan) -> CapturedPacket {
        var packet = CapturedPacket(data: data)
        switch self {
        case .h4:
            packet.event = Self.h4Event(data, in: bytes)
        case .h4WithDirection:
            guard data.count >= 4 else { return packet }
            packet.data = data.lowerBound + 4..<data.upperBound
            // Its lowest byte is enough: others have no meaning.
            packet.direction = bytes.byte(at: data.lowerBound + 3) & 1 == 1 ? .received : .sent
            packet.event = Self.h4Event(packet.data, in: bytes)
        case .linuxMonitor:
            guard data.count >= 4 else { return packet }
            packet.data = data.lowerBound + 4..<data.upperBound
            let opcode = bytes.u16(at: data.lowerBound + 2).byteSwapped
            packet.direction = Monitor.direction(opcode)
            packet.event = opcode == Monitor.event ? .withoutPacketType : nil
        }
        return packet
    }

    static func h4Event(_ data: Range<Int>, in bytes: RawSpan) -> CaptureRecord.Framing? {
        !data.isEmpty && bytes.byte(at: data.lowerBound) == HCIEvent.packetType ? .withPacketType : nil
    }
}

/// The opcodes of BlueZ's monitor (`BTSNOOP_OPCODE_…`).
enum Monitor {
    static let event: UInt16 = 3

    /// 2 command, 4 ACL, 6 SCO and 18 ISO sent; 3 event, 5 ACL, 7 SCO and 19 ISO received.
    static func direction(_ opcode: UInt16) -> CaptureRecord.Direction {
        switch opcode {
        case 2, 4, 6, 18: .sent
        case 3, 5, 7, 19: .received
        default: .unknown
        }
    }
}
