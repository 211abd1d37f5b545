import Bytes

/// Which broker a client tries next, when, and in which version of the protocol: a value without a clock.
///
/// Brokers are tried in turn: all of them at once after each other, then again after the backoff. Times are CLOCK_MONOTONIC in nanoseconds.
public struct ConnectionPlan: Sendable {
    /// What to speak.
    public enum Versions: Equatable, Sendable {
        case only(ProtocolVersion)
        /// MQTT 5; with brokers that do not speak it, 3.1.1.
        case newest
    }

    public struct Attempt: Equatable, Sendable {
        /// Index of the broker.
        public var broker: Int
        public var version: ProtocolVersion
        /// Not before.
        public var at: UInt64
    }

    /// How an attempt or a connection ended.
    public enum Outcome: Equatable, Sendable {
        /// No CONNACK has come: no transport, or it closed.
        case notConnected
        /// CONNACK refused the version of the protocol.
        case versionRefused
        /// CONNACK refused something else.
        case refused
        /// The broker sends its clients elsewhere: the next one is tried at once.
        case sentElsewhere
        /// A connection that CONNACK had accepted has ended.
        case lost
    }

    /// A connection that lasted this long was good: the next backoff starts over.
    public static let goodConnection: UInt64 = 30_000_000_000

    private let brokers: Int
    private let versions: Versions
    private var backoff: Backoff
    private var random: SplitMix64
    private var broker = 0
    /// Brokers that have been tried since the last wait.
    private var tried = 0
    /// Of each broker: what it is known to speak, or is tried with.
    private var spoken: [ProtocolVersion]
    /// Times in a row that a broker closed on CONNECT of MQTT 5 without a word, as some do that do not know it.
    private var silent: [Int]
    private var acceptedAt: UInt64?
    private var earliest: UInt64 = 0

    /// - Parameters:
    ///   - brokers: how many there are.
    ///   - seed: chance for the backoff's jitter.
    public init(brokers: Int, versions: Versions, backoff: Backoff, seed: UInt64) {
        precondition(brokers > 0)
        self.brokers = brokers
        self.versions = versions
        self.backoff = backoff
        random = SplitMix64(seed: seed)
        let first: ProtocolVersion = if case .only(let version) = versions { version } else { .v5 }
        spoken = Array(repeating: first, count: brokers)
        silent = Array(repeating: 0, count: brokers)
    }

    /// The next attempt.
    public var next: Attempt { Attempt(broker: broker, version: spoken[broker], at: earliest) }

    /// CONNACK has accepted.
    public mutating func accepted(at now: UInt64) {
        acceptedAt = now
        tried = 0
        silent[broker] = 0
    }

    /// The attempt, or the connection that came of it, has ended.
    public mutating func ended(_ outcome: Outcome, at now: UInt64) {
        if let acceptedAt, now >= acceptedAt + Self.goodConnection { backoff.reset() }
        acceptedAt = nil
        switch outcome {
        case .versionRefused:
            if fallBack() { return earliest = now }
            moveOn(at: now)
        case .notConnected:
            silent[broker] += 1
            // A broker that is away closes too: so both are tried in turn.
            if silent[broker].isMultiple(of: 2), versions == .newest { spoken[broker] = spoken[broker] == .v5 ? .v3_1_1 : .v5 }
            moveOn(at: now)
        case .refused: moveOn(at: now)
        case .sentElsewhere where brokers > 1: moveOn(at: now)
        case .sentElsewhere, .lost:
            // The one that was good until now comes first.
            tried = 0
            wait(at: now)
        }
    }

    private mutating func fallBack() -> Bool {
        guard versions == .newest, spoken[broker] == .v5 else { return false }
        spoken[broker] = .v3_1_1
        return true
    }

    private mutating func moveOn(at now: UInt64) {
        tried += 1
        broker = (broker + 1) % brokers
        guard tried >= brokers else { return earliest = now }
        tried = 0
        wait(at: now)
    }

    private mutating func wait(at now: UInt64) { earliest = now + backoff.delay(random: random.next()) }
}
