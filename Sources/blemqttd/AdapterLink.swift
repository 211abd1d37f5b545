import Bytes
import Config
import HCI
import Linux
import MQTTWire

/// The adapter: found, brought up, its scan switched on, and all of that again when it goes away. Main thread only.
final class AdapterLink {
    private enum State {
        /// Nothing is open; the next try is due.
        case waiting(until: UInt64)
        /// The kernel brings the adapter up.
        case bringingUp(BluetoothAdapter)
        /// Sockets are open and the scan is being switched on, is on, or is being switched off.
        case open(BluetoothAdapter)
        case stopped
    }

    private let log: Log
    private let epoll: MainEpoll
    private let errands: Wakeup
    private let scanner: AirScanner
    private var configuration: Configuration.Scanner
    private var state: State
    private var upErrand: Errand<SystemError?>?
    private var commands: HCISocket?
    private var advertisements: HCISocket?
    private var control: ScanControl?
    private var isStopping = false
    private var trouble = Trouble()
    private var backoff = AdapterLink.freshBackoff
    /// Of sockets that have been closed.
    private var earlierKernelDropped: UInt64 = 0

    private static var freshBackoff: Backoff { Backoff(initial: 1_000_000_000, maximum: 30_000_000_000, jitter: 0) }

    /// - Parameter errands: signalled when the kernel has brought the adapter up, or not; the caller then calls `errandDone`.
    init(_ configuration: Configuration.Scanner, _ scanner: AirScanner, _ log: Log, _ epoll: MainEpoll, errands: Wakeup, at now: UInt64) {
        self.configuration = configuration
        self.scanner = scanner
        self.log = log
        self.epoll = epoll
        self.errands = errands
        state = .waiting(until: now)
    }

    private var logFields: Log.Fields { [("BLEMQTTD_ADAPTER", name)] }

    /// `hci0`, of the adapter in use or the one that is looked for.
    var name: String {
        switch state {
        case .bringingUp(let adapter), .open(let adapter): adapter.name
        default: "\(configuration.adapter)"
        }
    }

    /// Events that the kernel dropped because its buffer was full.
    var kernelDropped: UInt64 { earlierKernelDropped + (advertisements?.kernelDropped ?? 0) }

    /// The scan has been switched off, or there is nothing to switch off.
    var isStopped: Bool {
        if case .stopped = state { return true }
        return false
    }

    var deadline: UInt64? {
        switch state {
        case .waiting(let until): until
        case .bringingUp, .stopped: nil
        case .open: control?.deadline
        }
    }

    // MARK: Events

    /// Does what is due. An adapter that listens may have another name than the one before: `renamed` is told.
    func pump(at now: UInt64, renamed: (String) -> Void) {
        switch state {
        case .waiting(let until):
            guard now >= until else { return }
            find(at: now)
            renamed(name)
        case .open:
            if let number = scanner.takeFailure() {
                close()
                return fail("the adapter has gone: \(SystemError.text(number))", at: now)
            }
            if let action = control?.tick(at: now) { act(on: action, at: now) }
        case .bringingUp, .stopped: break
        }
    }

    /// The kernel has brought the adapter up, or not.
    func errandDone(at now: UInt64) {
        guard let result = upErrand?.take(), case .bringingUp(let adapter) = state else { return }
        upErrand = nil
        if let error = result {
            fail("\(adapter.name) is down and cannot be brought up: \(Self.advice(error))", at: now)
        } else {
            open(adapter, at: now)
        }
    }

    /// Completions have come.
    func ready(at now: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: HCIEvent.maximumSize, alignment: 8) { memory in
            do throws(SystemError) {
                while let count = try commands?.receive(into: memory) {
                    completed(UnsafeRawBufferPointer(rebasing: memory[..<count]).bytes, at: now)
                }
            } catch {
                close()
                fail("the adapter has gone: \(error)", at: now)
            }
        }
    }

    private func completed(_ packet: RawSpan, at now: UInt64) {
        switch try? HCIEvent(packet) {
        case .commandComplete(let opcode, let status, let parameters):
            guard let action = control?.completed(opcode, status: status, parameters: packet.extracting(parameters), at: now) else { return }
            act(on: action, at: now)
        case .commandStatus(let opcode, let status) where status != HCIStatus.success:
            guard let action = control?.completed(opcode, status: status, parameters: packet.extracting(0..<0), at: now) else { return }
            act(on: action, at: now)
        default: break
        }
    }

    // MARK: Steps

    private func find(at now: UInt64) {
        do throws(SystemError) {
            let adapters = try BluetoothAdapter.all()
            guard let adapter = adapters.first(where: configuration.adapter.matches) else {
                let known = adapters.isEmpty ? "none" : adapters.map { "\($0.name) \(DeviceAddress($0.address))" }.joined(separator: ", ")
                return fail("no adapter \(configuration.adapter) (there: \(known)); waiting for it", at: now)
            }
            if adapter.isUp { return open(adapter, at: now) }
            log.info("bringing \(adapter.name) up", [("BLEMQTTD_ADAPTER", adapter.name)])
            state = .bringingUp(adapter)
            upErrand = try Errand("adapter up", wakeup: errands) { () -> SystemError? in
                do throws(SystemError) {
                    try BluetoothAdapter.bringUp(index: adapter.index)
                    return nil
                } catch {
                    return error
                }
            }
        } catch {
            fail(Self.advice(error), at: now)
        }
    }

    private func open(_ adapter: BluetoothAdapter, at now: UInt64) {
        do throws(SystemError) {
            let commands = try HCISocket(adapter: adapter.index, .commands)
            let advertisements = try HCISocket(adapter: adapter.index, .advertisements)
            let granted = advertisements.setReceiveBuffer(configuration.receiveBufferBytes)
            if granted < 2 * configuration.receiveBufferBytes {
                log.info("\(adapter.name): receive buffer \(granted / 2) bytes instead of \(configuration.receiveBufferBytes): no CAP_NET_ADMIN")
            }
            try epoll.watch(commands.fd, .readable, .adapter)
            scanner.attach(advertisements)
            self.commands = consume commands
            self.advertisements = consume advertisements
        } catch {
            return fail(Self.advice(error), at: now)
        }
        state = .open(adapter)
        var control = ScanControl(
            configuration.scanParameters, randomAddress: HCICommand.nonResolvablePrivateAddress(random: ThisProcess.random))
        let action = control.start(at: now)
        self.control = control
        act(on: action, at: now)
    }

    private func act(on action: ScanControl.Action, at now: UInt64) {
        switch action {
        case .send(let command):
            do throws(SystemError) {
                log.debug("\(name): \(command.opcode.name)", logFields)
                try commands?.send(command.packet)
            } catch {
                close()
                fail(Self.advice(error), at: now)
            }
        case .scanning:
            backoff = Self.freshBackoff
            let outage = trouble.ends(at: now).map { " after \($0 / 1_000_000_000) s" } ?? ""
            let commands = control?.isExtended == true ? control?.listensOnCoded == true ? "extended, 1M and Coded" : "extended, 1M" : "legacy"
            log.info("\(name): scanning \(configuration.mode.rawValue)ly (\(commands))\(outage)", logFields)
        case .stopped:
            log.info("\(name): scan off", logFields)
            close()
            state = .stopped
        case .failed(let failure):
            close()
            fail("\(failure)", at: now)
        }
    }

    private func fail(_ reason: String, at now: UInt64) {
        if trouble.fails(reason, at: now) {
            log.error("\(name): \(reason)\(trouble.history(at: now))", logFields)
        } else {
            log.debug("\(name): \(reason)", logFields)
        }
        state = isStopping ? .stopped : .waiting(until: now + backoff.delay(random: 0))
    }

    private func close() {
        if let fd = commands?.fd { epoll.forget(fd) }
        if advertisements != nil { scanner.detach() }
        earlierKernelDropped += advertisements?.kernelDropped ?? 0
        commands = nil
        advertisements = nil
        control = nil
    }

    // MARK: Stop and new configuration

    /// Switches the scan off; `isStopped` tells when that is done, within a second.
    func stop(at now: UInt64) {
        isStopping = true
        if case .open = state, let action = control?.stop(at: now) { act(on: action, at: now) } else { state = .stopped }
    }

    /// Goes on with other settings, from the beginning.
    /// - Precondition: stopped.
    func restart(_ new: Configuration.Scanner, at now: UInt64) {
        configuration = new
        isStopping = false
        trouble = Trouble()
        state = .waiting(until: now)
    }

    private static func advice(_ error: SystemError) -> String {
        if error.isUnsupported { return "this kernel has no Bluetooth (\(error)): load the bluetooth module, or use --replay" }
        if error.isRadioBlocked { return "blocked by rfkill: run  rfkill unblock bluetooth" }
        if error.isDenied { return "\(error): needs CAP_NET_RAW and CAP_NET_ADMIN: run it as the systemd unit, or as root" }
        return "\(error)"
    }
}

extension AdapterSelector {
    func matches(_ adapter: BluetoothAdapter) -> Bool {
        switch self {
        case .index(let index): adapter.index == index
        case .address(let address): adapter.address == address
        case .all: true
        }
    }
}
