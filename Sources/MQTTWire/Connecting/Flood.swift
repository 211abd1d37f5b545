/// Counts the broker's unrequested packets, and decides when they are a flood.
///
/// An honest broker does not come near the bound: it answers each PINGREQ once, of which there is one at a time, and acknowledges each PUBLISH
/// once for each time that it was sent on this connection. What a persistent session sends again is sent once on a connection too, and what
/// the last connection left unacknowledged is not acknowledged on this one.
struct Flood {
    /// More packets than this, in a window that begins with the first.
    static let limit = 100
    /// Nanoseconds.
    static let window: UInt64 = 10_000_000_000

    private var since: UInt64 = 0
    private var count = 0

    /// Counts one more; whether there are too many. Times are CLOCK_MONOTONIC, ns.
    mutating func adds(at now: UInt64) -> Bool {
        if count == 0 || now >= since + Self.window {
            since = now
            count = 0
        }
        count += 1
        return count > Self.limit
    }
}
