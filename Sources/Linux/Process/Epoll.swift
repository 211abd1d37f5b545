import CLinux
import Glibc

/// Waits for many descriptors at once.
public struct Epoll: ~Copyable {
    /// What to wait for, and what has come.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// EPOLLIN
        public static let readable = Interest(rawValue: 0x001)
        /// EPOLLOUT
        public static let writable = Interest(rawValue: 0x004)
        /// EPOLLERR, which is always waited for
        public static let failed = Interest(rawValue: 0x008)
        /// EPOLLHUP, which is always waited for
        public static let hungUp = Interest(rawValue: 0x010)
        /// EPOLLRDHUP: the peer will send nothing more.
        public static let peerClosed = Interest(rawValue: 0x2000)
        /// EPOLLET: report once, at the change.
        public static let edge = Interest(rawValue: 1 << 31)
    }

    private let descriptor: FileDescriptor
    private let events: UnsafeMutablePointer<epoll_event>
    /// Descriptors that are reported at a time.
    private static let capacity = 16

    /// - Throws: `SystemError`. The corresponding C function is `epoll_create1`.
    public init() throws(SystemError) {
        descriptor = FileDescriptor(try retrying("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        events = .allocate(capacity: Self.capacity)
    }

    deinit { events.deallocate() }

    /// Readable while something that is waited for has come: one epoll can wait for another.
    public var fd: Int32 { descriptor.rawValue }

    /// Waits for `interest` on a descriptor from now on; `token` identifies it.
    /// - Throws: `SystemError`. The corresponding C function is `epoll_ctl` with `EPOLL_CTL_ADD`.
    public func add(_ fd: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, fd, interest, token)
    }

    /// Waits for something else from now on; what is there of it is reported even with `edge`. The corresponding C function is `epoll_ctl`
    /// with `EPOLL_CTL_MOD`.
    /// - Precondition: the descriptor is watched.
    public func modify(_ fd: Int32, _ interest: Interest, token: UInt64) {
        do throws(SystemError) {
            try control(EPOLL_CTL_MOD, fd, interest, token)
        } catch {
            ownFault(error)
        }
    }

    /// Forgets a descriptor, which must still be open. The corresponding C function is `epoll_ctl` with `EPOLL_CTL_DEL`.
    public func remove(_ fd: Int32) throws(SystemError) {
        try control(EPOLL_CTL_DEL, fd, [], 0)
    }

    /// The same for a descriptor that may not be watched at all: it is not watched afterwards.
    /// - Precondition: it is open.
    public func forget(_ fd: Int32) {
        do throws(SystemError) {
            try remove(fd)
        } catch {
            if error.number != ENOENT { ownFault(error) }
        }
    }

    private func control(_ operation: Int32, _ fd: Int32, _ interest: Interest, _ token: UInt64) throws(SystemError) {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        _ = try retrying("epoll_ctl") { epoll_ctl(descriptor.rawValue, operation, fd, &event) }
    }

    /// Waits until something comes or the deadline is there, and calls `body` for each token.
    ///
    /// The deadline is kept to the next millisecond, never early.
    /// - Parameter deadline: CLOCK_MONOTONIC, ns; nil for none.
    /// - Throws: `SystemError`. The corresponding C function is `epoll_wait`.
    public func wait(until deadline: UInt64?, _ body: (UInt64, Interest) -> Void) throws(SystemError) {
        guard let deadline else { return try wait(milliseconds: -1, body) }
        try wait(until: deadline, from: Clock.monotonic, body)
    }

    /// The same for a caller that has just read the clock.
    /// - Parameter now: CLOCK_MONOTONIC, ns.
    public func wait(until deadline: UInt64, from now: UInt64, _ body: (UInt64, Interest) -> Void) throws(SystemError) {
        try wait(milliseconds: deadline > now ? Int32(min((deadline - now + 999_999) / 1_000_000, 3_600_000)) : 0, body)
    }

    private func wait(milliseconds timeout: Int32, _ body: (UInt64, Interest) -> Void) throws(SystemError) {
        let count = epoll_wait(descriptor.rawValue, events, Int32(Self.capacity), timeout)
        let error = errno
        guard count >= 0 else {
            // The caller checks its deadline, and calls again.
            if error == EINTR { return }
            throw SystemError("epoll_wait", error)
        }
        for index in 0..<Int(count) { body(events[index].data.u64, Interest(rawValue: events[index].events)) }
    }
}
