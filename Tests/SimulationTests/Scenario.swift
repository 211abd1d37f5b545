import Bluetooth
import Bytes
import Linux
import YAMLSchema

@testable import Settings
@testable import Gateway
@testable import Runtime

/// A daemon in a simulation, with everything that can be done to it.
final class Scenario {
    let simulation: Simulation
    let kernel: SimulatedKernel
    let broker: SimulatedBroker
    let bluetooth: SimulatedBluetooth
    let files: SimulatedFiles
    let manager: SimulatedManager
    let log: SimulatedLog
    let intake: SharedIntake
    private(set) var daemon: Daemon
    /// What the configuration file holds; nil while it has errors.
    var file: Configuration?
    /// The configuration that was last read without errors.
    private(set) var lastValid: Configuration
    /// What was done, for the message of a failure.
    private(set) var history: [String] = []

    private let box = Box()

    private final class Box { weak var scenario: Scenario? }

    init(seed: UInt64, adapters: Int = 1, _ configuration: Configuration? = nil) {
        let simulation = Simulation(seed: seed)
        self.simulation = simulation
        kernel = SimulatedKernel(simulation)
        let start = configuration ?? Self.draw(simulation, adapters: adapters)
        let intake = SharedIntake(Intake(ringSize: start.ring.sizeBytes), gather: start.gather)
        self.intake = intake
        broker = SimulatedBroker(simulation, kernel)
        bluetooth = SimulatedBluetooth(simulation, kernel, intake, adapters: adapters)
        files = SimulatedFiles(simulation, kernel)
        manager = SimulatedManager(simulation)
        log = SimulatedLog(simulation)
        lastValid = start
        let kernel = kernel
        daemon = Daemon(
            start, try! Options([]), intake, replay: nil, Log(level: .info, to: log, realtime: { kernel.realtime }),
            Machine(kernel: kernel, bluetooth: bluetooth, network: broker, files: files, service: manager),
            load: { [box] () throws(ConfigurationErrors) -> Configuration in
                let scenario = box.scenario!
                guard let file = scenario.file else { throw ConfigurationErrors(file: "config.yaml", "has errors") }
                scenario.lastValid = file
                return file
            })
        box.scenario = self
        file = start
        kernel.levels = { [bluetooth] in bluetooth.readiness }
        advertise()
    }

    /// Something always advertises.
    private func advertise() {
        simulation.after(200 * Simulation.millisecond) { [weak self] in
            self?.bluetooth.advertise(1)
            self?.advertise()
        }
    }

    static func draw(_ simulation: Simulation, adapters: Int) -> Configuration {
        var new = Configuration(scannerID: simulation.drawn(["pi", "pi", "attic"]))
        new.client.clientID = "sim"
        new.client.qos = UInt8(simulation.draw(below: 2))
        new.client.cleanSession = !simulation.isDrawn(oneIn: 3)
        new.client.keepAliveSeconds = simulation.drawn([10, 60, 61])
        new.client.maxInflight = simulation.drawn([1, 20, 100])
        new.reconnect.maxDelaySeconds = 8
        new.ring.sizeBytes = 1 << 16
        new.ring.gatherMilliseconds = simulation.drawn([0, 1, 5, 5, 20, 100])
        new.stats.intervalSeconds = simulation.drawn([5, 60])
        new.status.intervalSeconds = simulation.drawn([0, 5, 60])
        new.homeAssistant.discovery = simulation.isDrawn(oneIn: 3)
        new.scanner.watchdog.silenceSeconds = simulation.drawn([0, 5, 6, 90])
        new.scanner.watchdog.checkSeconds = 1
        new.scanner.access = simulation.drawn([.raw, .raw, .management, .exclusive])
        new.scanner.mode = simulation.drawn([.passive, .active, .mixed])
        new.scanner.recovery.unblockRadio = simulation.isDrawn(oneIn: 2)
        new.scanner.recovery.powerCycle = !simulation.isDrawn(oneIn: 4)
        if adapters > 1 { new.scanner.adapter = .all }
        if simulation.isDrawn(oneIn: 3) { new.metrics.textfile = "/metrics/ble.prom" }
        return new
    }

    // MARK: Going on

    func start() throws { try daemon.start() }

    /// Lets go of what holds its parts together, so that thousands of scenarios can follow each other.
    func end() {
        simulation.end()
        kernel.levels = { [] }
    }

    /// Goes on for so many seconds, or until the daemon has stopped, or until something is so.
    func run(seconds: Double, until isDone: () -> Bool = { false }) throws {
        let end = simulation.now + UInt64(seconds * 1e9)
        while simulation.now < end, !daemon.isStopped {
            kernel.horizon = end
            try daemon.iterate()
            manager.check()
            try check()
            if isDone() { return }
        }
    }

    private func check() throws {
        if let fault = simulation.fault { throw Fault(description: "\(fault)\n\(trace)") }
    }

    func fail(_ text: String) throws -> Never {
        simulation.fail(text)
        throw Fault(description: "\(simulation.fault!)\n\(trace)")
    }

    private var deadlines: String {
        var text: [String] = []
        daemon.eachDeadline { part, deadline in
            if let deadline, deadline < .max { text.append("\(part) \(Double(deadline) / 1e9 - 1000) s") }
        }
        return text.joined(separator: ", ")
    }

    private var trace: String {
        "due: \(deadlines)\ndone: \(history.joined(separator: "; "))\nlog:\n  \(log.lines.suffix(40).joined(separator: "\n  "))"
    }

    func note(_ text: String) { history.append("\((simulation.now - 1_000 * Simulation.second) / Simulation.millisecond) ms \(text)") }

    // MARK: At work

    /// The daemon does what it is for, by the configuration that counts; nil, or what is missing.
    var missing: String? {
        guard broker.isOnline else { return "the session is not online" }
        guard broker.keepAlive == Int(lastValid.client.keepAliveSeconds) else { return "the keep alive time is not \(lastValid.client.keepAliveSeconds)" }
        let topic = "\(lastValid.topic.status)/\(lastValid.scannerID)"
        guard let status = broker.retained[topic] else { return "nothing on \(topic)" }
        guard !status.contains("\"offline\"") else { return "the status is offline" }
        for adapter in bluetooth.all {
            guard adapter.hears else { return "hci\(adapter.index) does not listen" }
            guard !isLeftSearching(adapter) else { return "the kernel still knows of a search at hci\(adapter.index)" }
            guard let heard = broker.lastHeard["hci\(adapter.index)"], simulation.now < heard + 2 * Simulation.second else {
                return "nothing of hci\(adapter.index) arrives"
            }
        }
        guard broker.lastQoS == lastValid.client.qos else { return "QoS \(broker.lastQoS)" }
        guard manager.isReady else { return "the service manager waits for a reload to end" }
        return nil
    }

    /// Nobody can search any more, and nothing of ours is the reason: our scan is passive, or off.
    func isLeftSearching(_ adapter: SimulatedAdapter) -> Bool {
        let searches = adapter.searches
        guard searches.isFinding, searches.timer == nil, !searches.isLeftBehind else { return false }
        return searches.lastType == 0 || !adapter.isScanning
    }

    /// Every fault is removed from the simulation, if not at once from the daemon.
    func heal() {
        note("every fault is removed")
        broker.reach = .accepts
        broker.flood = .none
        broker.reading = .all
        broker.acknowledges = true
        broker.latency = 300_000
        files.hangs = false
        bluetooth.managementStatus = 0
        bluetooth.managementLateness = 0
        bluetooth.listFails = false
        for adapter in bluetooth.all {
            bluetooth.plug(adapter)
            adapter.hangs = false
            adapter.refusal = nil
            adapter.lateness = 0
            adapter.repeatsItself = false
            adapter.swallowsTasks = false
            adapter.radio = .open
        }
    }

    func signal(_ signal: Signals.Signal) { kernel.signals.append(signal) }

    // MARK: What is done to it

    func reload(_ change: (inout Configuration) -> Void) {
        var new = lastValid
        change(&new)
        file = new
        signal(.hangUp)
    }

    /// Something happens.
    func disturb() {
        let adapter = simulation.drawn(bluetooth.all)
        switch simulation.draw(below: 32) {
        case 0, 1:
            note("reload: another configuration")
            file = Self.draw(simulation, adapters: bluetooth.all.count)
            signal(.hangUp)
        case 2, 3:
            // There and back again.
            let seconds = simulation.drawn([0.01, 0.3, 1.0])
            note("reload: another keep alive time, and back after \(seconds) s")
            let old = lastValid
            reload { $0.client.keepAliveSeconds += 1 }
            simulation.after(UInt64(seconds * 1e9)) { [self] in
                file = old
                signal(.hangUp)
            }
        case 4, 5:
            let seconds = simulation.drawn([0.01, 0.3, 1.0])
            note("reload: another silence, and back after \(seconds) s")
            let old = lastValid
            reload { $0.scanner.watchdog.silenceSeconds = $0.scanner.watchdog.silenceSeconds == 7 ? 8 : 7 }
            simulation.after(UInt64(seconds * 1e9)) { [self] in
                file = old
                signal(.hangUp)
            }
        case 6:
            note("reload: with errors")
            file = nil
            signal(.hangUp)
        case 7:
            note("the broker breaks off")
            broker.breakOff(simulation.isDrawn(oneIn: 2))
        case 8, 9:
            broker.reach = simulation.drawn(SimulatedBroker.Reach.allCases)
            note("the broker \(broker.reach)")
            if simulation.isDrawn(oneIn: 2) { broker.breakOff(true) }
        case 10:
            broker.reading = simulation.drawn(SimulatedBroker.Reading.allCases)
            note("the broker reads \(broker.reading)")
        case 11:
            broker.flood = simulation.drawn(SimulatedBroker.Flood.allCases)
            note("the broker floods: \(broker.flood)")
            // To play a long one takes long, and shows no more.
            simulation.after(200 * Simulation.millisecond) { [broker] in broker.flood = .none }
        case 12:
            broker.acknowledges.toggle()
            note("the broker acknowledges: \(broker.acknowledges)")
        case 13:
            broker.latency = simulation.drawn([100_000, 5_000_000, 900_000_000])
            note("the broker takes \(broker.latency / 1000) µs")
        case 14:
            note("the network changes")
            broker.changeNetwork()
        case 15:
            note("hci\(adapter.index) is taken down")
            bluetooth.takeDown(adapter)
        case 16:
            note("hci\(adapter.index) is brought up")
            bluetooth.bringUp(adapter)
        case 17:
            note("hci\(adapter.index) is unplugged")
            bluetooth.unplug(adapter)
        case 18:
            note("hci\(adapter.index) is plugged in")
            bluetooth.plug(adapter)
        case 19, 20:
            adapter.hangs.toggle()
            note("hci\(adapter.index) hangs: \(adapter.hangs)")
        case 21:
            adapter.refusal = simulation.drawn([nil, 0x0C, 0x01])
            note("hci\(adapter.index) refuses: \(adapter.refusal.map { "\($0)" } ?? "nothing")")
        case 22:
            adapter.lateness = simulation.drawn([0, 0, 700_000_000, 4_000_000_000])
            adapter.repeatsItself.toggle()
            note("hci\(adapter.index) answers \(adapter.lateness / 1_000_000) ms late, twice: \(adapter.repeatsItself)")
        case 23:
            let opcode = simulation.drawn([Opcode.leSetScanEnable, .reset, .leSetScanParameters])
            note("another program sends \(opcode.name)")
            bluetooth.interfere(adapter, opcode)
        case 24:
            let state = simulation.drawn([BluetoothAdapter.Radio.open, .softBlocked, .hardBlocked])
            note("rfkill: \(state)")
            bluetooth.block(adapter, state)
        case 25:
            adapter.swallowsTasks.toggle()
            note("hci\(adapter.index) swallows background tasks: \(adapter.swallowsTasks)")
        case 26:
            bluetooth.managementStatus = simulation.drawn([0, 0, 0x03, nil])
            bluetooth.managementLateness = simulation.drawn([0, 300_000_000, 3_000_000_000])
            note("management: \(bluetooth.managementStatus.map { "\($0)" } ?? "mute"), \(bluetooth.managementLateness / 1_000_000) ms late")
            bluetooth.answerForeign(adapter)
        case 27:
            if simulation.isDrawn(oneIn: 2) {
                note("a burst of advertisements")
                bluetooth.advertise(simulation.drawn([100, 2000]))
            } else {
                note("a thousand advertisements a second")
                for millisecond in 0..<400 { simulation.after(UInt64(millisecond) * Simulation.millisecond) { [bluetooth] in bluetooth.advertise(1) } }
            }
        case 28:
            files.hangs.toggle()
            bluetooth.listFails = simulation.isDrawn(oneIn: 3)
            note("the disk hangs: \(files.hangs), the list of adapters fails: \(bluetooth.listFails)")
        case 29:
            note("another program searches at hci\(adapter.index)")
            bluetooth.search(adapter)
        case 30:
            note("another program ends the search at hci\(adapter.index)")
            bluetooth.stopSearch(adapter)
        default:
            note("SIGUSR1")
            signal(.user1)
        }
    }
}
