/// When the status is published: at once after a connection is made, a few times soon after, and then at every `interval`.
///
/// The broker may publish the will of an earlier session after the new one's birth message: at once where the new one takes over its client
/// identifier, up to one and a half keep-alive times later where the broker does not know that the old connection is dead
/// (MQTT 3.1.1, 3.1.2.10). The repeated statuses correct that. Times are CLOCK_MONOTONIC in nanoseconds.
public struct StatusSchedule: Sendable {
    /// Between two periodic statuses; 0 for none.
    public var interval: UInt64
    /// The old session's keep alive, by which the broker detects that it is dead; 0 for never.
    private let keepAlive: UInt64
    private var repeats: [UInt64] = []
    private var periodic: UInt64?

    private static let early: [UInt64] = [2_000_000_000, 10_000_000_000]
    /// A broker may check its clients' time limits only every so often.
    private static let brokersSlack: UInt64 = 5_000_000_000

    public init(interval: UInt64, keepAlive: UInt64) {
        self.interval = interval
        self.keepAlive = keepAlive
    }

    /// A connection is made: the birth message is due.
    public mutating func connected(at now: UInt64) {
        repeats = [now] + Self.early.map { now + $0 }
        if keepAlive > 0 { repeats.append(max(now + Self.early.last!, now + keepAlive + keepAlive / 2) + Self.brokersSlack) }
        periodic = interval > 0 ? now + interval : nil
    }

    /// The connection has ended: nothing is due.
    public mutating func disconnected() {
        repeats = []
        periodic = nil
    }

    /// Another interval, from now on.
    public mutating func setInterval(_ new: UInt64, at now: UInt64, isConnected: Bool) {
        guard new != interval else { return }
        interval = new
        periodic = isConnected && interval > 0 ? now + interval : nil
    }

    /// When the status is to be published next; nil for never.
    public var due: UInt64? {
        guard let next = repeats.first else { return periodic }
        return min(next, periodic ?? next)
    }

    /// The status is published now.
    public mutating func published(at now: UInt64) {
        repeats.removeAll { $0 <= now }
        guard let beat = periodic, beat <= now else { return }
        // After a pause no missed status is published.
        periodic = beat + interval > now ? beat + interval : now + interval
    }
}
