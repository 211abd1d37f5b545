import CLinux
import Glibc

/// A descriptor that becomes readable at a time on CLOCK_MONOTONIC. The corresponding C function is `timerfd_create`.
public struct AlarmClock: ~Copyable {
    private let descriptor: FileDescriptor

    /// - Throws: `SystemError`
    public init() throws(SystemError) {
        descriptor = FileDescriptor(
            try retrying("timerfd_create") { timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK)) })
    }

    public var fd: Int32 { descriptor.rawValue }

    /// Rings once at `time`, ns; a time that has passed rings at once. An earlier setting is forgotten.
    public func set(to time: UInt64) {
        let time = max(time, 1)
        var setting = itimerspec()
        setting.it_value = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
        let result = timerfd_settime(descriptor.rawValue, Int32(TFD_TIMER_ABSTIME), &setting, nil)
        if result != 0 { ownFault(SystemError("timerfd_settime")) }
    }
}
