import CBluetooth
import Glibc

/// The kernel's Bluetooth management interface (BlueZ's `doc/mgmt-api.txt`): the kernel works the adapters, shared among
/// everybody who asks.
///
/// Of the events only Command Complete, Command Status and Discovering come through. A packet in either direction is | 2 code | 2 adapter, 0xFFFF for none | 2 length | n parameters |, little-endian.
public struct ManagementSocket: ~Copyable {
    private let descriptor: FileDescriptor

    /// - Throws: `SystemError`: EAFNOSUPPORT where the kernel has no Bluetooth. Without CAP_NET_ADMIN it can be opened, but the kernel
    ///   answers with status 0x14 (Permission Denied) to all commands but some that only read, and sends few events.
    ///   The corresponding C functions are `socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI)` and `bind` with `HCI_CHANNEL_CONTROL`.
    public init() throws(SystemError) {
        let descriptor = try HCISocket.unbound()
        _ = try retrying("management filter") { cbluetooth_filter_management(descriptor.rawValue) }
        try HCISocket.bind(descriptor, device: UInt16(HCI_DEV_NONE), channel: HCI_CHANNEL_CONTROL)
        self.descriptor = descriptor
    }

    public var fd: Int32 { descriptor.rawValue }

    /// Sends one command. The answer is an event: Command Complete 0x0001 or Command Status 0x0002.
    /// - Throws: `SystemError`: EINVAL where the length field does not match. The corresponding C function is `write`.
    public func send(_ packet: [UInt8]) throws(SystemError) {
        _ = try retrying("management command") { write(fd, packet, packet.count) }
    }

    /// Reads one event, what fits of it; its size, or nil if none. 65,541 bytes hold any event.
    /// - Throws: `SystemError`. The corresponding C function is `read`.
    public func receive(into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        try HCISocket.receive(descriptor, into: memory)
    }
}
