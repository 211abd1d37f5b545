/// When the records of a capture are due, whatever their time stamps are.
///
/// Pauses add up, and none is longer than `longestPause`: a clock that was set while the capture was made, or a malformed stamp, does not
/// make the replay stand still for years. A clock that was set back makes no pause at all.
public struct PlaybackClock: Sendable {
    /// A longer pause is played as this one; microseconds.
    public static let longestPause: Int64 = 3_600_000_000
    /// Records of several sources may be out of order by so much, and are then due at once; beyond it the clock was set back. Microseconds.
    static let disorder: Int64 = 1_000_000
    /// Where both clocks stop: no sum of theirs with a time of this machine's exceeds 64 bits.
    private static let end: UInt64 = 1 << 62

    /// Since the first record at recorded speed, longest pauses shortened; microseconds.
    public private(set) var elapsed: UInt64 = 0
    /// What fragments and rate limiting go by: it only goes forward, and pauses have their length. Nanoseconds.
    public private(set) var sourceClock: UInt64 = 0
    private var latest: Int64?

    public init() {}

    /// Advances to a record.
    /// - Parameter time: its time stamp, microseconds since 1970-01-01; nil for a record without one, which is due at once.
    /// - Returns: the recorded pause in microseconds where it was shortened, else nil.
    public mutating func advance(to time: Int64?) -> Int64? {
        guard let time else { return nil }
        guard let last = latest else {
            latest = time
            return nil
        }
        let pause = time.subtractingClamped(last)
        guard pause >= 0 else {
            if pause < -Self.disorder { latest = time }
            return nil
        }
        latest = time
        elapsed = min(elapsed + UInt64(min(pause, Self.longestPause)), Self.end)
        let (nanoseconds, overflows) = UInt64(pause).multipliedReportingOverflow(by: 1000)
        sourceClock = overflows ? Self.end : min(sourceClock + min(nanoseconds, Self.end), Self.end)
        return pause > Self.longestPause ? pause : nil
    }

    /// The capture begins again, without a pause.
    public mutating func restart() { latest = nil }

    /// When the present record is due; ns.
    /// - Parameters:
    ///   - started: when the first one was, on the clock of the result.
    ///   - factor: how much faster than recorded; above 0.
    public func due(since started: UInt64, factor: Double) -> UInt64 {
        let nanoseconds = Double(elapsed) * 1000 / factor
        return started + (nanoseconds < Double(Self.end) ? UInt64(nanoseconds) : Self.end)
    }
}
