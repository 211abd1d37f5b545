/// A failure that lasts: logged when it begins, at most every 10 s while it lasts, and when it is over.
struct OngoingFailure {
    /// Nanoseconds between summaries.
    static let quiet: UInt64 = 10_000_000_000

    private var since: UInt64?
    private var lastLogged: UInt64 = 0
    /// Reasons that have been logged: two may alternate, and are not new each time.
    private var reasons: [String] = []
    private static let maximumReasons = 8
    private(set) var failures = 0

    /// Whether this failure should be logged now: it is the first, or has a reason that was not logged yet, or the last was logged long enough
    /// ago. Times are CLOCK_MONOTONIC, ns.
    mutating func fails(_ reason: String, at now: UInt64) -> Bool {
        failures += 1
        since = since ?? now
        let isNew = reasons.count < Self.maximumReasons && !reasons.contains(reason)
        if isNew { reasons.append(reason) }
        guard isNew || now >= lastLogged + Self.quiet else { return false }
        lastLogged = now
        return true
    }

    /// The failure is over; how long it lasted, ns, nil if there was none.
    mutating func ends(at now: UInt64) -> UInt64? {
        defer { self = OngoingFailure() }
        return since.map { now - $0 }
    }

    /// ` (7 attempts in 31 s)`, empty for the first.
    func history(at now: UInt64) -> String {
        guard let since, failures > 1 else { return "" }
        return " (\(failures) attempts in \((now - since) / 1_000_000_000) s)"
    }
}
