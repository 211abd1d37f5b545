import Bytes

/// A kernel event of an adapter, as raw HCI sockets deliver it.
public struct AdapterEvent: Equatable, Sendable {
    public enum Kind: UInt16, Sendable {
        /// `HCI_DEV_REG`: plugged in, or its driver was loaded.
        case registered = 1
        /// `HCI_DEV_UNREG`: unplugged. The number is free only when every socket on the adapter is closed.
        case unregistered = 2
        /// `HCI_DEV_UP`: its scan is off.
        case up = 3
        /// `HCI_DEV_DOWN`, by whomever: a program, rfkill, unplugging.
        case down = 4
    }

    public let kind: Kind
    /// The number in `hciN`.
    public let index: Int

    /// `EVT_SI_DEVICE`
    private static let device: UInt16 = 0x0001

    public init(_ kind: Kind, index: Int) {
        self.kind = kind
        self.index = index
    }

    /// An event of the kernel's own (`hci_si_event`), with the H4 packet type in front; nil for anything else.
    public init?(_ packet: RawSpan) {
        var reader = ByteReader(0..<packet.byteCount)
        do throws(DecodeError) {
            guard try reader.u8(packet, "packet type") == HCIEvent.packetType,
                try reader.u8(packet, "Event_Code") == EventCode.stackInternal,
                try reader.u8(packet, "Parameter_Total_Length") >= 6, try reader.u16(packet, "type") == Self.device,
                let kind = Kind(rawValue: try reader.u16(packet, "event"))
            else { return nil }
            self.kind = kind
            index = Int(try reader.u16(packet, "dev_id"))
        } catch {
            return nil
        }
    }
}
