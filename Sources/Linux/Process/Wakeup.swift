import CLinux
import Glibc

/// A counter on which one thread wakes another. The corresponding C function is `eventfd`.
///
/// Waited for with `Epoll.Interest.edge`, it need never be read.
public final class Wakeup: Sendable {
    private let descriptor: FileDescriptor

    /// - Throws: `SystemError`
    public init() throws(SystemError) {
        descriptor = FileDescriptor(try retrying("eventfd") { eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)) })
    }

    public var fd: Int32 { descriptor.rawValue }

    /// Wakes whoever waits. It never blocks: a counter that is full wakes as well.
    public func signal() {
        _ = eventfd_write(descriptor.rawValue, 1)
    }

    /// Waits for a signal, and takes it.
    public func wait() {
        while !wait(nanoseconds: 3_600_000_000_000) {}
    }

    /// Waits for a signal, and takes it.
    /// - Parameter nanoseconds: for no longer than this; less where a signal comes in between.
    /// - Returns: whether there was one. The corresponding C function is `ppoll`.
    @discardableResult
    public func wait(nanoseconds: UInt64) -> Bool {
        var poll = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        var limit = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        guard ppoll(&poll, 1, &limit, nil) == 1 else { return false }
        clear()
        return true
    }

    /// Reads the counter, so that it is quiet until the next signal.
    public func clear() {
        var value: UInt64 = 0
        _ = eventfd_read(descriptor.rawValue, &value)
    }
}
