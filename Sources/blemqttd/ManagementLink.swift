import Linux

/// The kernel's Bluetooth management interface, shared by the adapters that are worked by it.
final class ManagementLink {
    private let socket: ManagementSocket

    init(_ epoll: MainEpoll) throws(SystemError) {
        let socket = try ManagementSocket()
        try epoll.watch(socket.fd, .readable, .management)
        self.socket = socket
    }

    func send(_ packet: [UInt8]) throws(SystemError) { try socket.send(packet) }

    /// Calls `body` with each packet that has come.
    func read(_ body: (RawSpan) -> Void) {
        // What is longer, such as the kernel's list of everything it can do, is not for us and may be cut.
        withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { memory in
            while let count = try? socket.receive(into: memory) { body(UnsafeRawBufferPointer(rebasing: memory[..<count]).bytes) }
        }
    }
}
