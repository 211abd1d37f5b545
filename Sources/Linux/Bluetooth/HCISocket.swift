import CBluetooth
import CLinux
import Glibc

/// A raw HCI socket, bound to one adapter.
///
/// Advertisements and command completions go over two of these: on one, a flood would push the completions out of the
/// kernel's buffer, and they would look like timeouts.
public struct HCISocket: ~Copyable {
    /// What the kernel passes up.
    public enum Purpose: Sendable {
        /// LE Meta events, with receive stamps.
        case advertisements
        /// Command Complete and Command Status, and commands go down.
        case commands
        /// Everything of the controller, both ways, on this socket alone (`HCI_CHANNEL_USER`): while it is open the kernel and all other
        /// programs leave the adapter alone, and it is this program that has to begin with a Reset. Receive stamps come with it.
        case exclusive
    }

    private let descriptor: FileDescriptor

    /// For `exclusive` the adapter must be down; the kernel powers the controller and returns when that is done.
    /// - Throws: `SystemError`: ENODEV where the adapter has gone, EAFNOSUPPORT where the kernel has no Bluetooth; for `exclusive` also
    ///   EBUSY or EUSERS where the adapter is up or taken, ERFKILL where rfkill blocks it, EPERM without CAP_NET_ADMIN.
    ///   The corresponding C functions are `socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI)`, `setsockopt(HCI_FILTER)` and `bind`.
    public init(adapter: Int, _ purpose: Purpose) throws(SystemError) {
        let descriptor = try Self.unbound()
        switch purpose {
        case .advertisements:
            try Self.setFilter(descriptor, events: [EVT_LE_META_EVENT])
            try Self.set(descriptor, SOL_HCI, HCI_TIME_STAMP)
        case .commands:
            try Self.setFilter(descriptor, events: [EVT_CMD_COMPLETE, EVT_CMD_STATUS])
        case .exclusive:
            // The user channel has neither filter nor stamps of HCI's own: those of any socket do.
            try Self.set(descriptor, SOL_SOCKET, clinux_so_timestamp)
        }
        try Self.bind(descriptor, device: UInt16(adapter), channel: purpose == .exclusive ? HCI_CHANNEL_USER : HCI_CHANNEL_RAW)
        self.descriptor = descriptor
    }

    public var fd: Int32 { descriptor.rawValue }

    /// Asks for a receive buffer of `bytes`; what the kernel gave, in its own count, which is twice the bytes asked for.
    ///
    /// Beyond `net.core.rmem_max` it takes CAP_NET_ADMIN (SO_RCVBUFFORCE); without, the kernel gives what it may.
    public func setReceiveBuffer(_ bytes: Int) -> Int {
        var size = Int32(clamping: bytes)
        let length = socklen_t(MemoryLayout<Int32>.size)
        if setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, length) != 0 {
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, length)
        }
        var granted: Int32 = 0
        var grantedLength = length
        getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &grantedLength)
        return Int(granted)
    }

    /// Packets that the kernel dropped because the buffer was full, since the socket was opened. The corresponding C call is
    /// `getsockopt(SO_MEMINFO)`, field `SK_MEMINFO_DROPS`.
    public var kernelDropped: UInt64 {
        var fields: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0, 0, 0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: fields))
        guard getsockopt(fd, SOL_SOCKET, SO_MEMINFO, &fields, &length) == 0 else { return 0 }
        return UInt64(fields.8)
    }

    /// Sends a command packet, H4 packet type in front; over `exclusive`, any packet.
    /// - Throws: `SystemError`: ENETDOWN where the adapter is down, EPERM without CAP_NET_RAW. The corresponding C function is `write`.
    public func send(_ packet: [UInt8]) throws(SystemError) {
        _ = try retrying("HCI command") { write(fd, packet, packet.count) }
    }

    /// Reads one packet; its size, or nil if none.
    /// - Throws: `SystemError`: EPIPE or ENODEV once the adapter has gone. The corresponding C function is `read`.
    public func receive(into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        try Self.receive(descriptor, into: memory)
    }

    // MARK: What all kinds of HCI sockets share

    /// A non-blocking HCI socket that is bound to nothing.
    static func unbound() throws(SystemError) -> FileDescriptor {
        let type = clinux_sock_raw | clinux_sock_cloexec | clinux_sock_nonblock
        return FileDescriptor(try retrying("HCI socket") { socket(AF_BLUETOOTH, type, BTPROTO_HCI) })
    }

    /// Lets through these events and nothing else; a fresh socket's filter lets nothing through.
    static func setFilter(_ descriptor: borrowing FileDescriptor, events: [Int32]) throws(SystemError) {
        var filter = hci_filter()
        filter.type_mask = 1 << UInt32(HCI_EVENT_PKT)
        for event in events { filter.set(event: event) }
        let fd = descriptor.rawValue
        _ = try retrying("HCI filter") { setsockopt(fd, SOL_HCI, HCI_FILTER, &filter, socklen_t(MemoryLayout<hci_filter>.size)) }
    }

    private static func set(_ descriptor: borrowing FileDescriptor, _ level: Int32, _ option: Int32) throws(SystemError) {
        var one: Int32 = 1
        let fd = descriptor.rawValue
        _ = try retrying("HCI time stamps") { setsockopt(fd, level, option, &one, socklen_t(MemoryLayout<Int32>.size)) }
    }

    static func bind(_ descriptor: borrowing FileDescriptor, device: UInt16, channel: Int32) throws(SystemError) {
        var address = sockaddr_hci()
        address.hci_family = sa_family_t(AF_BLUETOOTH)
        address.hci_dev = device
        address.hci_channel = UInt16(channel)
        let fd = descriptor.rawValue
        _ = try withUnsafePointer(to: &address) { pointer throws(SystemError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic throws(SystemError) in
                try retrying("HCI bind") { Glibc.bind(fd, generic, socklen_t(MemoryLayout<sockaddr_hci>.size)) }
            }
        }
    }

    /// Reads one packet; its size, or nil if none.
    static func receive(_ descriptor: borrowing FileDescriptor, into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        let fd = descriptor.rawValue
        return try nilIfBlocked("HCI read") { Glibc.read(fd, memory.baseAddress, memory.count) }
    }
}

extension hci_filter {
    /// The corresponding C function is `hci_filter_set_event`.
    mutating func set(event: Int32) {
        let bit = UInt32(1) << UInt32(event & 31)
        if event & 63 < 32 { event_mask.0 |= bit } else { event_mask.1 |= bit }
    }
}
