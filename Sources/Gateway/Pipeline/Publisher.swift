import Bluetooth
import Bytes
import MQTTWire

/// From records in the ring to PUBLISH packets in a session's outbox, and the count of what became of each.
///
/// A value without I/O: the caller has the session, and moves its bytes.
public struct Publisher: ~Copyable {
    /// Advertisements that left the ring, since the start.
    public struct Counters: Equatable, Sendable {
        /// Messages too large for the outbox. By adapter.
        public var droppedOversize = Tally()
        /// What waited when the program ended. By adapter.
        public var droppedShutdown = Tally()
        /// Taken from the ring when the connection was already gone. By adapter.
        public var droppedOffline = Tally()
        /// Advertisements with malformed advertising data, published as far as it could be decoded.
        public var malformed: UInt64 = 0

        public init() {}
    }

    public private(set) var counters = Counters()
    /// From the receive stamp to the write that took the message's last byte, of this interval; at QoS 0, to when that byte is known to be
    /// sent.
    public private(set) var latency = LatencyHistogram()
    public var formatter: PayloadFormatter
    /// As the names of the adapters, it may change while messages wait.
    public var topics: Topics
    private let intake: SharedIntake
    private let data: UnsafeMutableRawBufferPointer
    /// A record that left the ring and found no room in the outbox.
    private var waiting: AdvertisementRing.Record?

    /// Beyond this many bytes the outbox is written before more is put in: fewer system calls bring no more.
    static let batch = 32_768

    public init(formatter: PayloadFormatter, topics: Topics, intake: SharedIntake) {
        self.formatter = formatter
        self.topics = topics
        self.intake = intake
        data = .allocate(byteCount: AdvertisingData.maximumSize, alignment: 16)
    }

    deinit { data.deallocate() }

    /// Hands records over until the ring is empty, the window closed, or a batch complete.
    /// - Parameter published: sees each message that was handed over, with its packet identifier.
    /// - Returns: whether the outbox should be written and `fill` be called again.
    public mutating func fill(
        _ session: inout PublishSession, at now: UInt64, _ published: ((Advertisement, UInt16?) -> Void)?
    ) -> Bool {
        while session.canPublish {
            guard session.pending.count < Self.batch else { return true }
            guard let record = waiting ?? intake.pop(into: data) else { return false }
            waiting = nil
            let bytes = UnsafeRawBufferPointer(rebasing: data[..<record.length]).bytes
            var isWhole = true
            let result = Self.hand(record.advertisement, bytes, to: &session, &formatter, topics, at: now, &isWhole)
            switch result {
            case .busy:
                waiting = record
                return session.pending.count > 0
            case .oversize:
                counters.droppedOversize.add(record.advertisement.adapter)
            case .refused:
                break
            case .accepted(let packetID):
                if !isWhole { counters.malformed += 1 }
                published?(record.advertisement, packetID)
            }
        }
        return false
    }

    private static func hand(
        _ advertisement: Advertisement, _ data: RawSpan, to session: inout PublishSession, _ formatter: inout PayloadFormatter,
        _ topics: Topics, at now: UInt64, _ isWhole: inout Bool
    ) -> PublishSession.PublishResult {
        session.publish(
            received: advertisement.received, tag: advertisement.adapter, at: now,
            topic: { topics.write(advertisement, to: &$0) },
            payload: { isWhole = formatter.write(advertisement, data, to: &$0) })
    }

    /// The transport's progress, which the session has asked for; nil if the transport cannot report it.
    public mutating func transportProgressed(_ progress: StreamProgress?, of session: inout PublishSession, at now: UInt64) {
        session.transportProgressed(progress, at: now) { received in latency.record(nanoseconds: now > received ? now - received : 0) }
    }

    /// The transport has taken `count` bytes of the session's.
    public mutating func transportTook(_ count: Int, of session: inout PublishSession, at now: UInt64) {
        session.transportTook(count, at: now) { received in latency.record(nanoseconds: now > received ? now - received : 0) }
    }

    /// Opens the intake while messages can be sent, and closes it, dropping what waits, while they cannot.
    public mutating func gate(isOnline: Bool) {
        intake.consume { $0.isOpen = isOnline }
        if !isOnline {
            counters.droppedOffline += held
            waiting = nil
        }
    }

    /// Drops what waits, for the program ends.
    public mutating func dropAll() {
        counters.droppedShutdown += intake.consume { $0.removeAll() } + held
        waiting = nil
    }

    /// Replaces formatter and topics. The list of known devices is the same; see `replace(filterStage:formatter:topics:)`.
    public mutating func replace(formatter: PayloadFormatter, topics: Topics) {
        self.topics = topics
        self.formatter = formatter
    }

    /// Replaces the filter stage in the intake, and the formatter and topics that know its list of devices. What is queued is no
    /// known device's any more, and rate limiting begins anew.
    public mutating func replace(filterStage: consuming FilterStage, formatter: PayloadFormatter, topics: Topics) {
        intake.replace(filterStage: filterStage)
        self.formatter = formatter
        self.topics = topics
        waiting?.advertisement.identity = 0
    }

    /// Starts a new interval: latencies begin anew.
    public mutating func beginInterval() { latency.reset() }

    /// Records that left the ring and wait: none or one. By adapter.
    var held: Tally {
        var held = Tally()
        if let waiting { held.add(waiting.advertisement.adapter) }
        return held
    }

    /// Records in the ring and the one that waits.
    public var queued: Int { intake.consume { $0.queued } + (waiting == nil ? 0 : 1) }
}
