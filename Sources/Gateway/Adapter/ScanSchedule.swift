/// When mode `mixed` is active and when passive: short active windows, in which names are received, in an otherwise passive scan.
///
/// Times are CLOCK_MONOTONIC in nanoseconds.
public struct ScanSchedule: Equatable, Sendable {
    /// From the start of one active window to the start of the next.
    public var period: UInt64
    /// How long a window lasts.
    public var active: UInt64
    private var started: UInt64 = 0

    public init(period: UInt64, active: UInt64) {
        precondition(active > 0 && active < period)
        self.period = period
        self.active = active
    }

    /// The first window begins.
    mutating func start(at now: UInt64) { started = now }

    func isActive(at now: UInt64) -> Bool { (now - started) % period < active }

    /// When the mode changes next.
    func change(after now: UInt64) -> UInt64 {
        let phase = (now - started) % period
        return now - phase + (phase < active ? active : period)
    }
}
