import Bytes

/// Has the kernel scan, by an advertisement monitor of ours. A value without I/O, like `ScanControl`.
///
/// While a monitor exists the kernel scans passively whenever nothing else uses the controller, and continues by itself after whatever
/// other programs do. BlueZ's doc/mgmt-api.txt, "Add Advertisement Patterns Monitor Command".
public struct ManagementScan: Sendable {
    public enum Action: Equatable, Sendable {
        /// Send the command over the management socket.
        case send([UInt8])
        case scanning
        case stopped
        case failed(Failure)
    }

    public enum Failure: Error, Equatable, Sendable {
        /// The kernel answered with a management status.
        case refused(status: UInt8)
        case silent
    }

    private enum Step { case idle, timing, adding, scanning, removing, ended }

    private static let setDefaultSystemConfiguration: UInt16 = 0x004C
    /// "LE Scanning Interval for adv monitoring" and its window, as types in that command's list.
    private static let monitorInterval: UInt16 = 0x0013
    private static let monitorWindow: UInt16 = 0x0014

    private static let addPatternsMonitor: UInt16 = 0x0052
    private static let removeMonitor: UInt16 = 0x0053

    private let index: UInt16
    private let scan: ScanParameters
    private var step = Step.idle
    private var handle: UInt16 = 0
    /// When the answer must be there; CLOCK_MONOTONIC, ns.
    public private(set) var deadline: UInt64?

    /// - Parameters:
    ///   - index: the adapter's, the number in `hciN`.
    ///   - scan: interval and window; the rest is the kernel's choice.
    public init(index: Int, _ scan: ScanParameters) {
        self.index = UInt16(index)
        self.scan = scan
    }

    public var isScanning: Bool { step == .scanning }

    public mutating func start(at now: UInt64) -> Action {
        step = .timing
        deadline = now + ScanControl.commandTimeout
        // | 2 type | 1 length | n value | each
        return .send(
            packet(
                Self.setDefaultSystemConfiguration,
                [Self.monitorInterval.low, Self.monitorInterval.high, 2, scan.interval.rawValue.low, scan.interval.rawValue.high]
                    + [Self.monitorWindow.low, Self.monitorWindow.high, 2, scan.window.rawValue.low, scan.window.rawValue.high]))
    }

    private mutating func add() -> Action {
        step = .adding
        // One pattern: | 1 AD_Data_Type | 1 Offset | 1 Length | 31 Value |. It decides what the kernel reports to management clients,
        // which does not matter here: what is on the air comes over the raw socket, whatever the pattern.
        let pattern: [UInt8] = [0xFF, 0, 1, 0xFF] + [UInt8](repeating: 0, count: 30)
        return .send(packet(Self.addPatternsMonitor, [1] + pattern))
    }

    /// Takes the monitor back.
    public mutating func stop(at now: UInt64) -> Action {
        guard step == .scanning else { return end(.stopped) }
        step = .removing
        deadline = now + ScanControl.stopTimeout
        return .send(packet(Self.removeMonitor, [handle.low, handle.high]))
    }

    public mutating func tick(at now: UInt64) -> Action? {
        guard let deadline, now >= deadline else { return nil }
        return end(step == .removing ? .stopped : .failed(.silent))
    }

    /// A packet from the management socket; of interest are Command Complete and Command Status, | 2 opcode | 1 status | n parameters |.
    public mutating func received(_ packet: RawSpan) -> Action? {
        guard var event = ManagementPacket(packet), event.index == index, event.isAnswer,
            let opcode = try? event.parameters.u16(packet, "Command Opcode"), let status = try? event.parameters.u8(packet, "Status")
        else { return nil }
        switch step {
        case .timing where opcode == Self.setDefaultSystemConfiguration:
            // A kernel that does not know it scans in its own rhythm.
            return add()
        case .adding where opcode == Self.addPatternsMonitor:
            guard status == 0, let monitor = try? event.parameters.u16(packet, "Monitor_Handle") else {
                return end(.failed(.refused(status: status)))
            }
            handle = monitor
            deadline = nil
            step = .scanning
            return .scanning
        case .removing where opcode == Self.removeMonitor:
            return end(.stopped)
        default:
            return nil
        }
    }

    private func packet(_ opcode: UInt16, _ parameters: [UInt8]) -> [UInt8] {
        ManagementPacket.command(opcode, index: index, parameters)
    }

    private mutating func end(_ action: Action) -> Action {
        step = .ended
        deadline = nil
        return action
    }
}

extension ManagementScan.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let status): "the kernel refuses an advertisement monitor (management status \(status))"
        case .silent: "no answer from the kernel's management interface"
        }
    }
}
