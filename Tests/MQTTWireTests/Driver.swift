import Bytes
import Testing

@testable import MQTTWire

/// Plays transport, broker and clock to a session: nothing happens that a test did not ask for.
final class Driver {
    private var session: PublishSession
    /// CLOCK_MONOTONIC, ns.
    var now: UInt64 = 1_000 * second
    /// What the transport has taken on this connection.
    private(set) var taken: [UInt8] = []
    /// Receive stamps of the advertisements that were written whole.
    private(set) var written: [UInt64] = []
    private(set) var acknowledged: [UInt16] = []
    /// What the transport answers when it is asked how far it is; nil for one that sends at once what it has taken, which the broker's
    /// kernel acknowledges at once.
    var progress: StreamProgress?
    /// The transport is asked as often as it was.
    private(set) var checks = 0
    /// Whether the transport can report its progress.
    var reportsProgress = true
    /// Advertisements that the session has accepted or refused, by tag.
    private(set) var handedOver = Tally()

    static let connackAccepted: [UInt8] = [0x20, 2, 0, 0]

    init(
        qos: QoS = .atLeastOnce, maxInflight: Int = 100, keepAlive: UInt16 = 60, cleanSession: Bool = true,
        backoff: Backoff = Backoff(initial: second, maximum: 60 * second, jitter: 0), will: Message? = nil
    ) {
        session = PublishSession(
            PublishSession.Options(
                connect: ConnectOptions(clientID: Array("c".utf8), cleanSession: cleanSession, keepAlive: keepAlive, will: will), qos: qos, maxInflight: maxInflight,
                backoff: backoff), seed: 1)
    }

    // MARK: What the session reports

    var state: PublishSession.State { session.state }
    var counters: PublishSession.Counters { session.counters }
    var deadline: UInt64? { session.deadline }
    var inFlight: Int { session.inFlightCount }
    var inFlightTally: Tally { session.inFlightTally }
    var canPublish: Bool { session.canPublish }
    var isDrained: Bool { session.isDrained }
    func takeRefusal() -> PublishSession.Refusal? { session.takeRefusal() }
    var pending: [UInt8] { Array(session.pending) }
    /// Seconds until the deadline.
    var patience: Double? { deadline.map { (Double($0) - Double(now)) / 1e9 } }
    /// How many seconds the session waits before its next attempt; nil if it does not wait.
    var wait: Double? {
        guard case .waiting(let until) = state else { return nil }
        return (Double(until) - Double(now)) / 1e9
    }

    /// Every advertisement that was handed over is in exactly one place, under its tag.
    var isBalanced: Bool {
        handedOver == counters.published + counters.unconfirmed + counters.connectionLost + counters.refused + inFlightTally
            && inFlightTally.total == UInt64(inFlight)
    }

    // MARK: What happens to it

    /// Everything that is due now.
    @discardableResult func poll() -> [PublishSession.Action] {
        var actions: [PublishSession.Action] = []
        while let action = session.poll(at: now) {
            if case .checkProgress = action {
                checkProgress()
                continue
            }
            actions.append(action)
            if case .close = action { taken = [] }
        }
        return actions
    }

    /// Lets time pass and does what is due then.
    @discardableResult func pass(_ seconds: Double) -> [PublishSession.Action] {
        now += UInt64(seconds * 1e9)
        return poll()
    }

    func start() { session.start(at: now) }
    func open() { session.transportOpened(at: now) }
    func fail(_ reason: CloseReason) { session.transportFailed(reason, at: now) }
    func close() { session.close() }
    func reconnectImmediately() { session.reconnectImmediately(at: now) }
    func probe() { session.probe(at: now) }
    func disconnect(offlineMessage: Message? = nil) { session.disconnect(offlineMessage: offlineMessage, at: now) }

    /// The transport takes `count` bytes.
    func take(_ count: Int) {
        taken += session.pending.prefix(count)
        session.transportTook(count, at: now) { written.append($0) }
        if progress == nil, reportsProgress { checkProgress() }
    }

    private func checkProgress() {
        checks += 1
        let prompt = StreamProgress(acknowledged: UInt64(taken.count), unsent: 0, isOutstanding: false, unanswered: 0)
        session.transportProgressed(reportsProgress ? progress ?? prompt : nil, at: now) { written.append($0) }
    }

    func takeAll() { take(session.pending.count) }

    /// The first `count` bytes of `taken` have been checked.
    func forget(_ count: Int) { taken.removeFirst(count) }
    func forgetAll() { taken = [] }

    /// The broker sends bytes.
    func hear(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(PublishSession.maximumReceived))
            session.received(part.span.bytes, at: now) { acknowledged.append($0) }
            rest = rest.dropFirst(PublishSession.maximumReceived)
        }
    }

    func puback(_ id: UInt16) { hear([0x40, 2, UInt8(id >> 8), UInt8(id & 0xFF)]) }

    /// From waiting to online.
    func connect(sourceLocation: SourceLocation = #_sourceLocation) {
        if state == .idle { start() }
        if case .waiting(let until) = state { now = max(now, until) }
        #expect(poll() == [.open], sourceLocation: sourceLocation)
        open()
        takeAll()
        hear(Self.connackAccepted)
        #expect(poll() == [] && state == .online, sourceLocation: sourceLocation)
        taken = []
    }

    /// Hands over an advertisement.
    @discardableResult func publish(
        received: UInt64 = 0, tag: UInt8 = 0, topic: String = "t", payload: [UInt8] = [0x78]
    ) -> PublishSession.PublishResult {
        let result = session.publish(
            received: received, tag: tag, at: now, topic: { $0.bytes(Array(topic.utf8)) }, payload: { $0.bytes(payload) })
        switch result {
        case .accepted, .refused: handedOver.add(tag)
        case .busy, .oversize: break
        }
        return result
    }

    @discardableResult func publish(own message: Message) -> Bool { session.publish(own: message, at: now) }
}

/// A message of the daemon's own.
func note(_ text: String = "online", qos: QoS = .atLeastOnce, retain: Bool = true) -> Message {
    Message(topic: Array("status".utf8), payload: Array(text.utf8), qos: qos, retain: retain)
}
