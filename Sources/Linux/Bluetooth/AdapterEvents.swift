import Bluetooth
import CBluetooth
import Glibc

/// Kernel events of all adapters, as they happen: a raw HCI socket that is bound to none of them.
///
/// What happened before it was opened is to be asked of `BluetoothAdapter.all()`, after it was opened. A new adapter is registered, goes up
/// while the kernel asks it who it is, and down two seconds later unless somebody brings it up: who does that in those two seconds sees no
/// other `up`.
public struct AdapterEvents: ~Copyable {
    private let descriptor: FileDescriptor

    /// - Throws: `SystemError`: EAFNOSUPPORT where the kernel has no Bluetooth. Without CAP_NET_RAW the kernel lets it be opened,
    ///   and no event comes. The corresponding C functions are `socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI)`,
    ///   `setsockopt(HCI_FILTER)` and `bind` with `HCI_DEV_NONE`.
    public init() throws(SystemError) {
        let descriptor = try HCISocket.unbound()
        try HCISocket.setFilter(descriptor, events: [EVT_STACK_INTERNAL])
        try HCISocket.bind(descriptor, device: UInt16(HCI_DEV_NONE), channel: HCI_CHANNEL_RAW)
        self.descriptor = descriptor
    }

    /// Readable when something has happened.
    public var fd: Int32 { descriptor.rawValue }

    /// The next event; nil if none yet.
    /// - Throws: `SystemError`. The corresponding C function is `read`.
    public mutating func next() throws(SystemError) -> AdapterEvent? {
        try withTemporaryMemory(byteCount: Int(HCI_MAX_EVENT_SIZE)) { memory throws(SystemError) in
            while let count = try HCISocket.receive(descriptor, into: memory) {
                if let event = AdapterEvent(UnsafeRawBufferPointer(rebasing: memory[..<count]).bytes) { return event }
            }
            return nil
        }
    }
}
