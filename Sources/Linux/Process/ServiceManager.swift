import Glibc

/// The service manager that started this process, if it wants notifications (systemd's NOTIFY_SOCKET, sd_notify(3)). The corresponding C
/// function is `sd_notify`.
public struct ServiceManager: Sendable {
    /// The manager restarts this process when it has received no `WATCHDOG=1` for so long (WATCHDOG_USEC, where WATCHDOG_PID means this process);
    /// ns, nil for never. The corresponding C function is `sd_watchdog_enabled`.
    public let watchdog: UInt64?
    private let datagrams: UnixDatagrams?

    /// How long a manager that has no room is waited for; milliseconds.
    private static let patience = 100

    public init() {
        datagrams = Self.variable("NOTIFY_SOCKET").flatMap { UnixDatagrams(to: $0, patience: Self.patience) }
        let isMeant = Self.variable("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        let microseconds = Self.variable("WATCHDOG_USEC").flatMap(UInt64.init) ?? 0
        watchdog = datagrams != nil && isMeant && (1..<UInt64.max / 1000).contains(microseconds) ? microseconds * 1000 : nil
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Whether there is one.
    public var isThere: Bool { datagrams != nil }

    /// The program does what it is for.
    public func ready() { notify("READY=1") }

    /// The configuration is being read again; `ready` follows.
    /// - Parameter now: CLOCK_MONOTONIC, ns.
    public func reloading(at now: UInt64) { notify("RELOADING=1\nMONOTONIC_USEC=\(now / 1000)") }

    public func stopping() { notify("STOPPING=1") }

    /// A line for people, without line breaks.
    public func status(_ line: String) { notify("STATUS=\(line)") }

    /// `WATCHDOG=1`.
    public func alive() { notify("WATCHDOG=1") }

    private func notify(_ state: String) {
        // What cannot be delivered is nothing to us: the manager is gone.
        _ = datagrams?.send(Array(state.utf8))
    }
}
