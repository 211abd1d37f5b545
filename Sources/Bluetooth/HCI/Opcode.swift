/// A command's number: OGF in the upper 6 bits, OCF in the lower 10. Core specification Vol 4 Part E 5.4.1.
public struct Opcode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// `OCF_RESET` of `OGF_HOST_CTL`
    public static let reset = Opcode(rawValue: 0x0C03)
    /// `OCF_SET_EVENT_MASK` of `OGF_HOST_CTL`
    public static let setEventMask = Opcode(rawValue: 0x0C01)
    /// `OCF_READ_LOCAL_COMMANDS` of `OGF_INFO_PARAM`
    public static let readLocalSupportedCommands = Opcode(rawValue: 0x1002)
    /// `OCF_LE_SET_EVENT_MASK`
    public static let leSetEventMask = Opcode(rawValue: 0x2001)
    /// `OCF_LE_READ_LOCAL_SUPPORTED_FEATURES`
    public static let leReadLocalSupportedFeatures = Opcode(rawValue: 0x2003)
    /// `OCF_LE_SET_RANDOM_ADDRESS`
    public static let leSetRandomAddress = Opcode(rawValue: 0x2005)
    /// `OCF_LE_SET_SCAN_PARAMETERS`
    public static let leSetScanParameters = Opcode(rawValue: 0x200B)
    /// `OCF_LE_SET_SCAN_ENABLE`
    public static let leSetScanEnable = Opcode(rawValue: 0x200C)
    /// `OCF_LE_READ_WHITE_LIST_SIZE`
    public static let leReadFilterAcceptListSize = Opcode(rawValue: 0x200F)
    /// `OCF_LE_CLEAR_WHITE_LIST`
    public static let leClearFilterAcceptList = Opcode(rawValue: 0x2010)
    /// `OCF_LE_ADD_DEVICE_TO_WHITE_LIST`
    public static let leAddToFilterAcceptList = Opcode(rawValue: 0x2011)
    public static let leSetExtendedScanParameters = Opcode(rawValue: 0x2041)
    public static let leSetExtendedScanEnable = Opcode(rawValue: 0x2042)

    /// The specification's name, or the number in hexadecimal.
    public var name: String {
        switch self {
        case .reset: "Reset"
        case .setEventMask: "Set Event Mask"
        case .readLocalSupportedCommands: "Read Local Supported Commands"
        case .leSetEventMask: "LE Set Event Mask"
        case .leReadLocalSupportedFeatures: "LE Read Local Supported Features"
        case .leSetRandomAddress: "LE Set Random Address"
        case .leSetScanParameters: "LE Set Scan Parameters"
        case .leSetScanEnable: "LE Set Scan Enable"
        case .leReadFilterAcceptListSize: "LE Read Filter Accept List Size"
        case .leClearFilterAcceptList: "LE Clear Filter Accept List"
        case .leAddToFilterAcceptList: "LE Add Device To Filter Accept List"
        case .leSetExtendedScanParameters: "LE Set Extended Scan Parameters"
        case .leSetExtendedScanEnable: "LE Set Extended Scan Enable"
        default: "command 0x" + String(rawValue, radix: 16)
        }
    }
}

/// Status codes that this program treats each in its own way, Core specification Vol 1 Part F.
public enum HCIStatus {
    public static let success: UInt8 = 0x00
    public static let unknownCommand: UInt8 = 0x01
    public static let commandDisallowed: UInt8 = 0x0C

    /// The specification's name where a scanner is likely to meet it, and the number always.
    public static func describe(_ status: UInt8) -> String {
        let name =
            switch status {
            case 0x00: "Success"
            case 0x01: "Unknown HCI Command"
            case 0x03: "Hardware Failure"
            case 0x07: "Memory Capacity Exceeded"
            case 0x0C: "Command Disallowed"
            case 0x11: "Unsupported Feature or Parameter Value"
            case 0x12: "Invalid HCI Command Parameters"
            case 0x1F: "Unspecified Error"
            default: "error"
            }
        let digits = String(status, radix: 16, uppercase: true)
        return "\(name) (0x\(digits.utf8.count < 2 ? "0" : "")\(digits))"
    }
}
