/// Learns that a broker closes the connection on large messages, so that these do not end one connection after the other.
///
/// MQTT 3.1.1 has no reply that means "too large": a broker with a limit just closes (Mosquitto's `max_packet_size`). So the size of the largest message
/// that was being sent when the broker closed, if that was larger than any the broker had accepted on that connection, is
/// suspected. When a second connection in a row ends so, messages of at least the smaller suspected size are refused: for a minute,
/// then for twice as long with each further such end, up to an hour. The smallest suspected size always counts, so a broker's
/// limit is approached from above. Once the time is over they are tried again, and one that is accepted clears the limit.
///
/// Accepted is, at QoS 1, what was acknowledged, and at QoS 0 what was written `patience` before without the connection ending.
/// Messages up to `floor` are never suspected: that is more than a legacy advertisement takes, and a broker that refuses those has
/// no use for a scanner. A value without a clock: times are CLOCK_MONOTONIC in nanoseconds.
struct SizeLimit {
    /// Bytes; no message up to this size is suspected.
    static let floor = 1024
    /// A message that was written this long ago did not end the connection. Nanoseconds.
    static let patience: UInt64 = 5_000_000_000
    /// How long messages are refused at first, and at most. Nanoseconds.
    static let firstTime: UInt64 = 60_000_000_000
    static let longestTime: UInt64 = 3_600_000_000_000

    /// The smallest suspected size, in bytes.
    private var suspectedSize = Int.max
    /// Connections in a row that ended over a message of a suspected size.
    private var ends = 0
    /// Until when messages of the suspected size are refused.
    private var until: UInt64 = 0
    private var time = Self.firstTime

    /// Of this connection, in bytes: the largest message accepted, and the largest written whose time is not over, at QoS 0.
    private var largestAccepted = 0
    private var largestWritten = 0
    private var writtenAt: UInt64 = 0

    /// The broker has acknowledged a message of `size` bytes, or has had long enough to close on it.
    mutating func accepted(_ size: Int) {
        guard size > largestAccepted else { return }
        largestAccepted = size
        if size >= suspectedSize { clear() }
    }

    private mutating func clear() {
        suspectedSize = .max
        ends = 0
        time = Self.firstTime
    }

    /// At QoS 0, the transport has taken a message of `size` bytes.
    mutating func wrote(_ size: Int, at now: UInt64) {
        guard size > Self.floor else { return }
        expire(at: now)
        guard size > largestWritten else { return }
        largestWritten = size
        writtenAt = now
    }

    private mutating func expire(at now: UInt64) {
        guard largestWritten > 0, now >= writtenAt + Self.patience else { return }
        let size = largestWritten
        largestWritten = 0
        accepted(size)
    }

    /// The connection has ended.
    /// - Parameters:
    ///   - byBroker: it was the broker that ended it.
    ///   - largest: bytes of the largest message that was begun and not accepted; 0 for none.
    /// - Returns: the size from which messages are refused from now on, and for how many nanoseconds, where that is new.
    mutating func connectionEnded(byBroker: Bool, largest: Int, at now: UInt64) -> (size: Int, time: UInt64)? {
        expire(at: now)
        let size = max(largest, largestWritten)
        let isSuspected = byBroker && size > max(Self.floor, largestAccepted)
        largestAccepted = 0
        largestWritten = 0
        guard isSuspected else {
            // Ends for another reason come between only by chance; a limit that is in effect stays.
            if ends < 2 { clear() }
            return nil
        }
        ends += 1
        suspectedSize = min(suspectedSize, size)
        guard ends >= 2 else { return nil }
        until = now + time
        defer { time = min(2 * time, Self.longestTime) }
        return (suspectedSize, time)
    }

    /// A message of `size` bytes is not to be sent now.
    func refuses(_ size: Int, at now: UInt64) -> Bool { size >= suspectedSize && ends >= 2 && now < until }
}
