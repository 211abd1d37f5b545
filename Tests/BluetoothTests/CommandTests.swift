import Bluetooth
import Testing

/// Core specification Vol 4 Part E 5.4.1 and 7.8: packets with their H4 packet type 0x01.
@Suite struct CommandTests {
    /// Interval 100 ms = 0x00A0 units, window 50 ms = 0x0050 units.
    private let passive = ScanParameters(
        isActive: false, interval: ScanTime(rawValue: 0x00A0), window: ScanTime(rawValue: 0x0050), usesRandomAddress: false)
    /// Interval 10.24 s = 0x4000 units, window 0x1234 units.
    private let active = ScanParameters(
        isActive: true, interval: ScanTime(rawValue: 0x4000), window: ScanTime(rawValue: 0x1234), usesRandomAddress: true)

    @Test func `7.3.2 Reset and other commands without parameters`() {
        #expect(HCICommand(.reset).packet == [0x01, 0x03, 0x0C, 0x00])
        #expect(HCICommand(.readLocalSupportedCommands).packet == [0x01, 0x02, 0x10, 0x00])
        #expect(HCICommand(.leReadLocalSupportedFeatures).packet == [0x01, 0x03, 0x20, 0x00])
    }

    @Test func `7.8.4 LE Set Random Address`() {
        #expect(
            HCICommand.setRandomAddress(DeviceAddress(0x3122_3344_5566)).packet == [
                0x01, 0x05, 0x20, 0x06,  // command, opcode 0x2005, 6 bytes
                0x66, 0x55, 0x44, 0x33, 0x22, 0x31,  // Random_Address, least significant byte first
            ])
    }

    @Test func `7.8.10 LE Set Scan Parameters, passive`() {
        #expect(
            HCICommand.setScanParameters(passive).packet == [
                0x01, 0x0B, 0x20, 0x07,  // command, opcode 0x200B, 7 bytes
                0x00,  // LE_Scan_Type passive
                0xA0, 0x00,  // LE_Scan_Interval
                0x50, 0x00,  // LE_Scan_Window
                0x00,  // Own_Address_Type public
                0x00,  // Scanning_Filter_Policy: accept all
            ])
    }

    @Test func `7.8.10 LE Set Scan Parameters, active, with a random address`() {
        #expect(
            HCICommand.setScanParameters(active).packet == [
                0x01, 0x0B, 0x20, 0x07,
                0x01,  // LE_Scan_Type active
                0x00, 0x40,  // LE_Scan_Interval
                0x34, 0x12,  // LE_Scan_Window
                0x01,  // Own_Address_Type random
                0x00,  // Scanning_Filter_Policy
            ])
    }

    @Test func `7.8.11 LE Set Scan Enable never filters duplicates`() {
        // command, opcode 0x200C, 2 bytes | LE_Scan_Enable | Filter_Duplicates
        #expect(HCICommand.setScanEnable(true).packet == [0x01, 0x0C, 0x20, 0x02, 0x01, 0x00])
        #expect(HCICommand.setScanEnable(false).packet == [0x01, 0x0C, 0x20, 0x02, 0x00, 0x00])
    }

    @Test func `7.8.64 LE Set Extended Scan Parameters, LE 1M`() {
        #expect(
            HCICommand.setExtendedScanParameters(passive, .le1M).packet == [
                0x01, 0x41, 0x20, 0x08,  // command, opcode 0x2041, 8 bytes
                0x00,  // Own_Address_Type public
                0x00,  // Scanning_Filter_Policy
                0x01,  // Scanning_PHYs: bit 0 LE 1M
                0x00, 0xA0, 0x00, 0x50, 0x00,  // Scan_Type passive, Scan_Interval, Scan_Window
            ])
    }

    @Test func `7.8.64 LE Set Extended Scan Parameters, LE 1M and LE Coded`() {
        #expect(
            HCICommand.setExtendedScanParameters(active, [.le1M, .leCoded]).packet == [
                0x01, 0x41, 0x20, 0x0D,  // command, opcode 0x2041, 13 bytes
                0x01,  // Own_Address_Type random
                0x00,  // Scanning_Filter_Policy
                0x05,  // Scanning_PHYs: bit 0 LE 1M, bit 2 LE Coded
                0x01, 0x00, 0x40, 0x34, 0x12,  // LE 1M: Scan_Type active, Scan_Interval, Scan_Window
                0x01, 0x00, 0x40, 0x34, 0x12,  // LE Coded: the same
            ])
    }

    @Test func `7.8.65 LE Set Extended Scan Enable never filters duplicates and never ends by itself`() {
        // command, opcode 0x2042, 6 bytes | Enable | Filter_Duplicates | 2 Duration | 2 Period
        #expect(HCICommand.setExtendedScanEnable(true).packet == [0x01, 0x42, 0x20, 0x06, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00])
        #expect(HCICommand.setExtendedScanEnable(false).packet == [0x01, 0x42, 0x20, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00])
    }

    @Test func `the longest command has 255 bytes of parameters`() async {
        let packet = HCICommand(.reset, [UInt8](repeating: 7, count: 255)).packet
        #expect(packet.count == 259)
        #expect(packet[3] == 255)
        await #expect(processExitsWith: .failure) { _ = HCICommand(.reset, [UInt8](repeating: 7, count: 256)) }
    }

    @Test(
        arguments: [
            (.reset, 0x0C03, "Reset"), (.readLocalSupportedCommands, 0x1002, "Read Local Supported Commands"),
            (.leReadLocalSupportedFeatures, 0x2003, "LE Read Local Supported Features"),
            (.leSetRandomAddress, 0x2005, "LE Set Random Address"),
            (.leSetScanParameters, 0x200B, "LE Set Scan Parameters"), (.leSetScanEnable, 0x200C, "LE Set Scan Enable"),
            (.leSetExtendedScanParameters, 0x2041, "LE Set Extended Scan Parameters"),
            (.leSetExtendedScanEnable, 0x2042, "LE Set Extended Scan Enable"), (Opcode(rawValue: 0xFC1A), 0xFC1A, "command 0xfc1a"),
        ] as [(Opcode, UInt16, String)])
    func `an opcode has the specification's number and name`(opcode: Opcode, number: UInt16, name: String) {
        #expect(opcode.rawValue == number)
        #expect(opcode.name == name)
    }

    @Test(
        arguments: [
            (0x00, "Success (0x00)"), (0x01, "Unknown HCI Command (0x01)"), (0x03, "Hardware Failure (0x03)"),
            (0x07, "Memory Capacity Exceeded (0x07)"), (0x0C, "Command Disallowed (0x0C)"),
            (0x11, "Unsupported Feature or Parameter Value (0x11)"), (0x12, "Invalid HCI Command Parameters (0x12)"),
            (0x1F, "Unspecified Error (0x1F)"), (0x3E, "error (0x3E)"), (0xFF, "error (0xFF)"), (0x0A, "error (0x0A)"),
        ] as [(UInt8, String)])
    func `a status has the specification's name where it is likely, and its number always`(status: UInt8, text: String) {
        #expect(HCIStatus.describe(status) == text)
    }

    @Test func `Vol 1 Part F numbers the status codes`() {
        #expect(HCIStatus.success == 0x00)
        #expect(HCIStatus.unknownCommand == 0x01)
        #expect(HCIStatus.commandDisallowed == 0x0C)
    }
}
