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
        while !wait(atMost: -1) {}
    }

    /// Waits for a signal, and takes it.
    /// - Parameter milliseconds: for no longer than this; −1 for however long.
    /// - Returns: whether there was one.
    @discardableResult
    public func wait(atMost milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, milliseconds) == 1 else { return false }
        clear()
        return true
    }

    /// Reads the counter, so that it is quiet until the next signal.
    public func clear() {
        var value: UInt64 = 0
        _ = eventfd_read(descriptor.rawValue, &value)
    }
}
