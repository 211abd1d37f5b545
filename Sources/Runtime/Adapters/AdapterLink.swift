import Bluetooth
import Bytes
import Gateway
import Linux
import Settings

/// One adapter: carries out what its supervisor decides, with sockets and the kernel. Main thread only.
final class AdapterLink {
    /// What all links share.
    struct Context {
        let bluetooth: any BluetoothHost
        let kernel: any Kernel
        let intake: SharedIntake
        let log: Log
    }

    let settings: Configuration.Scanner
    private let shared: Context
    private var supervisor: AdapterSupervisor
    private var backgroundTask: (any Pending<BackgroundTaskOutcome>)?
    private var port: (any AdapterPort)?
    /// The adapter has been taken over; the supervisor may want it or not.
    private var takenOver: (any AdapterPort)?
    private var ongoingFailure = OngoingFailure()
    /// The adapter in use, or the last one that was; what it is found by again.
    private(set) var adapter: BluetoothAdapter?
    /// The adapter's number in the intake's counters; set with the adapter.
    private(set) var slot: UInt8?
    /// The kernel's adapters are to be checked.
    private(set) var wantsCheck = false
    /// Its name or condition may have changed since this was set to false.
    var hasChanged = true
    /// Of sockets that have been closed.
    private var earlierKernelDropped: UInt64 = 0

    init(_ settings: Configuration.Scanner, _ supervisor: AdapterSupervisor.Settings, _ shared: Context, at now: UInt64) {
        self.settings = settings
        self.shared = shared
        self.supervisor = AdapterSupervisor(supervisor, seed: shared.kernel.random, at: now)
    }

    /// `hci0`, of the adapter in use, or what is looked for.
    var name: String { adapter?.name ?? "\(settings.adapter)" }

    var condition: AdapterSupervisor.Condition { supervisor.condition }
    /// Why it does not scan, if the condition does not explain it.
    var cause: String? { condition == .recovering ? supervisor.ongoingFailure : nil }
    /// The number in `hciN` of the adapter that is there; another one may have it when ours has gone.
    var index: Int? { supervisor.index }
    var counters: AdapterSupervisor.Counters { supervisor.counters }

    /// Events that the kernel dropped because its buffer was full.
    var kernelDropped: UInt64 { earlierKernelDropped + (port?.kernelDropped ?? 0) }

    /// The scan has been switched off, or there is nothing to switch off.
    var isStopped: Bool { supervisor.isStopped }

    func deadline(at now: UInt64) -> UInt64? { supervisor.deadline(at: now) }

    private var heard: UInt64 {
        guard let slot else { return 0 }
        return shared.intake.consume { $0.counters.heard[slot] }
    }

    // MARK: Events

    /// Does what is due. Several things may be after a controller was slow: each tick does one.
    func pump(at now: UInt64) {
        var left = Self.batch
        while left > 0, let deadline = supervisor.deadline(at: now), now >= deadline {
            left -= 1
            carryOut(supervisor.tick(at: now, heard: heard), at: now)
            // That is done once all links have been ticked.
            if wantsCheck { return }
        }
    }

    /// The kernel's adapters have been listed.
    /// - Parameter found: ours; nil if it is not there.
    func adaptersChecked(_ found: (adapter: BluetoothAdapter, slot: UInt8)?, at now: UInt64) {
        wantsCheck = false
        if let found {
            adapter = found.adapter
            slot = found.slot
        }
        carryOut(supervisor.adaptersChecked(found?.adapter, at: now), at: now)
    }

    /// The kernel's adapters could not be listed, and are checked again at that time; CLOCK_MONOTONIC, ns.
    func checkFailed(until: UInt64) {
        wantsCheck = false
        supervisor.checkFailed(until: until)
    }

    /// A kernel event of our adapter.
    func happened(_ event: AdapterEvent.Kind, at now: UInt64) { carryOut(supervisor.happened(event, at: now), at: now) }

    /// A background task of any link is done.
    func backgroundTaskDone(at now: UInt64) {
        guard let outcome = backgroundTask?.take() else { return }
        backgroundTask = nil
        takenOver = outcome.port
        carryOut(supervisor.backgroundTaskDone(outcome.problem, at: now), at: now)
        // It is not wanted any more: it goes back to the kernel.
        takenOver = nil
    }

    /// Packets that are read in one iteration of the loop; the others wait for the next.
    private static let batch = 32

    /// Completions have come.
    func ready(at now: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: HCIEvent.maximumSize, alignment: 8) { memory in
            do throws(SystemError) {
                var left = Self.batch
                while left > 0, let count = try port?.receive(into: memory) {
                    left -= 1
                    received(UnsafeRawBufferPointer(rebasing: memory[..<count]).bytes, at: now)
                }
            } catch {
                failed(error.number, at: now)
            }
        }
    }

    /// An event that is no advertisement.
    func received(_ packet: RawSpan, at now: UInt64) {
        switch try? HCIEvent(packet) {
        case .commandComplete(let opcode, let status, let parameters):
            let actions = supervisor.completed(
                opcode, status: status, parameters: packet.extracting(parameters), at: now, heard: heard)
            carryOut(actions, at: now)
        case .commandStatus(let opcode, let status) where status != HCIStatus.success:
            carryOut(supervisor.completed(opcode, status: status, parameters: packet.extracting(0..<0), at: now, heard: heard), at: now)
        default: break
        }
    }

    /// A packet from the kernel's management interface, ours or not.
    func managed(_ packet: RawSpan, at now: UInt64) {
        carryOut(supervisor.managed(packet, at: now, heard: heard), at: now)
    }

    /// A socket has failed.
    func failed(_ number: Int32, at now: UInt64) {
        carryOut(supervisor.lost("the adapter has gone: \(SystemError.text(number))", at: now), at: now)
    }

    /// Switches the scan off; `isStopped` tells when that is done, within a second.
    func stop(at now: UInt64) { carryOut(supervisor.stop(at: now), at: now) }

    // MARK: Actions

    private func carryOut(_ actions: [AdapterSupervisor.Action], at now: UInt64) {
        hasChanged = true
        for action in actions {
            switch action {
            case .checkAdapters: wantsCheck = true
            case .open(let index): open(index, at: now)
            case .close: close()
            case .send(let command): attempt("HCI command", at: now) { () throws(SystemError) in try send(command) }
            case .manage(let packet):
                attempt("management command", at: now) { () throws(SystemError) in try shared.bluetooth.manage(packet) }
            case .backgroundTask(let kind, let index): run(kind, index, at: now)
            case .log(let event): write(event, at: now)
            }
        }
    }

    private func send(_ command: HCICommand) throws(SystemError) {
        try port?.send(command)
    }

    private func attempt(_ what: String, at now: UInt64, _ body: () throws(SystemError) -> Void) {
        do throws(SystemError) {
            try body()
        } catch {
            carryOut(supervisor.lost(AdapterSupervisor.Problem(error).text, at: now), at: now)
        }
    }

    private func open(_ index: Int, at now: UInt64) {
        do throws(SystemError) {
            let port: any AdapterPort
            if let takenOver {
                port = takenOver
                self.takenOver = nil
            } else {
                port = try shared.bluetooth.open(adapter: index, receiveBuffer: settings.receiveBufferBytes)
            }
            self.port = port
            if port.receiveBuffer < settings.receiveBufferBytes {
                write(.info("receive buffer \(port.receiveBuffer) bytes instead of \(settings.receiveBufferBytes): no CAP_NET_ADMIN"), at: now)
            }
            try port.listen(slot: slot!)
        } catch {
            close()
            return carryOut(supervisor.openingFailed(.init(error), at: now), at: now)
        }
        carryOut(supervisor.opened(at: now), at: now)
    }

    private func close() {
        port?.close()
        earlierKernelDropped += port?.kernelDropped ?? 0
        port = nil
    }

    private func run(_ kind: AdapterSupervisor.BackgroundTask, _ index: Int, at now: UInt64) {
        do throws(SystemError) {
            backgroundTask = try shared.bluetooth.begin(kind, adapter: index, receiveBuffer: settings.receiveBufferBytes)
        } catch {
            carryOut(supervisor.backgroundTaskDone(.init(error), at: now), at: now)
        }
    }

    private func write(_ event: AdapterSupervisor.LogEvent, at now: UInt64) {
        let fields: Log.Fields = [("BLEMQTTD_ADAPTER", name)]
        switch event {
        case .debug(let text): shared.log.debug("\(name): \(text)", fields)
        case .info(let text): shared.log.info("\(name): \(text)", fields)
        case .warning(let text): shared.log.warning("\(name): \(text)", fields)
        case .failure(let text):
            if ongoingFailure.fails(text, at: now) {
                shared.log.error("\(name): \(text)\(ongoingFailure.history(at: now))", fields)
            } else {
                shared.log.debug("\(name): \(text)", fields)
            }
        case .failureEnded(let text):
            let outage = ongoingFailure.ends(at: now).map { " after \($0 / 1_000_000_000) s" } ?? ""
            shared.log.info("\(name): \(text)\(outage)", fields)
        }
    }
}
