import CSystemd
import Glibc

/// The service manager that started this process, if it wants to be told (systemd's NOTIFY_SOCKET). The corresponding C function is
/// `sd_notify`.
public struct ServiceManager: Sendable {
    /// Whether anybody listens.
    public let isThere: Bool
    /// The manager restarts this process when it has heard nothing for so long (WATCHDOG_USEC, where WATCHDOG_PID means this process);
    /// ns, nil for never. The corresponding C function is `sd_watchdog_enabled`.
    public let watchdog: UInt64?

    public init() {
        isThere = getenv("NOTIFY_SOCKET") != nil
        var microseconds: UInt64 = 0
        watchdog = isThere && sd_watchdog_enabled(0, &microseconds) > 0 ? microseconds * 1000 : nil
    }

    /// The program does what it is for.
    public func ready() { notify("READY=1") }

    /// The configuration is being read again; `ready` follows.
    /// - Parameter now: CLOCK_MONOTONIC, ns.
    public func reloading(at now: UInt64) { notify("RELOADING=1\nMONOTONIC_USEC=\(now / 1000)") }

    public func stopping() { notify("STOPPING=1") }

    /// A line for people, without line breaks.
    public func status(_ line: String) { notify("STATUS=\(line)") }

    /// A sign of life for the watchdog.
    public func alive() { notify("WATCHDOG=1") }

    private func notify(_ state: String) {
        guard isThere else { return }
        // What cannot be delivered is nothing to us: the manager is gone.
        _ = sd_notify(0, state)
    }
}
