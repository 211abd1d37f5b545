import CLinux
import Glibc

/// Reports changes of this machine's links, addresses or routes. The corresponding interface is rtnetlink(7).
public final class NetworkChanges {
    private let descriptor: FileDescriptor

    /// - Throws: `SystemError`, such as where the service may not use AF_NETLINK.
    public init() throws(SystemError) {
        let type = clinux_sock_raw | clinux_sock_cloexec | clinux_sock_nonblock
        descriptor = FileDescriptor(try retrying("socket") { socket(AF_NETLINK, type, NETLINK_ROUTE) })
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE)
        _ = try withUnsafePointer(to: address) { pointer throws(SystemError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic throws(SystemError) in
                try retrying("bind") { bind(descriptor.rawValue, generic, socklen_t(MemoryLayout<sockaddr_nl>.size)) }
            }
        }
    }

    /// Readable when something has changed.
    public var fd: Int32 { descriptor.rawValue }

    /// Notices that are taken at a time: the others wait for the next iteration.
    private static let batch = 64

    /// Takes the notices that are there, a batch at most; whether there were any. Their contents are not read: each of them may be the
    /// one for want of which the broker was out of reach. Notices that the kernel had no room for (ENOBUFS) count too.
    public func take() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { memory in
            for count in 0..<Self.batch where !takeOne(memory) { return count > 0 }
            return true
        }
    }

    /// Whether there was one.
    private func takeOne(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
        do throws(SystemError) {
            return try nilIfBlocked("recv") { recv(descriptor.rawValue, memory.baseAddress, memory.count, Int32(MSG_TRUNC)) } != nil
        } catch {
            if [EBADF, EFAULT, EINVAL, ENOTSOCK].contains(error.number) { ownFault(error) }
            // An error of the socket is reported once, and is cleared by that.
            return true
        }
    }
}
