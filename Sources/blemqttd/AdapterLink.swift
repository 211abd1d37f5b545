import Agent
import Bytes
import Config
import HCI
import Linux

/// One adapter: carries out what its supervisor decides, with sockets and the kernel. Main thread only.
final class AdapterLink {
    /// What all links share.
    struct Surroundings {
        let scanner: AirScanner
        let intake: SharedIntake
        let log: Log
        let epoll: MainEpoll
        /// Signalled when an errand is done; the links' `errandDone` is then to be called.
        let errands: Wakeup
        /// The kernel's management interface, where an adapter is shared by it.
        let management: ManagementLink?
    }

    let settings: Configuration.Scanner
    private let shared: Surroundings
    private var supervisor: AdapterSupervisor
    private var errand: Errand<AdapterSupervisor.Problem?>?
    private var commands: HCISocket?
    private var advertisements: HCISocket?
    private var trouble = Trouble()
    /// The adapter in use, or the last one that was; what it is found by again.
    private(set) var adapter: BluetoothAdapter?
    /// The adapter's number in the intake's counters; set with the adapter.
    private(set) var slot: UInt8?
    /// A look at the kernel's adapters is wanted.
    private(set) var wantsLook = false
    /// Its name or condition may have changed since somebody set this to false.
    var hasNews = true
    /// Of sockets that have been closed.
    private var earlierKernelDropped: UInt64 = 0

    init(_ settings: Configuration.Scanner, _ supervisor: AdapterSupervisor.Settings, _ shared: Surroundings, at now: UInt64) {
        self.settings = settings
        self.shared = shared
        self.supervisor = AdapterSupervisor(supervisor, seed: ThisProcess.random, at: now)
    }

    /// `hci0`, of the adapter in use, or what is looked for.
    var name: String { adapter?.name ?? "\(settings.adapter)" }

    var condition: AdapterSupervisor.Condition { supervisor.condition }
    /// Why it does not scan, where there is more to say than the condition.
    var cause: String? { condition == .recovering ? supervisor.trouble : nil }
    /// The number in `hciN` of the adapter that is there; another one may have it when ours has gone.
    var index: Int? { supervisor.index }
    var counters: AdapterSupervisor.Counters { supervisor.counters }

    /// Events that the kernel dropped because its buffer was full.
    var kernelDropped: UInt64 { earlierKernelDropped + (advertisements?.kernelDropped ?? 0) }

    /// The scan has been switched off, or there is nothing to switch off.
    var isStopped: Bool { supervisor.isStopped }

    func deadline(at now: UInt64) -> UInt64? { supervisor.deadline(at: now) }

    private var heard: UInt64 {
        guard let slot else { return 0 }
        return shared.intake.consume { $0.counters.heard[slot] }
    }

    private var isOpen: Bool { advertisements != nil }

    // MARK: Events

    /// Does what is due.
    func pump(at now: UInt64) {
        guard let deadline = supervisor.deadline(at: now), now >= deadline else { return }
        carryOut(supervisor.tick(at: now, heard: heard), at: now)
    }

    /// The kernel's adapters have been looked at.
    /// - Parameter found: ours; nil where it is not there.
    func looked(_ found: (adapter: BluetoothAdapter, slot: UInt8)?, at now: UInt64) {
        wantsLook = false
        let facts = found.map { found in
            AdapterSupervisor.Facts(
                index: found.adapter.index, isUp: found.adapter.isUp, radio: .init(RadioSwitch.state(adapter: found.adapter.index)),
                isUSB: found.adapter.bus == .usb)
        }
        if let found {
            adapter = found.adapter
            slot = found.slot
        }
        carryOut(supervisor.looked(facts, at: now), at: now)
    }

    /// The kernel has news of our adapter.
    func happened(_ event: AdapterSupervisor.Event, at now: UInt64) { carryOut(supervisor.happened(event, at: now), at: now) }

    /// An errand of some link's is done.
    func errandDone(at now: UInt64) {
        guard let problem = errand?.take() else { return }
        errand = nil
        carryOut(supervisor.errandDone(problem, at: now), at: now)
    }

    /// Completions have come.
    func ready(at now: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: HCIEvent.maximumSize, alignment: 8) { memory in
            do throws(SystemError) {
                while let count = try commands?.receive(into: memory) {
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
        hasNews = true
        for action in actions {
            switch action {
            case .look: wantsLook = true
            case .open(let index): open(index, at: now)
            case .close: close()
            case .send(let command): attempt("HCI command", at: now) { () throws(SystemError) in try send(command) }
            case .manage(let packet):
                attempt("management command", at: now) { () throws(SystemError) in try shared.management?.send(packet) }
            case .errand(let kind, let index): run(kind, index, at: now)
            case .tell(let tell): say(tell, at: now)
            }
        }
    }

    private func send(_ command: HCICommand) throws(SystemError) {
        if settings.access == .exclusive { try advertisements?.send(command.packet) } else { try commands?.send(command.packet) }
    }

    private func attempt(_ what: String, at now: UInt64, _ body: () throws(SystemError) -> Void) {
        do throws(SystemError) {
            try body()
        } catch {
            carryOut(supervisor.lost(AdapterSupervisor.Problem(error).text, at: now), at: now)
        }
    }

    private func open(_ index: Int, at now: UInt64) {
        let isExclusive = settings.access == .exclusive
        do throws(SystemError) {
            let advertisements = try HCISocket(adapter: index, isExclusive ? .exclusive : .advertisements)
            let granted = advertisements.setReceiveBuffer(settings.receiveBufferBytes)
            if granted < 2 * settings.receiveBufferBytes {
                say(.info("receive buffer \(granted / 2) bytes instead of \(settings.receiveBufferBytes): no CAP_NET_ADMIN"), at: now)
            }
            if !isExclusive {
                let commands = try HCISocket(adapter: index, .commands)
                try shared.epoll.watch(commands.fd, .readable, .adapter(slot!))
                self.commands = consume commands
            }
            shared.scanner.attach(advertisements, slot: slot!, isExclusive: isExclusive)
            self.advertisements = consume advertisements
        } catch {
            close()
            return carryOut(supervisor.openingFailed(.init(error), at: now), at: now)
        }
        carryOut(supervisor.opened(at: now), at: now)
    }

    private func close() {
        if let fd = commands?.fd { shared.epoll.forget(fd) }
        if advertisements != nil { shared.scanner.detach(slot: slot!) }
        earlierKernelDropped += advertisements?.kernelDropped ?? 0
        commands = nil
        advertisements = nil
    }

    private func run(_ kind: AdapterSupervisor.Errand, _ index: Int, at now: UInt64) {
        do throws(SystemError) {
            errand = try Errand("adapter", capabilities: .netAdmin, wakeup: shared.errands) { () -> AdapterSupervisor.Problem? in
                do throws(SystemError) {
                    switch kind {
                    case .bringUp: try BluetoothAdapter.bringUp(index: index)
                    case .takeDown: try BluetoothAdapter.takeDown(index: index)
                    case .powerCycle: try BluetoothAdapter.powerCycle(index: index)
                    case .unblockRadio: try RadioSwitch.unblock(adapter: index)
                    case .resetUSB: try USBDevice.reset(adapter: index)
                    }
                    return nil
                } catch {
                    return AdapterSupervisor.Problem(error)
                }
            }
        } catch {
            carryOut(supervisor.errandDone(.init(error), at: now), at: now)
        }
    }

    private func say(_ tell: AdapterSupervisor.Tell, at now: UInt64) {
        let fields: Log.Fields = [("BLEMQTTD_ADAPTER", name)]
        switch tell {
        case .debug(let text): shared.log.debug("\(name): \(text)", fields)
        case .info(let text): shared.log.info("\(name): \(text)", fields)
        case .warning(let text): shared.log.warning("\(name): \(text)", fields)
        case .trouble(let text):
            if trouble.fails(text, at: now) {
                shared.log.error("\(name): \(text)\(trouble.history(at: now))", fields)
            } else {
                shared.log.debug("\(name): \(text)", fields)
            }
        case .over(let text):
            let outage = trouble.ends(at: now).map { " after \($0 / 1_000_000_000) s" } ?? ""
            shared.log.info("\(name): \(text)\(outage)", fields)
        }
    }
}

extension AdapterSupervisor.Problem {
    /// What a system call's failure means, and what can be done about it.
    init(_ error: SystemError) {
        if error.isUnsupported {
            self.init(.denied, "this kernel has no Bluetooth (\(error)): load the bluetooth module, or use --replay")
        } else if error.isRadioBlocked {
            self.init(.radioBlocked, "blocked by rfkill: run  rfkill unblock bluetooth")
        } else if error.isDenied {
            self.init(.denied, "\(error): needs CAP_NET_RAW and CAP_NET_ADMIN: run it as the systemd unit, or as root")
        } else if error.isGone {
            self.init(.gone, "\(error)")
        } else {
            self.init(.other, "\(error)")
        }
    }
}

extension AdapterSupervisor.Radio {
    init(_ state: RadioSwitch.State) {
        switch state {
        case .open: self = .open
        case .softBlocked: self = .softBlocked
        case .hardBlocked: self = .hardBlocked
        }
    }
}
