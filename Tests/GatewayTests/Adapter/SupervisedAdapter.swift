import Bluetooth
import Bytes
import Gateway

/// A supervisor and its environment: a kernel with one adapter, its controller, other programs, and a clock that is a number.
struct SupervisedAdapter: CustomStringConvertible {
    var supervisor: AdapterSupervisor
    var now: UInt64 = 1_000_000_000

    // The kernel's and the controller's side.
    var facts: BluetoothAdapter? = .init(index: 0, isUp: true)
    var isHung = false
    /// Status by opcode of the commands that are refused.
    var refusals: [Opcode: UInt8] = [:]
    var isExtended = false
    var isScanning = false
    var listSize: UInt8 = 8
    /// The outcome of background tasks; success where there is nothing.
    var problems: [AdapterSupervisor.BackgroundTask: AdapterSupervisor.Problem] = [:]
    var openingProblem: AdapterSupervisor.Problem?
    /// A hung controller comes to itself by a power cycle or a USB reset.
    var healedBy: AdapterSupervisor.BackgroundTask?
    /// Time that a background task takes, ns.
    var backgroundTaskTimeout: UInt64 = 100_000_000
    /// Advertisements that were not empty, since the start; while scanning there are `rate` more each second.
    var heard: UInt64 = 0
    var rate: UInt64 = 0

    // What was done.
    var hasSockets = false
    var log: [(at: UInt64, line: AdapterSupervisor.LogEvent)] = []
    var commands: [(at: UInt64, command: HCICommand)] = []
    var tasks: [(at: UInt64, task: AdapterSupervisor.BackgroundTask)] = []
    var management: [(at: UInt64, packet: [UInt8])] = []
    /// Status of the answer to management commands; nil for none.
    var managementStatus: UInt8? = 0
    /// The kernel takes an active scan for a search, as Linux 6.12 does, and tells of it before or after the completion of the command.
    var takesActiveScans: Order?
    enum Order { case searchFirst, completionFirst }
    /// What ended searches of before the first scan.
    var introduction: [[UInt8]] = []
    var answersStops = true
    /// The kernel knows of a search.
    var isFinding = false
    private var running: (task: AdapterSupervisor.BackgroundTask, until: UInt64)?
    private var heardUntil: UInt64 = 0

    static let second: UInt64 = 1_000_000_000
    static let passive = ScanParameters(
        isActive: false, interval: ScanTime(rawValue: 160), window: ScanTime(rawValue: 160), usesRandomAddress: false)

    private let settingsAreManaged: Bool

    init(_ settings: AdapterSupervisor.Settings = .init(scan: passive)) {
        settingsAreManaged = settings.access == .management
        supervisor = AdapterSupervisor(settings, seed: 1, at: now)
        heardUntil = now
    }

    // MARK: Time

    /// Lets time go on, and whatever is due happen.
    mutating func run(seconds: Double) {
        let end = now + UInt64(seconds * 1e9)
        settle()
        while true {
            let due = min(supervisor.deadline(at: now) ?? .max, running?.until ?? .max)
            guard due <= end else { break }
            pass(to: max(due, now))
            settle()
        }
        pass(to: end)
    }

    private mutating func pass(to time: UInt64) {
        now = time
        if isScanning, !isHung { heard += rate * (now - heardUntil) / Self.second }
        heardUntil = now
    }

    private mutating func settle() {
        var rounds = 0
        while true {
            rounds += 1
            precondition(rounds < 1000, "a loop without an end: \(log.suffix(5))")
            if let (task, until) = running, now >= until {
                running = nil
                finish(task)
            } else if let deadline = supervisor.deadline(at: now), now >= deadline {
                carryOut(supervisor.tick(at: now, heard: heard))
            } else {
                return
            }
        }
    }

    // MARK: What others do

    /// Another program has a command of its own completed.
    mutating func foreign(_ opcode: Opcode) {
        isScanning = false
        complete(opcode, 0, [])
    }

    /// Another program's search begins or ends.
    mutating func discovering(_ isOn: Bool) {
        isFinding = isOn
        // | 2 Discovering | 2 index | 2 length | 1 Address_Type: LE | 1 Discovering |
        let event: [UInt8] = [0x13, 0, 0, 0, 2, 0, 6, isOn ? 1 : 0]
        carryOut(supervisor.managed(event.span.bytes, at: now, heard: heard))
    }

    mutating func takeDown() {
        facts?.isUp = false
        isScanning = false
        carryOut(supervisor.happened(.down, at: now))
    }

    mutating func bringUp() {
        facts?.isUp = true
        carryOut(supervisor.happened(.up, at: now))
    }

    mutating func unplug() {
        facts = nil
        isScanning = false
        carryOut(supervisor.happened(.unregistered, at: now))
    }

    mutating func plug(index: Int) {
        facts = .init(index: index, isUp: false)
        carryOut(supervisor.adaptersChecked(facts, at: now))
    }

    mutating func stop() { carryOut(supervisor.stop(at: now)) }

    // MARK: What the supervisor wants

    mutating func carryOut(_ actions: [AdapterSupervisor.Action]) {
        for action in actions {
            switch action {
            case .checkAdapters: carryOut(supervisor.adaptersChecked(facts, at: now))
            case .open(let index):
                precondition(!hasSockets && index == facts?.index)
                if let openingProblem { carryOut(supervisor.openingFailed(openingProblem, at: now)) } else {
                    hasSockets = true
                    carryOut(supervisor.opened(at: now))
                }
            case .close:
                precondition(hasSockets, "closed twice")
                hasSockets = false
            case .send(let command): send(command)
            case .manage(let packet): manage(packet)
            case .backgroundTask(let task, let index):
                precondition(!hasSockets && index == facts?.index)
                tasks.append((now, task))
                running = (task, now + backgroundTaskTimeout)
            case .log(let line): log.append((now, line))
            }
        }
    }

    private mutating func finish(_ task: AdapterSupervisor.BackgroundTask) {
        if let problem = problems[task] { return carryOut(supervisor.backgroundTaskDone(problem, at: now)) }
        if healedBy == task { isHung = false }
        switch task {
        case .bringUp, .powerCycle: facts?.isUp = true
        case .takeDown: facts?.isUp = false
        case .unblockRadio: facts?.radio = .open
        case .resetUSB: facts?.isUp = false
        case .takeOver: break
        }
        isScanning = false
        carryOut(supervisor.backgroundTaskDone(nil, at: now))
    }

    private mutating func send(_ command: HCICommand) {
        precondition(hasSockets)
        commands.append((now, command))
        guard !isHung else { return }
        now += 1_000_000
        if let status = refusals[command.opcode] { return complete(command.opcode, status, []) }
        switch command.opcode {
        case .readLocalSupportedCommands:
            var octets = [UInt8](repeating: 0, count: 64)
            if isExtended { octets[37] = 0x60 }
            return complete(command.opcode, 0, octets)
        case .leReadFilterAcceptListSize: return complete(command.opcode, 0, [listSize])
        case .leSetScanEnable, .leSetExtendedScanEnable: isScanning = command.parameters[0] == 1
        default: break
        }
        let isTaken = isScanning && command.opcode == .leSetScanEnable && lastScanType == 1 && !isFinding
        if isTaken, takesActiveScans == .searchFirst { discovering(true) }
        complete(command.opcode, 0, [0, 0, 0, 0, 0, 0, 0, 0])
        if isTaken, takesActiveScans == .completionFirst { discovering(true) }
    }

    /// LE_Scan_Type of the last scan parameters.
    var lastScanType: UInt8? {
        commands.last { $0.command.opcode == .leSetScanParameters }?.command.parameters[0]
    }

    private mutating func complete(_ opcode: Opcode, _ status: UInt8, _ parameters: [UInt8]) {
        carryOut(supervisor.completed(opcode, status: status, parameters: parameters.span.bytes, at: now, heard: heard))
    }

    private mutating func manage(_ packet: [UInt8]) {
        // Stop Discovery, which switches off a scan that is on.
        if packet[0] == 0x24 {
            if armings == 0, !supervisor.isStopped { introduction.append(packet) } else { management.append((now, packet)) }
            guard let managementStatus, answersStops else { return }
            if isFinding, packet[6] == 6 {
                if isScanning { foreign(.leSetScanEnable) }
                answer(packet, status: managementStatus)
                return discovering(false)
            }
            // Rejected
            return answer(packet, status: 0x0B)
        }
        management.append((now, packet))
        guard let managementStatus, settingsAreManaged else { return }
        answer(packet, status: managementStatus)
    }

    /// The kernel answers a management command, now or for a second time.
    mutating func answer(_ packet: [UInt8], status: UInt8 = 0) {
        // Add Advertisement Patterns Monitor 0x52, Remove Advertisement Monitor 0x53; before them Set Default System Configuration 0x4C.
        if status == 0, packet[0] != 0x4C, packet[0] != 0x24 { isScanning = packet[0] == 0x52 }
        // | 2 Command Complete | 2 index | 2 length | 2 opcode | 1 status | 2 monitor handle |
        let answer: [UInt8] = [1, 0, packet[2], packet[3], 5, 0, packet[0], packet[1], status, 7, 0]
        carryOut(supervisor.managed(answer.span.bytes, at: now, heard: heard))
    }

    // MARK: What was done

    /// For the messages of failed expectations.
    var description: String { "\(supervisor.condition) at \(Double(now) / 1e9) s, last \(log.suffix(3).map(\.line))" }

    var isListening: Bool { hasSockets && isScanning && supervisor.condition == .scanning }

    func opcodes(since time: UInt64 = 0) -> [Opcode] { commands.filter { $0.at >= time }.map(\.command.opcode) }

    /// How often the scan was switched on.
    var armings: Int {
        commands.count { [.leSetScanEnable, .leSetExtendedScanEnable].contains($0.command.opcode) && $0.command.parameters[0] == 1 }
    }

    var failures: [String] {
        log.compactMap { if case .failure(let text) = $0.line { text } else { nil } }
    }

    var failureEnds: [String] {
        log.compactMap { if case .failureEnded(let text) = $0.line { text } else { nil } }
    }
}
