/// When the status is told: at once after a connection is made, a few times soon after, and then at every heartbeat.
///
/// The broker may publish the will of an earlier session after the new one's birth: at once where the new one takes over its client
/// identifier, up to one and a half keep-alive times later where nobody told the broker that the old connection is dead
/// (MQTT 3.1.1, 3.1.2.10). The births that follow put it right. Times are CLOCK_MONOTONIC in nanoseconds.
public struct StatusSchedule: Sendable {
    /// Between two heartbeats; 0 for none.
    public var interval: UInt64
    /// What the broker gives an old session to be heard of; 0 for for ever.
    private let keepAlive: UInt64
    private var repeats: [UInt64] = []
    private var heartbeat: UInt64?

    private static let early: [UInt64] = [2_000_000_000, 10_000_000_000]
    /// A broker may look at its clients' clocks only every so often.
    private static let brokersSlack: UInt64 = 5_000_000_000

    public init(interval: UInt64, keepAlive: UInt64) {
        self.interval = interval
        self.keepAlive = keepAlive
    }

    /// A connection is made: the birth is due.
    public mutating func connected(at now: UInt64) {
        repeats = [now] + Self.early.map { now + $0 }
        if keepAlive > 0 { repeats.append(max(now + Self.early.last!, now + keepAlive + keepAlive / 2) + Self.brokersSlack) }
        heartbeat = interval > 0 ? now + interval : nil
    }

    /// The connection has ended: there is nobody to tell.
    public mutating func disconnected() {
        repeats = []
        heartbeat = nil
    }

    /// Another time between heartbeats, from now on.
    public mutating func setInterval(_ new: UInt64, at now: UInt64, isConnected: Bool) {
        guard new != interval else { return }
        interval = new
        heartbeat = isConnected && interval > 0 ? now + interval : nil
    }

    /// When the status is to be told next; nil for never.
    public var due: UInt64? {
        guard let next = repeats.first else { return heartbeat }
        return min(next, heartbeat ?? next)
    }

    /// The status is told now.
    public mutating func told(at now: UInt64) {
        repeats.removeAll { $0 <= now }
        guard let beat = heartbeat, beat <= now else { return }
        // After a pause no heartbeat is made up for.
        heartbeat = beat + interval > now ? beat + interval : now + interval
    }
}
