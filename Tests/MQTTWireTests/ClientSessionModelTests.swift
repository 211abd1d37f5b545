import Bytes
import Glibc
import Testing

@testable import MQTTWire

/// One run: a client's session and a model of a broker, with a connection between them that loses, cuts and delays, all drawn from a seed.
private struct Run {
    var random: SplitMix64
    let seed: UInt64
    var session: ClientSession
    var broker: BrokerModel
    var now: UInt64 = 1_000_000_000
    let version: ProtocolVersion
    let isPersistent: Bool
    /// The broker may lose the session.
    let forgets: Bool
    /// The process may end at once, and another go on with what was stored.
    let crashes: Bool
    var faults: [String] = []

    /// Bytes that are on their way to the broker.
    var toBroker: [UInt8] = []
    var stored = ClientSession.Stored()
    /// The application on the client's side.
    var nextNumber: UInt32 = 1
    var published: [UInt32: UInt8] = [:]
    var tokens: [UInt64: UInt32] = [:]
    var succeeded: Set<UInt32> = []
    var failed: [UInt32: ClientSession.RequestFault] = [:]
    var nextToken: UInt64 = 1
    /// Messages that came and are not acknowledged or let go: their session's number, and their own.
    var held: [(number: UInt64, message: UInt32, qos: UInt8)] = []
    var deliveries: [UInt32: Int] = [:]
    /// The application has acknowledged it, or has let it go.
    var settled: Set<UInt32> = []
    var letGo: Set<UInt32> = []
    /// What its publishers gave the broker.
    var nextForClient: UInt32 = 1_000_000
    var sent: [UInt32: UInt8] = [:]
    /// Sent when the broker had no session, or one that it has lost since.
    var excused: Set<UInt32> = []
    var isSubscribed = false
    /// Messages may come twice, for a process has ended that knew of them.
    var mayRepeat: Set<UInt32> = []

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(seed: seed)
        version = Bool.random(using: &random) ? .v5 : .v3_1_1
        isPersistent = Int.random(in: 0..<4, using: &random) > 0
        forgets = Int.random(in: 0..<4, using: &random) == 0
        crashes = isPersistent && Int.random(in: 0..<3, using: &random) == 0
        broker = BrokerModel(isFive: version == .v5)
        if version == .v5 {
            broker.receiveMaximum = [1, 2, 10, 65_535].randomElement(using: &random)!
            broker.aliasMaximum = [0, 1, 10].randomElement(using: &random)!
        }
        let options = ClientSession.Options(
            clientID: "model", persistence: isPersistent ? .persistent(expiry: 3600) : .clean,
            keepAlive: [0, 5, 60].randomElement(using: &random)!, receiveMaximum: [1, 5, 1000].randomElement(using: &random)!,
            maximumInFlight: [1, 3, 256].randomElement(using: &random)!, maximumQueued: [400, 4000, 1 << 20].randomElement(using: &random)!)
        session = ClientSession(options, version: version)
    }

    mutating func fault(_ text: String) { faults.append("seed \(seed): \(text)") }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    // MARK: The client's machine

    mutating func drain() {
        for event in session.takeEvents() {
            switch event {
            case .accepted, .answered: break
            case .message(let delivery): take(delivery)
            case .finished(let token, let result): finished(token, result)
            case .subscriptionLost(let filter, let code): fault("subscription \(filter) lost: \(code)")
            case .close(let reason):
                if case .protocolViolation(let error) = reason { fault("violation: \(error)") }
                if reason == .unacknowledged { unacknowledged += 1 }
                if reason == .flood { fault("flood") }
                flush(all: true)
                lose(byBroker: false)
                return
            }
        }
        flush(all: false)
    }

    mutating func take(_ delivery: ClientSession.Delivery) {
        let number = delivery.message.payload.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard let qos = sent[number] else { return fault("a message that nobody sent: \(number)") }
        deliveries[number, default: 0] += 1
        if qos == 2, deliveries[number]! > 1, !letGo.contains(number), !mayRepeat.contains(number) { fault("\(number) came twice at QoS 2") }
        letGo.remove(number)
        guard let place = delivery.number else { return }
        held.removeAll { $0.message == number }
        held.append((place, number, delivery.message.qos.rawValue))
    }

    mutating func finished(_ token: UInt64, _ result: Result<ClientSession.Completion, ClientSession.RequestFault>) {
        guard let number = tokens.removeValue(forKey: token) else { return fault("token \(token) is not waited for") }
        guard number > 0 else {
            if case .success(.subscribed(let codes)) = result, !codes[0].isFailure { return }
            return fault("SUBSCRIBE: \(result)")
        }
        switch result {
        case .success: succeeded.insert(number)
        case .failure(let error): failed[number] = error
        }
    }

    /// Hands to the connection what the session has put out; what is to be stored first.
    mutating func flush(all: Bool) {
        while session.hasOutput {
            let (operations, bytes) = session.takeOutput()
            for operation in operations { stored.apply(operation) }
            checkStored(bytes)
            toBroker += bytes
            if all || chance(80) { session.transportTook(bytes.count, at: now) } else { untaken += bytes.count }
        }
    }
    /// Whatever goes out is stored by then: messages, their release, and which messages of QoS 2 have come.
    mutating func checkStored(_ bytes: [UInt8]) {
        for (first, body) in packets(bytes) ?? [] {
            func number(at index: Int) -> UInt16 { UInt16(body[index]) << 8 | UInt16(body[index + 1]) }
            func isStored(_ id: UInt16, released: Bool) -> Bool {
                stored.outgoing.contains { ClientSession.packetID($0.number) == id && ($0.message == nil) == released }
            }
            switch first {
            case 0x50: if !stored.received.contains(number(at: 0)) { fault("PUBREC \(number(at: 0)) before it is stored") }
            // With a reason code it answers what is not known here.
            case 0x62 where body.count == 2 && version == .v5:
                if !isStored(number(at: 0), released: true) { fault("PUBREL \(number(at: 0)) before it is stored") }
            case 0x32, 0x34, 0x3A, 0x3C:
                let id = number(at: 2 + Int(number(at: 0)))
                if !isStored(id, released: false) { fault("message \(id) before it is stored") }
            default: break
            }
        }
    }
    var untaken = 0
    var unacknowledged = 0

    mutating func connect() {
        broker.open()
        toBroker = []
        untaken = 0
        session.transportOpened(at: now)
        drain()
    }

    /// The connection ends; of what was under way any part arrives.
    mutating func lose(byBroker: Bool) {
        if broker.isOpen {
            if chance(50) { broker.receive(toBroker.prefix(Int.random(in: 0...toBroker.count, using: &random))) }
            if chance(50), session.state == .online {
                broker.letGo()
                let part = Array(broker.toClient.prefix(Int.random(in: 0...broker.toClient.count, using: &random)))
                session.received(part.span.bytes, at: now)
            }
            broker.lose()
        }
        toBroker = []
        untaken = 0
        session.transportClosed(byBroker: byBroker)
        for event in session.takeEvents() {
            switch event {
            case .message(let delivery): take(delivery)
            case .finished(let token, let result): finished(token, result)
            default: break
            }
        }
        // What was put out for a connection that is gone is stored all the same.
        for operation in session.takeOutput().operations { stored.apply(operation) }
        if !isPersistent { excuseAll() }
    }

    mutating func excuseAll() {
        for number in sent.keys where !settled.contains(number) { excused.insert(number) }
    }

    mutating func crash() {
        if session.state != .disconnected {
            if chance(50) { broker.receive(toBroker.prefix(Int.random(in: 0...toBroker.count, using: &random))) }
            broker.lose()
        }
        toBroker = []
        for number in tokens.values { published[number] = published[number].map { $0 | 0x80 } }
        tokens = [:]
        // What it had put out may be stored or not.
        let last = session.takeOutput().operations
        for operation in last.prefix(Int.random(in: 0...last.count, using: &random)) { stored.apply(operation) }
        for (number, _) in deliveries { mayRepeat.insert(number) }
        held = []
        session = ClientSession(session.options, version: version, restoring: stored)
        isSubscribed = false
    }

    // MARK: Events

    mutating func step() {
        now += UInt64.random(in: 0...200_000_000, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<20: publish()
        case 20..<35: sendToClient()
        case 35..<55: settle()
        case 55..<70: toClient()
        case 70..<85: carryToBroker()
        case 85..<88: if session.state == .disconnected { connect() }
        case 88..<90: if session.state != .disconnected { lose(byBroker: chance(50)) }
        case 90: if forgets { lostSession() }
        case 91: if crashes, chance(20) { crash() }
        case 92: broker.holds = chance(30)
        case 93: if !broker.holds { broker.letGo() }
        case 94..<97:
            session.transportTook(untaken, at: now)
            untaken = 0
        default:
            now += UInt64.random(in: 0...3_000_000_000, using: &random)
        }
        if !isSubscribed { subscribe() }
        session.poll(at: now)
        drain()
        if let deadline = session.deadline, deadline <= now { fault("a deadline stays in the past") }
        if session.queued > session.options.maximumQueued + 200 { fault("\(session.queued) bytes queued") }
    }

    mutating func subscribe() {
        isSubscribed = true
        tokens[nextToken] = 0
        let qos = QoS(rawValue: UInt8.random(in: 1...2, using: &random))!
        _ = session.subscribe([SubscriptionRequest(try! TopicFilter("to/#"), qos: qos)], identifier: nil, token: nextToken)
        nextToken += 1
    }

    mutating func publish() {
        let qos = UInt8.random(in: 0...2, using: &random)
        let number = nextNumber
        let payload = [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
        let padding = [UInt8](repeating: 0x2E, count: Int.random(in: 0...40, using: &random))
        let message = ApplicationMessage(topic: "from/client", payload: payload + padding, qos: QoS(rawValue: qos)!)
        switch session.publish(message, token: nextToken, at: now) {
        case .accepted:
            tokens[nextToken] = number
            published[number] = qos
            nextNumber += 1
            nextToken += 1
        case .busy: if session.outgoing.isEmpty { fault("busy with nothing to do") }
        case .failed(.notConnected): if qos > 0 || session.state == .online { fault("not connected") }
        case .failed(let error): fault("publish: \(error)")
        }
    }

    mutating func sendToClient() {
        let qos = UInt8.random(in: 0...2, using: &random)
        guard broker.hasSession, let granted = broker.filters["to/#"], min(granted, qos) > 0 else { return }
        sent[nextForClient] = min(granted, qos)
        broker.send(BrokerModel.Message(number: nextForClient, qos: qos))
        nextForClient += 1
    }

    /// The application is done with one of the messages that it has.
    mutating func settle() {
        guard !held.isEmpty else { return }
        let index = chance(60) ? 0 : Int.random(in: 0..<held.count, using: &random)
        let (place, number, _) = held.remove(at: index)
        if chance(5) {
            if isPersistent { letGo.insert(number) } else { settled.insert(number) }
            session.abandon(place)
        } else {
            settled.insert(number)
            // One that is void comes again.
            if !session.acknowledge(place) { mayRepeat.insert(number) }
        }
        drain()
    }

    mutating func carryToBroker() {
        guard broker.isOpen, !toBroker.isEmpty else { return }
        let part = toBroker.prefix(Int.random(in: 1...toBroker.count, using: &random))
        toBroker.removeFirst(part.count)
        broker.receive(part)
    }

    mutating func toClient() {
        guard broker.isOpen, !broker.toClient.isEmpty else { return }
        let count = Int.random(in: 1...broker.toClient.count, using: &random)
        let part = Array(broker.toClient.prefix(count))
        broker.toClient.removeFirst(count)
        session.received(part.span.bytes, at: now)
        drain()
    }

    mutating func lostSession() {
        guard !broker.isOpen else { return }
        broker.forget()
        excuseAll()
        for number in published.keys where !succeeded.contains(number) { lostByBroker.insert(number) }
        // What it has been delivered twice for is its doing.
        for number in deliveries.keys { mayRepeat.insert(number) }
    }
    var lostByBroker: Set<UInt32> = []

    /// Everything works from now on; whatever is left must come to its end.
    mutating func finish() {
        broker.holds = false
        for _ in 0..<4_000 {
            now += 1_000_000
            if session.state == .disconnected { connect() }
            if !isSubscribed { subscribe() }
            if !toBroker.isEmpty {
                broker.receive(toBroker[...])
                toBroker = []
            }
            broker.letGo()
            let all = broker.toClient
            broker.toClient = []
            session.received(all.span.bytes, at: now)
            drain()
            session.transportTook(untaken, at: now)
            untaken = 0
            while let first = held.first {
                held.removeFirst()
                settled.insert(first.message)
                if !session.acknowledge(first.number) { mayRepeat.insert(first.message) }
            }
            drain()
            if session.state == .online, session.outgoing.isEmpty, broker.queue.allSatisfy({ letGo.contains($0.message.number) }), toBroker.isEmpty, broker.toClient.isEmpty {
                break
            }
        }
    }

    mutating func judge() {
        faults += broker.complaints.map { "seed \(seed): broker: \($0)" }
        if !session.outgoing.isEmpty { fault("\(session.outgoing.count) requests were not finished, \(session.inFlight) in flight") }
        if !tokens.isEmpty { fault("\(tokens.count) tokens were not told of") }
        if broker.filters["to/#"] == nil { fault("the subscription is gone") }
        if session.queued != 0 { fault("\(session.queued) bytes queued in the end") }
        let counts = broker.accepted.reduce(into: [UInt32: Int]()) { $0[$1.number, default: 0] += 1 }
        for (number, marked) in published {
            let (qos, isOrphan) = (marked & 0x7F, marked & 0x80 != 0)
            let count = counts[number, default: 0]
            switch qos {
            case 0:
                if count > 1 { fault("\(number) was published \(count) times at QoS 0") }
            case 1:
                if count == 0, !isOrphan || !stored.outgoing.isEmpty { fault("\(number) was lost at QoS 1") }
                if let error = failed[number], !isRefusal(error) { fault("\(number) failed: \(error)") }
            default:
                let isExcused = failed[number] == .inDoubt || lostByBroker.contains(number) || !isPersistent
                if count == 0, !isOrphan, !isExcused { fault("\(number) was lost at QoS 2") }
                if count > 1, !lostByBroker.contains(number) { fault("\(number) was published \(count) times at QoS 2") }
                if succeeded.contains(number), count == 0 { fault("\(number) was told of as published, and was not") }
            }
        }
        for number in broker.acknowledged where !settled.contains(number) {
            fault("\(number) was acknowledged to the broker before the application had done with it")
        }
        for (number, _) in sent where !excused.contains(number) && deliveries[number] == nil {
            fault("\(number) was never delivered")
        }
        checkOrder(qos: 1)
        checkOrder(qos: 2)
    }

    private func isRefusal(_ error: ClientSession.RequestFault) -> Bool { if case .refusedByClosing = error { true } else { false } }

    /// The first time that each came is in the order in which they were published.
    mutating func checkOrder(qos: UInt8) {
        guard !forgets else { return }
        var last: UInt32 = 0
        var seen: Set<UInt32> = []
        for message in broker.accepted where message.qos == qos && seen.insert(message.number).inserted {
            if message.number < last { fault("\(message.number) came after \(last) at QoS \(qos)") }
            last = max(last, message.number)
        }
    }
}

@Suite struct ClientSessionModelTests {
    private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

    /// `SEEDS` plays so many, from `FIRST_SEED` on; without it some thousand.
    @Test func `whatever happens, nothing is lost, nothing comes twice at QoS 2, and orders are kept`() {
        let first = Self.number("FIRST_SEED") ?? 1
        for seed in first..<first + (Self.number("SEEDS") ?? 2_000) {
            var run = Run(seed: seed)
            for _ in 0..<400 { run.step() }
            run.finish()
            run.judge()
            #expect(run.faults.isEmpty, "\(run.faults.prefix(5).joined(separator: "\n"))")
            if !run.faults.isEmpty { return }
        }
    }
}
