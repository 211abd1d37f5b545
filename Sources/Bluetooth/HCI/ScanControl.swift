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
        /// The scan is off, and nothing else of it has been changed yet: `goOn` sets it up.
        case off
        /// The controller scans.
        case scanning
        /// The scan is off.
        case stopped
        /// The sequence has ended without success; `stop` may follow, or another `start` on a fresh value.
        case failed(Failure)
        /// A command of another program, or of the kernel's, has been completed that changes the scan: it must be set up anew.
        case interference(Opcode)
    }

    public enum Failure: Error, Equatable, Sendable {
        /// The controller answered with an error status.
        case refused(Opcode, status: UInt8)
        /// The controller did not answer within the time that the command had; nanoseconds.
        case silent(Opcode, timeout: UInt64)
        /// LE Coded is asked for, and the controller does not have it.
        case noCodedPHY
    }

    private enum Step: Equatable {
        case idle, reset, eventMask, leEventMask, readCommands, readFeatures, disable, off, listSize, clearList, addToList
        case randomAddress, parameters, enable, scanning, stopping, ended
    }

    /// A controller that works answers in milliseconds; the kernel itself gives up after 2 s.
    public static let commandTimeout: UInt64 = 3_000_000_000
    /// On the way out a hung controller must not cost more than this.
    public static let stopTimeout: UInt64 = 1_000_000_000

    private var scan: ScanParameters
    private let randomAddress: DeviceAddress
    private let initializes: Bool
    private let pausesWhenOff: Bool
    private let commandTimeout: UInt64
    private var step = Step.idle
    /// Entries of the accept list that the controller has taken.
    private var listed = 0
    private var awaited: Opcode?
    /// When the answer to the command that was sent last must be there.
    public private(set) var deadline: UInt64?
    /// The time that the command had.
    private var timeout: UInt64 = 0
    /// `stop` came while the enable was unanswered: the answer to it comes before that to the disable, with the same opcode.
    private var enableIsUnanswered = false
    /// The controller has the extended scan commands (Bluetooth 5).
    public private(set) var isExtended = false
    /// What the scan covers; a legacy scan covers LE 1M.
    public private(set) var phys = ScanningPHYs.le1M
    /// The controller reports the devices of the accept list only.
    public var usesAcceptList: Bool { isScanning && !scan.acceptList.isEmpty }

    /// - Parameters:
    ///   - randomAddress: sent to the controller where `scan` asks for one.
    ///   - initializes: reset the controller and set its event masks first, as the kernel does where it has a hand in it.
    ///   - pausesWhenOff: have the caller do something while the scan is off (`Action.off`).
    ///   - commandTimeout: the time that each command has; nanoseconds.
    public init(
        _ scan: ScanParameters, randomAddress: DeviceAddress, initializes: Bool = false, pausesWhenOff: Bool = false,
        commandTimeout: UInt64 = Self.commandTimeout
    ) {
        self.scan = scan
        self.randomAddress = randomAddress
        self.initializes = initializes
        self.pausesWhenOff = pausesWhenOff
        self.commandTimeout = commandTimeout
    }

    /// For a scan that another program or the kernel has started: it probes the controller, and sends nothing else.
    public static func overseeing(_ scan: ScanParameters) -> ScanControl {
        var control = ScanControl(scan, randomAddress: DeviceAddress(0))
        control.step = .scanning
        return control
    }

    public var isScanning: Bool { step == .scanning }
    /// The command that switches the scan on has been sent, and not been answered.
    public var isSwitchingOn: Bool { step == .enable }
    /// The scan asks for scan responses.
    public var isActive: Bool { scan.isActive }

    /// - Parameter parameters: Return_Parameters of Read Local Supported Commands (7.4.2) behind the status: | 64 Supported_Commands |.
    ///   Octet 37, bits 5 and 6: LE Set Extended Scan Parameters and Enable.
    public static func hasExtendedCommands(_ parameters: RawSpan) -> Bool {
        parameters.byteCount > 37 && parameters.byte(at: 37) & 0x60 == 0x60
    }

    public mutating func start(at now: UInt64) -> Action {
        precondition(step == .idle)
        if initializes { return send(HCICommand(.reset), .reset, now) }
        return send(HCICommand(.readLocalSupportedCommands), .readCommands, now)
    }

    /// Sets up the scan that `Action.off` has told to be off.
    public mutating func goOn(at now: UInt64) -> Action {
        precondition(step == .off)
        return scan.acceptList.isEmpty ? goOnBehindList(now) : send(HCICommand(.leReadFilterAcceptListSize), .listSize, now)
    }

    /// Probes the controller: `tick` fails if it does not answer. Nil while an answer is awaited, and while no scan is on.
    public mutating func probe(at now: UInt64) -> Action? {
        guard step == .scanning, awaited == nil else { return nil }
        return send(HCICommand(.leReadLocalSupportedFeatures), .scanning, now)
    }

    /// Switches the scan off, from whatever step.
    public mutating func stop(at now: UInt64) -> Action {
        switch step {
        case .idle, .reset, .eventMask, .leEventMask, .readCommands, .readFeatures, .ended:
            return end(.stopped)
        case .disable, .off, .listSize, .clearList, .addToList, .randomAddress, .parameters, .enable, .scanning, .stopping:
            enableIsUnanswered = enableIsUnanswered || step == .enable
            return send(enableCommand(false), .stopping, now, Self.stopTimeout)
        }
    }

    /// Checks the deadline.
    public mutating func tick(at now: UInt64) -> Action? {
        guard let deadline, let awaited, now >= deadline else { return nil }
        return end(.failed(.silent(awaited, timeout: timeout)))
    }

    /// A Command Complete, or a Command Status with an error. Answers to commands of others are ignored, but for those that
    /// change the scan.
    /// - Parameter parameters: the Return_Parameters behind the status.
    public mutating func completed(_ opcode: Opcode, status: UInt8, parameters: RawSpan, at now: UInt64) -> Action? {
        guard opcode == awaited else { return isAtWork && changesScan(opcode) ? .interference(opcode) : nil }
        if enableIsUnanswered {
            enableIsUnanswered = false
            return nil
        }
        awaited = nil
        deadline = nil
        let succeeded = status == HCIStatus.success
        switch step {
        case .reset:
            return succeeded ? send(.setEventMask, .eventMask, now) : refused(opcode, status)
        case .eventMask:
            return succeeded ? send(.leSetEventMask, .leEventMask, now) : refused(opcode, status)
        case .leEventMask:
            return succeeded ? send(HCICommand(.readLocalSupportedCommands), .readCommands, now) : refused(opcode, status)
        case .readCommands:
            isExtended = succeeded && Self.hasExtendedCommands(parameters)
            return send(HCICommand(.leReadLocalSupportedFeatures), .readFeatures, now)
        case .readFeatures:
            // LE_Features bit 11: LE Coded PHY.
            let hasCoded = isExtended && succeeded && parameters.byteCount > 1 && parameters.byte(at: 1) & 0x08 != 0
            if scan.phys == .leCoded, !hasCoded { return end(.failed(.noCodedPHY)) }
            phys = hasCoded ? scan.phys : .le1M
            return send(enableCommand(false), .disable, now)
        case .disable:
            // Some controllers disallow switching off what is off already.
            guard succeeded || status == HCIStatus.commandDisallowed else { return refusedOrLegacy(opcode, status, now) }
            step = .off
            return pausesWhenOff ? .off : goOn(at: now)
        case .listSize:
            // | 1 Filter_Accept_List_Size |
            guard succeeded, parameters.byteCount > 0, Int(parameters.byte(at: 0)) >= scan.acceptList.count else { return withoutList(now) }
            return send(HCICommand(.leClearFilterAcceptList), .clearList, now)
        case .clearList, .addToList:
            guard succeeded else { return withoutList(now) }
            if step == .addToList { listed += 1 }
            guard listed < scan.acceptList.count else { return goOnBehindList(now) }
            return send(.addToFilterAcceptList(scan.acceptList[listed]), .addToList, now)
        case .randomAddress:
            guard succeeded else { return refused(opcode, status) }
            return send(parametersCommand, .parameters, now)
        case .parameters:
            if succeeded { return send(enableCommand(true), .enable, now) }
            if phys == [.le1M, .leCoded] {
                phys = .le1M
                return send(parametersCommand, .parameters, now)
            }
            return refusedOrLegacy(opcode, status, now)
        case .enable:
            guard succeeded else { return refused(opcode, status) }
            step = .scanning
            return .scanning
        case .stopping:
            return succeeded || status == HCIStatus.commandDisallowed ? end(.stopped) : refused(opcode, status)
        case .idle, .off, .scanning, .ended:
            return nil
        }
    }

    /// Once the scan is being stopped, late answers to our own commands may come: no completion is interference then.
    private var isAtWork: Bool { step != .idle && step != .stopping && step != .ended }

    /// Whether a command changes the scan, whoever sends it.
    private func changesScan(_ opcode: Opcode) -> Bool {
        switch opcode {
        case .reset, .leSetScanParameters, .leSetScanEnable, .leSetExtendedScanParameters, .leSetExtendedScanEnable: true
        case .leClearFilterAcceptList, .leAddToFilterAcceptList: !scan.acceptList.isEmpty
        default: false
        }
    }

    /// The accept list cannot be used: all devices are received.
    private mutating func withoutList(_ now: UInt64) -> Action {
        scan.acceptList = []
        return goOnBehindList(now)
    }

    private mutating func goOnBehindList(_ now: UInt64) -> Action {
        scan.usesRandomAddress
            ? send(.setRandomAddress(randomAddress), .randomAddress, now) : send(parametersCommand, .parameters, now)
    }

    private mutating func refused(_ opcode: Opcode, _ status: UInt8) -> Action { end(.failed(.refused(opcode, status: status))) }

    /// A controller that names the extended commands and does not know them is driven with the legacy ones.
    private mutating func refusedOrLegacy(_ opcode: Opcode, _ status: UInt8, _ now: UInt64) -> Action {
        guard isExtended, status == HCIStatus.unknownCommand else { return refused(opcode, status) }
        guard scan.phys != .leCoded else { return end(.failed(.noCodedPHY)) }
        isExtended = false
        phys = .le1M
        return send(enableCommand(false), .disable, now)
    }

    private var parametersCommand: HCICommand {
        isExtended ? .setExtendedScanParameters(scan, phys) : .setScanParameters(scan)
    }

    private func enableCommand(_ enable: Bool) -> HCICommand {
        isExtended ? .setExtendedScanEnable(enable) : .setScanEnable(enable)
    }

    private mutating func send(_ command: HCICommand, _ next: Step, _ now: UInt64, _ timeout: UInt64? = nil) -> Action {
        step = next
        awaited = command.opcode
        self.timeout = timeout ?? commandTimeout
        deadline = now + self.timeout
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
        case .silent(let opcode, let timeout):
            "no answer to \(opcode.name) within \(Self.seconds(timeout)) s"
        case .noCodedPHY: "the controller has no LE Coded PHY"
        }
    }

    /// Nanoseconds as seconds, with one digit behind the point where it is not 0.
    private static func seconds(_ nanoseconds: UInt64) -> String {
        let tenths = nanoseconds / 100_000_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
