import Bluetooth
import Linux

/// What can be found out about an adapter without disturbing the programs that use it.
struct AdapterFacts {
    /// Which program uses the adapter.
    enum Holder: String {
        /// A program that has it for exclusive use.
        case exclusive
        /// BlueZ's daemon, which shares.
        case bluetoothd
    }

    let adapter: BluetoothAdapter
    /// The controller has the extended scan commands (Bluetooth 5); nil if it could not be asked.
    let scansExtended: Bool?
    /// Why it could not be asked, if state and holder do not explain it.
    let note: String?
    let holder: Holder?

    /// Asks the kernel, and the controller where that is possible: within a second.
    init(_ adapter: BluetoothAdapter, isBluetoothdRunning: Bool) {
        self.adapter = adapter
        holder = adapter.isExclusive ? .exclusive : isBluetoothdRunning ? .bluetoothd : nil
        guard adapter.isUp, holder != .exclusive else {
            (scansExtended, note) = (nil, nil)
            return
        }
        do throws(SystemError) {
            scansExtended = try Self.hasExtendedCommands(adapter.index)
            note = scansExtended == nil ? "it does not answer" : nil
        } catch {
            (scansExtended, note) = (nil, error.isDenied ? "asking it requires CAP_NET_RAW" : "\(error)")
        }
    }

    /// Asks the controller; nil if it does not answer within a second.
    private static func hasExtendedCommands(_ adapter: Int) throws(SystemError) -> Bool? {
        let socket = try HCISocket(adapter: adapter, .commands)
        let epoll = try Epoll()
        try epoll.add(socket.fd, .readable, token: 0)
        let question = HCICommand(.readLocalSupportedCommands)
        try socket.send(question.packet)
        let deadline = Clock.monotonic + 1_000_000_000
        return try withTemporaryMemory(byteCount: HCIEvent.maximumSize) { memory throws(SystemError) in
            while Clock.monotonic < deadline {
                try epoll.wait(until: deadline) { _, _ in }
                while let count = try socket.receive(into: memory) {
                    // Others' completions come here, too.
                    let packet = UnsafeRawBufferPointer(rebasing: memory[..<count])
                    switch try? HCIEvent(packet.bytes) {
                    case .commandComplete(question.opcode, let status, let parameters):
                        return status == HCIStatus.success && ScanControl.hasExtendedCommands(packet.bytes.extracting(parameters))
                    default: continue
                    }
                }
            }
            return nil
        }
    }
}
