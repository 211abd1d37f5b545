import Bluetooth
import Bytes
import Testing

@Suite struct CommandCompletionTests {
    @Test func `7.7.14 Command Complete contains opcode, status and where the return parameters lie`() {
        let packet: [UInt8] = [
            0x04, 0x0E, 0x07,  // event, Command Complete, 7 bytes
            0x01,  // Num_HCI_Command_Packets
            0x0B, 0x20,  // Command_Opcode: LE Set Scan Parameters
            0x12,  // Status: Invalid HCI Command Parameters
            0xAA, 0xBB, 0xCC,  // Return_Parameters behind the status
        ]
        #expect(decode(packet).other == "complete 8203 18 [170, 187, 204]")
        guard case .commandComplete(let opcode, let status, let parameters)? = try? HCIEvent(packet.span.bytes) else {
            Issue.record("another event")
            return
        }
        #expect(opcode == .leSetScanParameters)
        #expect(status == 0x12)
        #expect(parameters == 7..<10)
    }

    @Test func `Command Complete may have no return parameters but the status`() {
        #expect(decode(event(0x0E, [0x01, 0x0C, 0x20, 0x00])).other == "complete 8204 0 []")
    }

    @Test func `Command Complete of opcode 0 answers no command`() {
        // Num_HCI_Command_Packets 2, Command_Opcode 0x0000: the controller is ready for commands, and there is no status.
        #expect(decode(event(0x0E, [0x02, 0x00, 0x00])).other == "unknown 14 nil")
        #expect(decode(event(0x0E, [0x02, 0x00, 0x00, 0x00])).other == "unknown 14 nil")
    }

    @Test func `an opcode of which only the lower or the upper byte is 0 is a command`() {
        #expect(decode(event(0x0E, [0x01, 0x01, 0x00, 0x00])).other == "complete 1 0 []")
        #expect(decode(event(0x0E, [0x01, 0x00, 0x01, 0x00])).other == "complete 256 0 []")
    }

    @Test func `a Command Complete that is truncated names the field that is missing`() {
        #expect(decode(event(0x0E, [])).error == DecodeError(.truncated, at: 3, in: "Num_HCI_Command_Packets"))
        #expect(decode(event(0x0E, [1])).error == DecodeError(.truncated, at: 4, in: "Command_Opcode"))
        #expect(decode(event(0x0E, [1, 0x0C])).error == DecodeError(.truncated, at: 4, in: "Command_Opcode"))
        #expect(decode(event(0x0E, [1, 0x0C, 0x20])).error == DecodeError(.truncated, at: 6, in: "Status"))
    }

    @Test func `7.7.15 Command Status contains status and opcode, in this order`() {
        let packet: [UInt8] = [
            0x04, 0x0F, 0x04,  // event, Command Status, 4 bytes
            0x0C,  // Status: Command Disallowed
            0x01,  // Num_HCI_Command_Packets
            0x42, 0x20,  // Command_Opcode: LE Set Extended Scan Enable
        ]
        #expect(decode(packet).other == "status 8258 12")
    }

    @Test func `a Command Status that is truncated names the field that is missing`() {
        #expect(decode(event(0x0F, [])).error == DecodeError(.truncated, at: 3, in: "Status"))
        #expect(decode(event(0x0F, [0])).error == DecodeError(.truncated, at: 4, in: "Num_HCI_Command_Packets"))
        #expect(decode(event(0x0F, [0, 1])).error == DecodeError(.truncated, at: 5, in: "Command_Opcode"))
        #expect(decode(event(0x0F, [0, 1, 0x42])).error == DecodeError(.truncated, at: 5, in: "Command_Opcode"))
    }
}
