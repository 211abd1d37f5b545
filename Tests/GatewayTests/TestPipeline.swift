import Bytes
import MQTTWire
import Testing

@testable import Gateway

/// Counts by slot.
func tally(_ counts: [Int: UInt64]) -> Tally { counts.reduce(into: Tally()) { $0[$1.key] = $1.value } }

/// Intake and publisher with a scripted broker between them: scanner, transport, broker and clock are played by the test.
final class TestPipeline {
    let intake: SharedIntake
    private var publisher: Publisher
    private var session: PublishSession
    /// What earlier sessions have counted.
    private var earlier = PublishSession.Counters()
    /// CLOCK_MONOTONIC, ns.
    var now: UInt64 = 1_000 * second
    /// What the transport has taken.
    private(set) var taken: [UInt8] = []
    /// Bytes at the end of that which the kernel has not sent.
    var unsent = 0
    /// What `fill` has handed over.
    private(set) var handedOver: [(address: UInt64, packetID: UInt16?)] = []

    static let formatter = PayloadFormatter(scannerID: "s", options: [], adapters: ["hci0"])
    static let topics = Topics(base: "b", statusBase: "st", scannerID: "s")

    static func session(_ qos: QoS, maxInflight: Int) -> PublishSession {
        PublishSession(
            PublishSession.Options(
                connect: ConnectOptions(clientID: [0x63], keepAlive: 0), qos: qos, maxInflight: maxInflight,
                backoff: Backoff(initial: second, maximum: second)), seed: 1)
    }

    init(
        qos: QoS = .atLeastOnce, maxInflight: Int = 100, ringSize: Int = 65_536, scannerID: String = "s", topics: Topics = TestPipeline.topics,
        filter: AdvertisementFilter = AdvertisementFilter()
    ) {
        let shared = SharedIntake(Intake(ringSize: ringSize, filterStage: FilterStage(filter: filter)))
        intake = shared
        session = Self.session(qos, maxInflight: maxInflight)
        publisher = Publisher(
            formatter: PayloadFormatter(scannerID: scannerID, options: [], adapters: ["hci0"]), topics: topics, intake: shared)
    }

    // MARK: What can be seen

    var counters: Publisher.Counters { publisher.counters }
    var account: PublishSession.Account {
        var account = PublishSession.Account(counters: earlier, inFlight: session.inFlightTally)
        account.counters += session.counters
        return account
    }
    var sessionCounters: PublishSession.Counters { account.counters }
    var intakeCounters: IntakeCounters { intake.consume { $0.counters } }
    var held: UInt64 { publisher.held.total }
    var queued: Int { publisher.queued }
    var inFlight: Int { session.inFlightCount }
    var isDrained: Bool { publisher.queued == 0 && session.isDrained }
    var pending: Int { session.pending.count }
    var medianMilliseconds: Double? { publisher.latency.milliseconds(quantile: 0.5) }
    var latencies: UInt64 { publisher.latency.count }

    func statistics(
        since window: RateWindow = RateWindow(since: 1_000 * second), interval: UInt64 = 60 * second, uptime: UInt64 = 60 * second,
        kernelDropped: Tally = Tally(), recoveries: UInt64 = 0, interferences: UInt64 = 0, residentKiB: UInt64 = 0, scannerGap: UInt64 = 0
    ) -> Statistics {
        Statistics(
            intake, publisher, account, window,
            Statistics.Context(
                now: window.began + interval, started: window.began + interval - uptime, kernelDropped: kernelDropped, recoveries: recoveries, interferences: interferences,
                residentKiB: residentKiB, scannerGap: scannerGap))
    }

    /// The three identities that a statistics line promises, those of each adapter's line, and that these sum to the first; read
    /// from the lines themselves.
    var isBalanced: Bool {
        let statistics = statistics()
        let totals = Self.counts(statistics.line)
        guard Self.obeysLaw(totals), totals["reports"] == Self.sum(totals, ["received", "fragments_joined", "fragments_open"]) else {
            return false
        }
        let adapters = (UInt8(0)..<16).map { slot in
            Self.counts(Statistics.line(statistics.adapterFields(slot, name: "hci\(slot)")))
        }
        let keys = Set(adapters[0].keys).subtracting(["kernel_dropped"])
        return adapters.allSatisfy(Self.obeysLaw)
            && keys.count == Metric.table.count(where: \.isByAdapter) - 1 && keys.allSatisfy { key in totals[key] == adapters.reduce(0) { $0 + ($1[key] ?? -1_000_000) } }
    }

    private static func counts(_ line: String) -> [String: Int] {
        var values: [String: Int] = [:]
        for pair in line.split(separator: " ").dropFirst() {
            let parts = pair.split(separator: "=")
            values[String(parts[0])] = Int(parts[1])
        }
        return values
    }

    private static func sum(_ values: [String: Int], _ keys: [String]) -> Int { keys.reduce(0) { $0 + (values[$1] ?? -1_000_000) } }

    private static func obeysLaw(_ values: [String: Int]) -> Bool {
        let reasons = values.keys.filter { $0.hasPrefix("dropped_") }
        return reasons.count == Metric.reasons.count && values["dropped"] == sum(values, reasons)
            && values["received"] == sum(values, ["published", "filtered", "thinned", "dropped", "queued", "in_flight"])
    }

    // MARK: What happens

    /// The scanner hears an event.
    func hear(_ event: [UInt8], adapter: UInt8 = 0) {
        _ = intake.take(
            event: event.span.bytes, ReceiveStamp(unixMicroseconds: 0, monotonic: now, sourceClock: now), adapter: adapter)
    }

    /// The scanner hears an advertisement.
    func hear(_ address: UInt64, _ data: [UInt8] = [], adapter: UInt8 = 0) {
        hear(legacyEvent(legacyReport(address, data: data)), adapter: adapter)
    }

    func connect(sourceLocation: SourceLocation = #_sourceLocation) {
        if session.state == .idle { session.start(at: now) }
        if case .waiting(let until) = session.state { now = max(now, until) }
        #expect(session.poll(at: now) == .open, sourceLocation: sourceLocation)
        session.transportOpened(at: now)
        publisher.transportTook(session.pending.count, of: &session, at: now)
        say([0x20, 2, 0, 0])
        publisher.gate(isOnline: true)
    }

    /// The connection fails, or ends as was asked.
    func lose(_ reason: CloseReason = .closedByBroker) {
        if reason == .requested { session.close() } else { session.transportFailed(reason, at: now) }
        while session.poll(at: now) != nil {}
        publisher.gate(isOnline: false)
    }

    func say(_ bytes: [UInt8]) { session.received(bytes.span.bytes, at: now) { _ in } }
    func puback(_ id: UInt16) { say([0x40, 2, UInt8(id >> 8), UInt8(id & 0xFF)]) }

    @discardableResult func fill() -> Bool { publisher.fill(&session, at: now) { self.handedOver.append(($0.report.address.value, $1)) } }

    func take(_ count: Int) {
        taken += session.pending.prefix(count)
        publisher.transportTook(count, of: &session, at: now)
        publisher.transportProgressed(
            StreamProgress(acknowledged: UInt64(taken.count), unsent: unsent, isOutstanding: false, unanswered: 0), of: &session,
            at: now)
    }

    func takeAll() { take(session.pending.count) }
    func dropAll() { publisher.dropAll() }
    func beginInterval() { publisher.beginInterval() }
    func gate(isOnline: Bool) { publisher.gate(isOnline: isOnline) }

    func publishOwn(_ count: Int) -> Bool {
        session.publish(
            own: Message(topic: [0x6F], payload: [UInt8](repeating: 0, count: count), qos: .atMostOnce, retain: false), at: now)
    }

    /// Known devices from now on, resolved as played.
    func replace(devices: [KnownDevice], cipher: PlayedCipher, scannerID: String = "s") {
        publisher.replace(
            filterStage: FilterStage(identities: IdentityTable(devices, cacheSize: 16, cipher: { cipher.encrypt($0, $1) })),
            formatter: PayloadFormatter(scannerID: scannerID, options: [], adapters: ["hci0"], identities: devices),
            topics: Topics(base: "b", statusBase: "st", scannerID: "s", identities: devices))
    }

    func replace(qos: QoS, topics: Topics = TestPipeline.topics) {
        precondition(session.inFlightCount == 0)
        earlier += session.counters
        session = Self.session(qos, maxInflight: 10)
        publisher.replace(formatter: Self.formatter, topics: topics)
    }
}
