import Bytes

/// Another program's search for devices, as the kernel's management interface tells of it: BlueZ's doc/mgmt-api.txt, "Discovering Event"
/// and "Stop Discovery Command".
public struct Discovery: Equatable, Sendable {
    /// Address_Type, a bit field: 1 BR/EDR, 2 LE public, 4 LE random.
    public let addressTypes: UInt8
    public let isOn: Bool

    private static let discovering: UInt16 = 0x0013
    private static let stopDiscovery: UInt16 = 0x0024

    public init(addressTypes: UInt8, isOn: Bool) {
        self.addressTypes = addressTypes
        self.isOn = isOn
    }

    /// The event | 2 0x0013 | 2 index | 2 length | 1 Address_Type | 1 Discovering | of that adapter's; nil for any other.
    public init?(_ packet: RawSpan, index: Int) {
        guard packet.byteCount >= 8, packet.u16(at: 0) == Self.discovering, packet.u16(at: 2) == UInt16(index) else { return nil }
        addressTypes = packet.byte(at: 6)
        isOn = packet.byte(at: 7) != 0
    }

    /// The command | 2 0x0024 | 2 index | 2 length | 1 Address_Type | that ends it.
    public func stopCommand(index: Int) -> [UInt8] {
        let index = UInt16(index)
        return [Self.stopDiscovery.low, Self.stopDiscovery.high, index.low, index.high, 1, 0, addressTypes]
    }
}
