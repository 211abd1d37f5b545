import CLinux
import Glibc

/// The kernel's clocks, in nanoseconds.
public enum Clock {
    /// CLOCK_MONOTONIC: intervals and deadlines. The corresponding C function is `clock_gettime`.
    public static var monotonic: UInt64 { UInt64(read(CLOCK_MONOTONIC)) }

    /// CLOCK_REALTIME since 1970-01-01 UTC: what people call the time; it jumps.
    public static var realtime: Int64 { read(CLOCK_REALTIME) }

    /// CLOCK_THREAD_CPUTIME_ID: what the processor has done for this thread.
    public static var processorTime: UInt64 { UInt64(read(CLOCK_THREAD_CPUTIME_ID)) }

    /// Whether the kernel takes the real time as synchronized; nil if unknown.
    ///
    /// It does while the largest possible error, `maxerror`, is below its limit of 16 s. It starts with that limit, a synchronizing program
    /// lowers it, and from then on it grows by 0.5 ms each second; whoever sets the clock by hand raises it to the limit. The flag
    /// STA_UNSYNC means less: it is left set to keep the kernel from writing the hardware's clock (chrony without `rtcsync`).
    /// The corresponding C function is `adjtimex`.
    public static var isSynchronized: Bool? {
        var state = timex()
        guard adjtimex(&state) != -1 else { return isSynchronized(notedIn: "/run/systemd/timesync") }
        return state.maxerror < 16_000_000
    }

    /// Where the kernel may not be asked, for the call that asks is the one that sets the clock (`ProtectClock=` of the unit): what
    /// systemd-timesyncd notes, whose directory is there while it runs, and `synchronized` in it once it has set the clock since the boot.
    static func isSynchronized(notedIn directory: String) -> Bool? {
        if access(directory + "/synchronized", F_OK) == 0 { return true }
        return access(directory, F_OK) == 0 ? false : nil
    }

    /// Sleeps for a moment, below a second, and no less where a signal interrupts it. The corresponding C function is `nanosleep`.
    public static func pause(nanoseconds: Int) {
        var time = timespec(tv_sec: 0, tv_nsec: nanoseconds)
        var rest = timespec()
        while nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
