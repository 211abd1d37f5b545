import Bluetooth
import Gateway
import Linux

/// Linux's Bluetooth: the adapters' sockets, the scanner thread that listens to them, and the kernel's management of them. Main thread only.
final class LinuxBluetooth: BluetoothHost {
    private let kernel: LinuxKernel
    private let scanner: ScannerThread
    private let log: Log
    private var thread: Thread?
    private var events: AdapterEvents?
    private var management: ManagementSocket?
    /// Read once: a change of them takes a reboot.
    private let bootFiles = AbsenceAdvice.bootFiles

    init(_ kernel: LinuxKernel, _ intake: SharedIntake, _ log: Log) throws(SystemError) {
        self.kernel = kernel
        self.log = log
        scanner = try ScannerThread(intake, main: kernel.records)
    }

    func start() throws(SystemError) {
        do throws(SystemError) {
            let events = try AdapterEvents()
            try kernel.watch(events.fd, .readable, .adapterEvents)
            self.events = consume events
        } catch {
            // The checks that follow report the same, and what can be done.
            log.debug("kernel events of adapters are not available: \(error)")
        }
        thread = try scanner.start()
    }

    func end() {
        scanner.stop()
        guard let ended = thread.take() else { return }
        ended.join()
    }

    // MARK: What there is

    func adapters() throws(SystemError) -> [BluetoothAdapter] { try BluetoothAdapter.all() }
    var absenceAdvice: String? { AbsenceAdvice(bootFiles: bootFiles, blocked: RadioSwitch.blocked()).text }
    var reportsEvents: Bool { events != nil }

    /// A socket that fails would be ready for ever: it is closed, and the adapters are checked now and then instead.
    func nextEvent() -> AdapterEvent? {
        do throws(SystemError) {
            return try events?.next()
        } catch {
            log.warning("kernel events of adapters have ended: \(error); checking the adapters every 5 s instead")
            if let fd = events?.fd { kernel.forget(fd) }
            events = nil
            return nil
        }
    }

    // MARK: Management

    func openManagement() throws(SystemError) {
        guard management == nil else { return }
        let socket = try ManagementSocket()
        try kernel.watch(socket.fd, .readable, .management)
        management = consume socket
    }

    func manage(_ packet: [UInt8]) throws(SystemError) {
        // It may have failed since it was opened.
        try openManagement()
        try management?.send(packet)
    }

    func nextManagementPacket(into memory: UnsafeMutableRawBufferPointer) -> Int? {
        do throws(SystemError) {
            return try management?.receive(into: memory)
        } catch {
            log.warning("the kernel's Bluetooth management does not answer any more: \(error)")
            if let fd = management?.fd { kernel.forget(fd) }
            management = nil
            return nil
        }
    }

    // MARK: One adapter

    func open(adapter index: Int, receiveBuffer: Int) throws(SystemError) -> any AdapterPort {
        try LinuxAdapterPort(index, receiveBuffer: receiveBuffer, kernel, scanner)
    }

    func begin(
        _ task: AdapterSupervisor.BackgroundTask, adapter index: Int, receiveBuffer: Int
    ) throws(SystemError) -> any Pending<BackgroundTaskOutcome> {
        let context = LinuxAdapterPort.Context(kernel: kernel, scanner: scanner)
        return try BackgroundTask("adapter", capabilities: .netAdmin, wakeup: kernel.backgroundTasks) { () -> BackgroundTaskOutcome in
            do throws(SystemError) {
                var port: (any AdapterPort)?
                switch task {
                case .bringUp: try BluetoothAdapter.bringUp(index: index)
                case .takeDown: try BluetoothAdapter.takeDown(index: index)
                case .powerCycle: try BluetoothAdapter.powerCycle(index: index)
                case .unblockRadio: try RadioSwitch.unblock(adapter: index)
                case .resetUSB: try USBDevice.reset(adapter: index)
                case .takeOver: port = try LinuxAdapterPort(takingOver: index, receiveBuffer: receiveBuffer, context)
                }
                return BackgroundTaskOutcome(problem: nil, port: port)
            } catch {
                return BackgroundTaskOutcome(problem: AdapterSupervisor.Problem(error), port: nil)
            }
        }
    }

    func takeUnhandled(failed: (UInt8, Int32) -> Void, received: (UInt8, [UInt8]) -> Void) {
        let lost = scanner.takeUnhandled(failed: failed, received: received)
        if lost > 0 { log.warning("\(lost) HCI events other than advertisements lost: the controller sends more than can be processed") }
    }
}

extension AdapterSupervisor.Problem {
    /// What the failure of a system call means, and what can be done about it.
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
