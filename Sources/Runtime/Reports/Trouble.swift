/// A failure that goes on: told when it begins, at most every 10 s while it lasts, and when it is over.
struct Trouble {
    /// Nanoseconds between summaries.
    static let quiet: UInt64 = 10_000_000_000

    private var since: UInt64?
    private var told: UInt64 = 0
    /// Reasons that have been told: two may take turns, and are not news each time.
    private var reasons: [String] = []
    private static let maximumReasons = 8
    private(set) var failures = 0

    /// Whether this failure should be logged now: it is the first, or has a reason that was not told yet, or the last was told long enough
    /// ago. Times are CLOCK_MONOTONIC, ns.
    mutating func fails(_ reason: String, at now: UInt64) -> Bool {
        failures += 1
        since = since ?? now
        let isNews = reasons.count < Self.maximumReasons && !reasons.contains(reason)
        if isNews { reasons.append(reason) }
        guard isNews || now >= told + Self.quiet else { return false }
        told = now
        return true
    }

    /// The trouble is over; how long it lasted, ns, nil where there was none.
    mutating func ends(at now: UInt64) -> UInt64? {
        defer { self = Trouble() }
        return since.map { now - $0 }
    }

    /// ` (7 attempts in 31 s)`, empty for the first.
    func history(at now: UInt64) -> String {
        guard let since, failures > 1 else { return "" }
        return " (\(failures) attempts in \((now - since) / 1_000_000_000) s)"
    }
}
