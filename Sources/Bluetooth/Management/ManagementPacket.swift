import Bytes

/// A packet of the kernel's management interface, an event or a command: BlueZ's doc/mgmt-api.txt, "Packet Structures".
struct ManagementPacket {
    let code: UInt16
    /// The number in `hciN`; 0xFFFF for no adapter.
    let index: UInt16
    /// Stands on the parameters.
    var parameters: ByteReader

    /// | 2 code | 2 index | 2 length | n parameters |; nil for less than that.
    init?(_ packet: RawSpan) {
        parameters = ByteReader(0..<packet.byteCount)
        do throws(DecodeError) {
            code = try parameters.u16(packet, "Event Code")
            index = try parameters.u16(packet, "Controller Index")
            _ = try parameters.skip(2, "Parameter Length")
        } catch {
            return nil
        }
    }

    /// Command Complete or Command Status: | 2 opcode | 1 status | … |.
    var isAnswer: Bool { code == 0x0001 || code == 0x0002 }

    static func command(_ code: UInt16, index: UInt16, _ parameters: [UInt8]) -> [UInt8] {
        [code.low, code.high, index.low, index.high, UInt8(parameters.count), 0] + parameters
    }
}
