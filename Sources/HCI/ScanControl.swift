import Bytes

/// Switches an adapter's scan on and off: what the controller can do is asked first, then disable → parameters → enable,
/// the status of each checked before the next is sent.
///
/// A value without I/O: completions and the time go in, actions come out. Times are CLOCK_MONOTONIC in nanoseconds.
public struct ScanControl: Sendable {
    /// What the caller has to do now.
    public enum Action: Equatable, Sendable {
        /// Send the command and pass its completion back.
        case send(HCICommand)
        /// The controller scans.
        case scanning
        /// The scan is off.
        case stopped
        /// The sequence has ended without success; `stop` may follow, or another `start` on a fresh value.
        case failed(Failure)
    }

    public enum Failure: Error, Equatable, Sendable {
        /// The controller answered with an error status.
        case refused(Opcode, status: UInt8)
        /// The controller did not answer within the time that the command had.
        case silent(Opcode, seconds: UInt64)
    }

    private enum Step: Equatable {
        case idle, readCommands, readFeatures, disable, randomAddress, parameters, enable, scanning, stopping, ended
    }

    /// A controller that works answers in milliseconds; the kernel itself gives up after 2 s.
    public static let commandTimeout: UInt64 = 3_000_000_000
    /// On the way out a hung controller must not cost more than this.
    public static let stopTimeout: UInt64 = 1_000_000_000

    private let scan: ScanParameters
    private let randomAddress: DeviceAddress
    private var step = Step.idle
    private var awaited: Opcode?
    /// When the answer to the command that was sent last must be there.
    public private(set) var deadline: UInt64?
    /// The time that the command had.
    private var timeout = commandTimeout
    /// `stop` came while the enable was unanswered: the answer to it comes before that to the disable, with the same opcode.
    private var enableIsUnanswered = false
    /// The controller has the extended scan commands (Bluetooth 5).
    public private(set) var isExtended = false
    /// The scan covers LE Coded as well as LE 1M.
    public private(set) var listensOnCoded = false

    /// - Parameter randomAddress: sent to the controller where `scan` asks for one.
    public init(_ scan: ScanParameters, randomAddress: DeviceAddress) {
        self.scan = scan
        self.randomAddress = randomAddress
    }

    public var isScanning: Bool { step == .scanning }

    public mutating func start(at now: UInt64) -> Action {
        precondition(step == .idle)
        return send(HCICommand(.readLocalSupportedCommands), .readCommands, now)
    }

    /// Switches the scan off, from whatever step.
    public mutating func stop(at now: UInt64) -> Action {
        switch step {
        case .idle, .readCommands, .readFeatures, .ended:
            return end(.stopped)
        case .disable, .randomAddress, .parameters, .enable, .scanning, .stopping:
            enableIsUnanswered = enableIsUnanswered || step == .enable
            return send(enableCommand(false), .stopping, now, Self.stopTimeout)
        }
    }

    /// Looks at the deadline.
    public mutating func tick(at now: UInt64) -> Action? {
        guard let deadline, let awaited, now >= deadline else { return nil }
        return end(.failed(.silent(awaited, seconds: timeout / 1_000_000_000)))
    }

    /// A Command Complete, or a Command Status with an error. Answers to commands of others are ignored.
    /// - Parameter parameters: the Return_Parameters behind the status.
    public mutating func completed(_ opcode: Opcode, status: UInt8, parameters: RawSpan, at now: UInt64) -> Action? {
        guard opcode == awaited else { return nil }
        if enableIsUnanswered {
            enableIsUnanswered = false
            return nil
        }
        awaited = nil
        deadline = nil
        switch step {
        case .readCommands:
            // Supported_Commands octet 37, bits 5 and 6: LE Set Extended Scan Parameters and Enable.
            isExtended = status == HCIStatus.success && parameters.byteCount > 37 && parameters.byte(at: 37) & 0x60 == 0x60
            return send(HCICommand(.leReadLocalSupportedFeatures), .readFeatures, now)
        case .readFeatures:
            // LE_Features bit 11: LE Coded PHY.
            listensOnCoded = isExtended && status == HCIStatus.success && parameters.byteCount > 1 && parameters.byte(at: 1) & 0x08 != 0
            return send(enableCommand(false), .disable, now)
        case .disable:
            // Some controllers disallow switching off what is off already.
            guard status == HCIStatus.success || status == HCIStatus.commandDisallowed else {
                return refusedOrLegacy(opcode, status, now)
            }
            if scan.usesRandomAddress { return send(.setRandomAddress(randomAddress), .randomAddress, now) }
            return send(parametersCommand, .parameters, now)
        case .randomAddress:
            guard status == HCIStatus.success else { return end(.failed(.refused(opcode, status: status))) }
            return send(parametersCommand, .parameters, now)
        case .parameters:
            if status == HCIStatus.success { return send(enableCommand(true), .enable, now) }
            if listensOnCoded {
                listensOnCoded = false
                return send(parametersCommand, .parameters, now)
            }
            return refusedOrLegacy(opcode, status, now)
        case .enable:
            guard status == HCIStatus.success else { return end(.failed(.refused(opcode, status: status))) }
            step = .scanning
            return .scanning
        case .stopping:
            return status == HCIStatus.success || status == HCIStatus.commandDisallowed
                ? end(.stopped) : end(.failed(.refused(opcode, status: status)))
        case .idle, .scanning, .ended:
            return nil
        }
    }

    /// A controller that names the extended commands and does not know them is driven with the legacy ones.
    private mutating func refusedOrLegacy(_ opcode: Opcode, _ status: UInt8, _ now: UInt64) -> Action {
        guard isExtended, status == HCIStatus.unknownCommand else { return end(.failed(.refused(opcode, status: status))) }
        isExtended = false
        listensOnCoded = false
        return send(enableCommand(false), .disable, now)
    }

    private var parametersCommand: HCICommand {
        isExtended ? .setExtendedScanParameters(scan, coded: listensOnCoded) : .setScanParameters(scan)
    }

    private func enableCommand(_ enable: Bool) -> HCICommand {
        isExtended ? .setExtendedScanEnable(enable) : .setScanEnable(enable)
    }

    private mutating func send(_ command: HCICommand, _ next: Step, _ now: UInt64, _ timeout: UInt64 = commandTimeout) -> Action {
        step = next
        awaited = command.opcode
        self.timeout = timeout
        deadline = now + timeout
        return .send(command)
    }

    private mutating func end(_ action: Action) -> Action {
        step = .ended
        awaited = nil
        deadline = nil
        return action
    }
}

extension ScanControl.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let opcode, let status): "\(opcode.name) refused: \(HCIStatus.describe(status))"
        case .silent(let opcode, let seconds): "no answer to \(opcode.name) within \(seconds) s"
        }
    }
}
