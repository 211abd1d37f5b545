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
    }

    private let descriptor: FileDescriptor

    /// - Throws: `SystemError`: ENODEV where the adapter has gone, EAFNOSUPPORT where the kernel has no Bluetooth.
    ///   The corresponding C functions are `socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI)`, `setsockopt(HCI_FILTER)` and `bind`.
    public init(adapter: Int, _ purpose: Purpose) throws(SystemError) {
        descriptor = try Self.open(adapter, purpose)
    }

    private static func open(_ adapter: Int, _ purpose: Purpose) throws(SystemError) -> FileDescriptor {
        let type = clinux_sock_raw | clinux_sock_cloexec | clinux_sock_nonblock
        let descriptor = FileDescriptor(try retrying("HCI socket") { socket(AF_BLUETOOTH, type, BTPROTO_HCI) })
        // A fresh socket's filter lets nothing through.
        var filter = hci_filter()
        filter.type_mask = 1 << UInt32(HCI_EVENT_PKT)
        switch purpose {
        case .advertisements:
            filter.set(event: EVT_LE_META_EVENT)
        case .commands:
            filter.set(event: EVT_CMD_COMPLETE)
            filter.set(event: EVT_CMD_STATUS)
        }
        _ = try retrying("HCI filter") {
            setsockopt(descriptor.rawValue, SOL_HCI, HCI_FILTER, &filter, socklen_t(MemoryLayout<hci_filter>.size))
        }
        if purpose == .advertisements {
            var one: Int32 = 1
            _ = try retrying("HCI time stamps") {
                setsockopt(descriptor.rawValue, SOL_HCI, HCI_TIME_STAMP, &one, socklen_t(MemoryLayout<Int32>.size))
            }
        }
        var address = sockaddr_hci()
        address.hci_family = sa_family_t(AF_BLUETOOTH)
        address.hci_dev = UInt16(adapter)
        address.hci_channel = UInt16(HCI_CHANNEL_RAW)
        _ = try withUnsafePointer(to: &address) { pointer throws(SystemError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic throws(SystemError) in
                try retrying("HCI bind") { bind(descriptor.rawValue, generic, socklen_t(MemoryLayout<sockaddr_hci>.size)) }
            }
        }
        return descriptor
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

    /// Sends a command packet, H4 packet type in front.
    /// - Throws: `SystemError`: ENETDOWN where the adapter is down, EPERM without CAP_NET_RAW. The corresponding C function is `write`.
    public func send(_ packet: [UInt8]) throws(SystemError) {
        _ = try retrying("HCI command") { write(fd, packet, packet.count) }
    }

    /// Reads one packet; its size, or nil where there is none.
    /// - Throws: `SystemError`: EPIPE or ENODEV once the adapter has gone. The corresponding C function is `read`.
    public func receive(into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        let count = Glibc.read(fd, memory.baseAddress, memory.count)
        if count >= 0 { return count }
        if errno == EAGAIN || errno == EINTR { return nil }
        throw SystemError("HCI read")
    }
}

extension hci_filter {
    /// The corresponding C function is `hci_filter_set_event`.
    fileprivate mutating func set(event: Int32) {
        let bit = UInt32(1) << UInt32(event & 31)
        if event & 63 < 32 { event_mask.0 |= bit } else { event_mask.1 |= bit }
    }
}
