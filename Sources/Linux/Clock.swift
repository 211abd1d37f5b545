import Glibc

/// The kernel's clocks, in nanoseconds.
public enum Clock {
    /// CLOCK_MONOTONIC: intervals and deadlines. The corresponding C function is `clock_gettime`.
    public static var monotonic: UInt64 { UInt64(read(CLOCK_MONOTONIC)) }

    /// CLOCK_REALTIME since 1970-01-01 UTC: what people call the time; it jumps.
    public static var realtime: Int64 { read(CLOCK_REALTIME) }

    /// Sleeps for a moment; below a second. The corresponding C function is `nanosleep`.
    public static func pause(nanoseconds: Int) {
        var time = timespec(tv_sec: 0, tv_nsec: nanoseconds)
        nanosleep(&time, nil)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
