import Bytes

/// Another program's search for devices begins or ends: BlueZ's doc/mgmt-api.txt, "Discovering Event" and "Stop Discovery Command".
public struct DiscoveringEvent: Equatable, Sendable {
    /// Address_Type, a bit field: 1 BR/EDR, 2 LE public, 4 LE random.
    public let addressTypes: UInt8
    public let isOn: Bool

    private static let code: UInt16 = 0x0013
    private static let stopDiscovery: UInt16 = 0x0024
    /// How long the kernel lets a search last, ns: its `DISCOV_LE_TIMEOUT`.
    public static let timeout: UInt64 = 10_240_000_000

    public init(addressTypes: UInt8, isOn: Bool) {
        self.addressTypes = addressTypes
        self.isOn = isOn
    }

    /// | 1 Address_Type | 1 Discovering | of that adapter's; nil for any other packet.
    public init?(_ packet: RawSpan, index: Int) {
        guard var event = ManagementPacket(packet), event.code == Self.code, event.index == UInt16(index) else { return nil }
        do throws(DecodeError) {
            addressTypes = try event.parameters.u8(packet, "Address_Type")
            isOn = try event.parameters.u8(packet, "Discovering") != 0
        } catch {
            return nil
        }
    }

    /// Whether a packet is the kernel's answer to that command, whatever its status.
    public static func isStopAnswer(_ packet: RawSpan, index: Int) -> Bool {
        guard var event = ManagementPacket(packet), event.isAnswer, event.index == UInt16(index) else { return false }
        return (try? event.parameters.u16(packet, "Command Opcode")) == stopDiscovery
    }

    /// The command | 1 Address_Type | that ends it.
    public func stopCommand(index: Int) -> [UInt8] {
        ManagementPacket.command(Self.stopDiscovery, index: UInt16(index), [addressTypes])
    }
}
