/// A Bluetooth adapter as the kernel lists it.
public struct BluetoothAdapter: Equatable, Sendable {
    /// The number in `hciN`; it may change when the adapter is plugged in again.
    public var index: Int
    /// 0 while the kernel does not know it.
    public var address: DeviceAddress
    /// `HCI_UP`; an adapter that the kernel powered only to ask it who it is counts as down.
    public var isUp: Bool
    /// `HCI_RAW`: the kernel passes packets and does nothing of its own, as with controllers that lack their firmware.
    public var isRaw: Bool
    public var bus: Bus
    /// LE Supported (Controller), bit 38 of the LMP features; nil while the kernel has not been able to ask.
    public var speaksLE: Bool?
    public var radio: Radio

    /// What a controller is attached by.
    public enum Bus: String, Sendable {
        case usb, uart, sdio, virtual, pci, other
    }

    /// Its switch in rfkill: what keeps a radio off that is otherwise in order.
    public enum Radio: Sendable {
        /// The radio may send and receive, or has no switch.
        case open
        /// Blocked by software: `rfkill block bluetooth`, or a desktop's aeroplane mode.
        case softBlocked
        /// Blocked by a switch or key of the machine: software cannot change it.
        case hardBlocked
    }

    public init(
        index: Int, address: DeviceAddress = DeviceAddress(0), isUp: Bool, isRaw: Bool = false, bus: Bus = .other, speaksLE: Bool? = true,
        radio: Radio = .open
    ) {
        self.index = index
        self.address = address
        self.isUp = isUp
        self.isRaw = isRaw
        self.bus = bus
        self.speaksLE = speaksLE
        self.radio = radio
    }

    /// `hci0`
    public var name: String { "hci\(index)" }
}
