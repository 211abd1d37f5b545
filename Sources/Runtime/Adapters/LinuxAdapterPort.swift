import Bluetooth
import Gateway
import Linux

/// The sockets of one adapter: one for advertisements, which the scanner thread reads, and one for commands; or one for everything, where
/// the adapter is ours alone.
///
/// Made on whichever thread has the time for it, and then the main thread's.
final class LinuxAdapterPort: AdapterPort, @unchecked Sendable {
    /// What all ports share.
    struct Context: @unchecked Sendable {
        let kernel: LinuxKernel
        let scanner: ScannerThread
    }

    private let context: Context
    private let advertisements: HCISocket
    private let commands: HCISocket?
    private var slot: UInt8?
    let receiveBuffer: Int

    /// Beside other programs.
    init(_ index: Int, receiveBuffer bytes: Int, _ kernel: LinuxKernel, _ scanner: ScannerThread) throws(SystemError) {
        context = Context(kernel: kernel, scanner: scanner)
        advertisements = try HCISocket(adapter: index, .advertisements)
        commands = try HCISocket(adapter: index, .commands)
        receiveBuffer = advertisements.setReceiveBuffer(bytes) / 2
    }

    /// For exclusive use. It blocks until the kernel has powered the controller, 10 s for one that hangs.
    init(takingOver index: Int, receiveBuffer bytes: Int, _ context: Context) throws(SystemError) {
        self.context = context
        advertisements = try HCISocket(adapter: index, .exclusive)
        commands = nil
        receiveBuffer = advertisements.setReceiveBuffer(bytes) / 2
    }

    private var commandFD: Int32? {
        switch commands {
        case .some(let socket): socket.fd
        case .none: nil
        }
    }

    func listen(slot: UInt8) throws(SystemError) {
        if let commandFD { try context.kernel.watch(commandFD, .readable, .adapter(slot)) }
        context.scanner.attach(advertisements.fd, slot: slot, isExclusive: commandFD == nil, receiveBuffer: receiveBuffer)
        self.slot = slot
    }

    var kernelDropped: UInt64 { advertisements.kernelDropped }

    func send(_ command: HCICommand) throws(SystemError) {
        switch commands {
        case .some(let socket): try socket.send(command.packet)
        case .none: try advertisements.send(command.packet)
        }
    }

    func receive(into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        switch commands {
        case .some(let socket): try socket.receive(into: memory)
        case .none: nil
        }
    }

    /// The sockets themselves are closed when the last reference to the port goes.
    func close() {
        if let commandFD { context.kernel.forget(commandFD) }
        if let slot { context.scanner.detach(slot: slot) }
        slot = nil
    }
}
