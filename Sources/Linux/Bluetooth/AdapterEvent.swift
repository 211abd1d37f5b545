import CBluetooth

/// What happened to an adapter; the number is that in `hciN`.
public enum AdapterEvent: Equatable, Sendable {
    /// `HCI_DEV_REG`: plugged in, or its driver was loaded.
    case registered(Int)
    /// `HCI_DEV_UNREG`: unplugged. The number is free only when every socket on the adapter is closed.
    case unregistered(Int)
    /// `HCI_DEV_UP`: its scan is off.
    case up(Int)
    /// `HCI_DEV_DOWN`, by whomever: a program, rfkill, unplugging.
    case down(Int)

    /// An event of the kernel's own, with the H4 packet type in front; nil for anything else.
    ///
    /// | 1 packet type 0x04 | 1 `EVT_STACK_INTERNAL` 0xFD | 1 length 6 | 2 `EVT_SI_DEVICE` 0x0001 | 2 event | 2 dev_id |, little-endian,
    /// as the kernel's `hci_si_event` writes it.
    public init?(_ packet: RawSpan) {
        guard packet.byteCount >= 9 else { return nil }
        let bytes = packet.withUnsafeBytes { Array($0.prefix(9)) }
        guard bytes[0] == UInt8(HCI_EVENT_PKT), bytes[1] == UInt8(EVT_STACK_INTERNAL), bytes[2] >= 6,
            bytes[3] == UInt8(EVT_SI_DEVICE), bytes[4] == 0
        else { return nil }
        let adapter = Int(bytes[7]) | Int(bytes[8]) << 8
        switch Int32(bytes[5]) | Int32(bytes[6]) << 8 {
        case HCI_DEV_REG: self = .registered(adapter)
        case HCI_DEV_UNREG: self = .unregistered(adapter)
        case HCI_DEV_UP: self = .up(adapter)
        case HCI_DEV_DOWN: self = .down(adapter)
        default: return nil
        }
    }

    /// The number in `hciN`.
    public var adapter: Int {
        switch self {
        case .registered(let index), .unregistered(let index), .up(let index), .down(let index): index
        }
    }
}
