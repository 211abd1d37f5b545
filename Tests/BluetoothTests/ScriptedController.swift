import Bluetooth
import Bytes

/// A `ScanControl` and the controller that the test plays: time goes on by a millisecond with each answer.
struct ScriptedController {
    var control: ScanControl
    var now: UInt64 = 1_000_000_000

    static let address = DeviceAddress(0x3122_3344_5566)
    static let passive = ScanParameters(
        isActive: false, interval: ScanTime(rawValue: 160), window: ScanTime(rawValue: 80), usesRandomAddress: false)
    static let withRandomAddress = ScanParameters(
        isActive: true, interval: ScanTime(rawValue: 160), window: ScanTime(rawValue: 80), usesRandomAddress: true)

    init(_ scan: ScanParameters = passive, pausesWhenOff: Bool = false) {
        control = ScanControl(scan, randomAddress: Self.address, pausesWhenOff: pausesWhenOff)
    }

    mutating func start() -> ScanControl.Action { control.start(at: now) }

    mutating func stop() -> ScanControl.Action { control.stop(at: now) }

    /// Answers a command.
    mutating func answer(_ opcode: Opcode, _ status: UInt8 = 0, _ parameters: [UInt8] = []) -> ScanControl.Action? {
        now += 1_000_000
        return control.completed(opcode, status: status, parameters: parameters.span.bytes, at: now)
    }

    /// Starts, and reports what the controller can do.
    /// - Returns: what is to be done then: a disable.
    mutating func introduce(extended: Bool = false, coded: Bool = false) -> ScanControl.Action? {
        _ = start()
        _ = answer(.readLocalSupportedCommands, 0, Self.commands(octet37: extended ? 0x60 : 0))
        return answer(.leReadLocalSupportedFeatures, 0, Self.features(octet1: coded ? 0x08 : 0))
    }

    /// Supported_Commands, 64 octets; octet 37 bits 5 and 6: LE Set Extended Scan Parameters and Enable.
    static func commands(octet37: UInt8) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 64)
        octets[37] = octet37
        return octets
    }

    /// LE_Features, 8 octets; octet 1 bit 3: LE Coded PHY.
    static func features(octet1: UInt8) -> [UInt8] {
        [0x01, octet1, 0, 0, 0, 0, 0, 0]
    }
}

extension ScanControl.Action {
    /// The command that is to be sent, nil for anything else.
    var opcode: Opcode? {
        if case .send(let command) = self { command.opcode } else { nil }
    }
}
