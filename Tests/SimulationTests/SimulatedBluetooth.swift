import Bluetooth
import Linux

@testable import Gateway
@testable import Runtime

/// One adapter with its controller: it may hang, refuse, be switched off, be changed by others, and be taken away.
final class SimulatedAdapter {
    var index: Int
    let address: UInt64
    var isPlugged = true
    var isUp = true
    var radio = BluetoothAdapter.Radio.open
    var hangs = false
    /// Status with which scan commands are refused.
    var refusal: UInt8?
    /// Completions come so much later; ns.
    var lateness: UInt64 = 0
    /// Each completion comes twice.
    var repeatsItself = false
    /// Blocking calls do not come back.
    var swallowsTasks = false
    var isScanning = false
    var searches = SimulatedSearches()
    /// Monitors that the kernel keeps for us, by handle.
    var monitors: Set<UInt16> = []
    /// Open as long as somebody holds it.
    weak var port: SimulatedPort?

    init(index: Int, address: UInt64) {
        self.index = index
        self.address = address
    }

    /// What is advertised is received.
    var hears: Bool {
        guard isPlugged, !hangs, let port, port.isListening else { return false }
        return port.isExclusive ? isScanning : isUp && (isScanning || !monitors.isEmpty)
    }

    func forgetScan() { isScanning = false }
}

/// The sockets of a simulated adapter.
final class SimulatedPort: AdapterPort, @unchecked Sendable {
    let adapter: SimulatedAdapter
    let bluetooth: SimulatedBluetooth
    let isExclusive: Bool
    let receiveBuffer = 1 << 30
    let kernelDropped: UInt64 = 0
    var slot: UInt8?
    var isClosed = false
    var completions: [[UInt8]] = []

    init(_ adapter: SimulatedAdapter, _ bluetooth: SimulatedBluetooth, isExclusive: Bool) {
        self.adapter = adapter
        self.bluetooth = bluetooth
        self.isExclusive = isExclusive
    }

    /// An exclusive port gives the adapter back when nobody holds it any more.
    deinit { close() }

    var isListening: Bool { slot != nil && !isClosed }

    func listen(slot: UInt8) throws(SystemError) { self.slot = slot }

    func send(_ command: HCICommand) throws(SystemError) {
        guard adapter.isPlugged else { throw SystemError("HCI command", 19) }
        guard isExclusive || adapter.isUp else { throw SystemError("HCI command", 100) }
        bluetooth.take(command, from: self)
    }

    func receive(into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        guard adapter.isPlugged else { throw SystemError("HCI read", 32) }
        guard !completions.isEmpty else { return nil }
        bluetooth.kernel.progress += 1
        let packet = completions.removeFirst()
        memory.copyBytes(from: packet)
        return packet.count
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if adapter.port === self { adapter.port = nil }
        if isExclusive { adapter.isScanning = false }
    }
}

/// The kernel's Bluetooth of a simulation.
final class SimulatedBluetooth: BluetoothHost {
    let simulation: Simulation
    let kernel: SimulatedKernel
    private let intake: SharedIntake
    private(set) var all: [SimulatedAdapter]
    private var events: [AdapterEvent] = []
    private var managementPackets: [[UInt8]] = []
    private var failures: [(slot: UInt8, number: Int32)] = []
    private var packets: [(slot: UInt8, bytes: [UInt8])] = []
    private var nextHandle: UInt16 = 1
    private var isManaging = false
    private var hasStarted = false
    private(set) var hasEnded = false
    /// What the kernel holds until the scanner thread reads it.
    private var held: [(adapter: SimulatedAdapter, slot: UInt8, event: [UInt8], stamp: ReceiveStamp)] = []
    private var rhythm = GatherRhythm()
    private var isReadDue = false
    /// The kernel answers management commands with this status, or not at all.
    var managementStatus: UInt8? = 0
    var managementLateness: UInt64 = 0
    var listFails = false
    var absenceAdvice: String?

    init(_ simulation: Simulation, _ kernel: SimulatedKernel, _ intake: SharedIntake, adapters count: Int) {
        self.simulation = simulation
        self.kernel = kernel
        self.intake = intake
        all = (0..<count).map { SimulatedAdapter(index: $0, address: 0xC0_0000_0000_01 + UInt64($0)) }
    }

    /// What is ready for the main loop.
    var readiness: [Readiness] {
        var ready: [Readiness] = []
        if hasStarted, !events.isEmpty { ready.append(.adapterEvents) }
        if !managementPackets.isEmpty { ready.append(.management) }
        for adapter in all {
            if let port = adapter.port, let slot = port.slot, !port.isExclusive, !port.completions.isEmpty { ready.append(.adapter(slot)) }
        }
        return ready
    }

    // MARK: Events

    /// Everything that an adapter can receive is advertised.
    func advertise(_ count: Int) {
        guard !hasEnded else { return }
        for adapter in all where adapter.hears {
            for _ in 0..<count {
                let device = UInt8(simulation.draw(below: 40))
                // | 0x04 | LE Meta 0x3E | 17 | 1 legacy report | 1 | ADV_IND | public | 6 address | 5 data | 4 AD Flags … | RSSI |
                let event: [UInt8] = [0x04, 0x3E, 17, 0x02, 1, 0, 0, device, 1, 2, 3, 4, 5, 5, 2, 1, 6, 1, 0x09, 0xC5]
                let time = simulation.now
                let stamp = ReceiveStamp(unixMicroseconds: kernel.realtime / 1000, monotonic: time, sourceClock: time)
                held.append((adapter, adapter.port!.slot!, event, stamp))
            }
        }
        gather()
        intake.heartbeat.beat(at: simulation.now, next: simulation.now + 2 * Simulation.second)
    }

    /// The scanner thread reads in its rhythm.
    private func gather() {
        let pause = rhythm.pause(atMost: intake.gather)
        guard !isReadDue, !held.isEmpty || (pause > 0 && !rhythm.awaitsPacket) else { return }
        isReadDue = true
        simulation.after(pause) { [self] in
            isReadDue = false
            read(atMost: 128)
            gather()
        }
    }

    private func read(atMost count: Int) {
        let taken = held.prefix(count)
        held.removeFirst(taken.count)
        for (adapter, slot, event, stamp) in taken {
            guard let port = adapter.port, port.isListening, port.slot == slot else { continue }
            if intake.take(event: event.span.bytes, stamp, adapter: slot, more: true) { kernel.edges.append(.records) }
        }
        rhythm.found(taken.count, at: simulation.now, longest: intake.gather, leftSome: !held.isEmpty)
        if intake.produce({ _ in }) { kernel.edges.append(.records) }
    }

    func takeDown(_ adapter: SimulatedAdapter) {
        guard adapter.isPlugged, adapter.isUp, adapter.port?.isExclusive != true else { return }
        adapter.isUp = false
        adapter.forgetScan()
        endSearch(adapter)
        events.append(AdapterEvent(.down, index: adapter.index))
    }

    func bringUp(_ adapter: SimulatedAdapter) {
        guard adapter.isPlugged, !adapter.isUp, adapter.radio == .open, adapter.port?.isExclusive != true else { return }
        adapter.isUp = true
        adapter.forgetScan()
        events.append(AdapterEvent(.up, index: adapter.index))
    }

    func block(_ adapter: SimulatedAdapter, _ state: BluetoothAdapter.Radio) {
        adapter.radio = state
        if state != .open { takeDown(adapter) }
    }

    func unplug(_ adapter: SimulatedAdapter) {
        guard adapter.isPlugged else { return }
        adapter.isPlugged = false
        adapter.isUp = false
        adapter.forgetScan()
        adapter.monitors = []
        _ = adapter.searches.end()
        events.append(AdapterEvent(.unregistered, index: adapter.index))
        if let port = adapter.port, let slot = port.slot { fail(slot, 32) }
    }

    private func fail(_ slot: UInt8, _ number: Int32) {
        failures.append((slot, number))
        kernel.edges.append(.records)
    }

    func plug(_ adapter: SimulatedAdapter) {
        guard !adapter.isPlugged else { return }
        adapter.isPlugged = true
        // Whoever comes back may find its number taken.
        let taken = Set(all.filter { $0.isPlugged && $0 !== adapter }.map(\.index))
        adapter.index = [adapter.index, 0, 1, 2, 3].first { !taken.contains($0) }!
        adapter.hangs = false
        events.append(AdapterEvent(.registered, index: adapter.index))
    }

    /// Another program's command comes to its end.
    func interfere(_ adapter: SimulatedAdapter, _ opcode: Opcode) {
        guard adapter.isPlugged, adapter.isUp, !adapter.hangs else { return }
        adapter.isScanning = false
        adapter.searches.scanOff()
        // A scan at the kernel's request leaves searches to the kernel, whose timer this has stopped.
        if !adapter.monitors.isEmpty, adapter.searches.isFinding { adapter.searches.isLeftBehind = true }
        if opcode == .reset { endSearch(adapter) }
        complete(opcode, 0, [], adapter)
    }

    /// The kernel sends something to whoever listens to its management.
    func tellManagement(_ packet: [UInt8]) { if isManaging { managementPackets.append(packet) } }

    // MARK: Controllers

    func take(_ command: HCICommand, from port: SimulatedPort) {
        let adapter = port.adapter
        let mayRefuse = adapter.hangs || adapter.refusal != nil || adapter.lateness > 0
        if command.opcode == .leSetScanEnable, mayRefuse, adapter.searches.isFinding { adapter.searches.isLeftBehind = true }
        guard !adapter.hangs else { return }
        var status: UInt8 = 0
        var parameters: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        switch command.opcode {
        case .readLocalSupportedCommands: parameters = [UInt8](repeating: 0, count: 64)
        case .leSetScanParameters:
            status = adapter.refusal ?? 0
            if status == 0 { adapter.searches.lastType = command.parameters[0] }
        case .leSetScanEnable:
            status = adapter.refusal ?? 0
            if status == 0 { adapter.isScanning = command.parameters[0] == 1 }
        case .reset: adapter.isScanning = false
        default: break
        }
        let delay = 500_000 + adapter.lateness
        if command.opcode == .leSetScanEnable, status == 0 {
            simulation.after(delay) { [self] in if adapter.isUp { scanSwitched(command.parameters[0] == 1, adapter) } }
        }
        for _ in 0..<(adapter.repeatsItself ? 2 : 1) {
            simulation.after(delay) { [self] in complete(command.opcode, status, parameters, adapter) }
        }
    }

    /// Command Complete: | 0x04 | 0x0E | length | 1 packet may be sent | 2 opcode | 1 status | parameters |.
    private func complete(_ opcode: Opcode, _ status: UInt8, _ parameters: [UInt8], _ adapter: SimulatedAdapter) {
        guard let port = adapter.port, port.isListening, adapter.isPlugged else { return }
        let number = opcode.rawValue
        let packet = [0x04, 0x0E, UInt8(4 + parameters.count), 1, UInt8(number & 0xFF), UInt8(number >> 8), status] + parameters
        if port.isExclusive {
            packets.append((port.slot!, packet))
            kernel.edges.append(.records)
        } else {
            port.completions.append(packet)
        }
    }

    // MARK: Bluetooth

    let reportsEvents = true

    func start() throws(SystemError) { hasStarted = true }

    func end() {
        hasEnded = true
        read(atMost: .max)
    }

    func adapters() throws(SystemError) -> [BluetoothAdapter] {
        simulation.spend(50_000)
        if listFails { throw SystemError("list Bluetooth adapters", 12) }
        return all.filter(\.isPlugged).sorted { $0.index < $1.index }
            .map { BluetoothAdapter(index: $0.index, address: DeviceAddress($0.address), isUp: $0.isUp, bus: .usb, radio: $0.radio) }
    }

    private func adapter(_ index: Int) -> SimulatedAdapter? { all.first { $0.isPlugged && $0.index == index } }

    func nextEvent() -> AdapterEvent? {
        guard !events.isEmpty else { return nil }
        kernel.progress += 1
        return events.removeFirst()
    }

    func openManagement() throws(SystemError) { isManaging = true }

    func nextManagementPacket(into memory: UnsafeMutableRawBufferPointer) -> Int? {
        guard !managementPackets.isEmpty else { return nil }
        kernel.progress += 1
        let packet = managementPackets.removeFirst()
        memory.copyBytes(from: packet.prefix(memory.count))
        return min(packet.count, memory.count)
    }

    /// | 2 opcode | 2 index | 2 length | parameters |
    func manage(_ packet: [UInt8]) throws(SystemError) {
        let opcode = UInt16(packet[0]) | UInt16(packet[1]) << 8
        let index = Int(packet[2]) | Int(packet[3]) << 8
        if opcode == 0x0024 { return stopDiscovery(packet, index) }
        guard let status = managementStatus else { return }
        var answer: [UInt8] = []
        var result = status
        if let adapter = adapter(index) {
            switch opcode {
            case 0x0052 where status == 0:
                adapter.monitors.insert(nextHandle)
                answer = [UInt8(nextHandle & 0xFF), UInt8(nextHandle >> 8)]
                nextHandle += 1
            case 0x0053 where status == 0: adapter.monitors.remove(UInt16(packet[6]) | UInt16(packet[7]) << 8)
            default: break
            }
        } else {
            // Invalid Index
            result = 0x11
        }
        // Command Complete: | 2 event 0x0001 | 2 index | 2 length | 2 opcode | 1 status | … |
        let event = [1, 0, packet[2], packet[3], UInt8(3 + answer.count), 0, packet[0], packet[1], result] + answer
        simulation.after(300_000 + managementLateness) { [self] in if isManaging { managementPackets.append(event) } }
    }

    /// Stop Discovery: | 2 opcode | 2 index | 2 length | 1 Address_Type |. Searches here are of LE alone.
    private func stopDiscovery(_ packet: [UInt8], _ index: Int) {
        guard let adapter = adapter(index) else { return }
        let isMeant = adapter.searches.isFinding && packet[6] == 6
        // The daemon does not wait for ever.
        if isMeant, managementStatus != 0 || managementLateness > 0 { adapter.searches.isLeftBehind = true }
        guard let managementStatus else { return }
        simulation.after(300_000 + managementLateness) { [self] in
            let status = managementStatus == 0 && !(adapter.searches.isFinding && packet[6] == 6) ? 0x0B : managementStatus
            if status == 0 { stopSearch(adapter) }
            tellManagement([1, 0, packet[2], packet[3], 4, 0, packet[0], packet[1], status, packet[6]])
        }
    }

    /// A foreign program's answer, such as one to a monitor of its own.
    func answerForeign(_ adapter: SimulatedAdapter) {
        guard isManaging else { return }
        let opcode = simulation.drawn([0x52, 0x53, 0x4C] as [UInt8])
        managementPackets.append([1, 0, UInt8(adapter.index), 0, 5, 0, opcode, 0, UInt8(simulation.draw(below: 2)), 99, 0])
    }

    func open(adapter index: Int, receiveBuffer: Int) throws(SystemError) -> any AdapterPort {
        guard let adapter = adapter(index) else { throw SystemError("HCI bind", 19) }
        if adapter.port != nil { simulation.fail("an adapter's sockets are opened twice") }
        let port = SimulatedPort(adapter, self, isExclusive: false)
        adapter.port = port
        return port
    }

    func begin(
        _ task: AdapterSupervisor.BackgroundTask, adapter index: Int, receiveBuffer: Int
    ) throws(SystemError) -> any Pending<BackgroundTaskOutcome> {
        let pending = SimulatedPending<BackgroundTaskOutcome>()
        finish(task, index, pending, after: simulation.draw(20_000_000..<2_000_000_000))
        return pending
    }

    /// A call that the adapter swallows comes back when it has let go of it.
    private func finish(_ task: AdapterSupervisor.BackgroundTask, _ index: Int, _ pending: SimulatedPending<BackgroundTaskOutcome>, after delay: UInt64) {
        simulation.after(delay) { [self] in
            if let adapter = adapter(index), adapter.swallowsTasks { return finish(task, index, pending, after: Simulation.second) }
            let (number, port) = run(task, index)
            pending.end(BackgroundTaskOutcome(problem: number == 0 ? nil : .init(SystemError("background task", number)), port: port))
            kernel.edges.append(.backgroundTasks)
        }
    }

    /// errno, 0 for none.
    private func run(_ task: AdapterSupervisor.BackgroundTask, _ index: Int) -> (Int32, (any AdapterPort)?) {
        guard let adapter = adapter(index) else { return (19, nil) }
        switch task {
        case .bringUp, .powerCycle:
            if task == .powerCycle { takeDown(adapter) }
            guard adapter.radio == .open else { return (132, nil) }
            // A controller that hangs does not come up.
            if adapter.hangs { return (110, nil) }
            bringUp(adapter)
        case .takeDown: takeDown(adapter)
        case .unblockRadio: adapter.radio = adapter.radio == .softBlocked ? .open : adapter.radio
        case .resetUSB:
            unplug(adapter)
            plug(adapter)
        case .takeOver:
            guard !adapter.isUp, adapter.port == nil else { return (16, nil) }
            guard adapter.radio == .open else { return (132, nil) }
            if adapter.hangs { return (110, nil) }
            let port = SimulatedPort(adapter, self, isExclusive: true)
            adapter.port = port
            return (0, port)
        }
        return (0, nil)
    }

    func takeUnhandled(failed: (UInt8, Int32) -> Void, received: (UInt8, [UInt8]) -> Void) {
        let (failures, packets) = (failures, packets)
        self.failures = []
        self.packets = []
        for (slot, bytes) in packets where all.contains(where: { $0.port?.slot == slot }) { received(slot, bytes) }
        for (slot, number) in failures where all.contains(where: { $0.port?.slot == slot && !$0.isPlugged }) { failed(slot, number) }
    }
}
