import Bytes
import Testing

@testable import MQTTWire

/// A session with a hand on its broker's side.
private struct Client {
    var session: ClientSession
    var now: UInt64 = 1_000_000_000
    var events: [ClientSession.Event] = []
    var operations: [ClientSession.StoreOperation] = []

    init(_ version: ProtocolVersion = .v5, persistence: ClientSession.Persistence = .persistent(expiry: 60), restoring stored: ClientSession.Stored = ClientSession.Stored(), _ change: (inout ClientSession.Options) -> Void = { _ in }) {
        var options = ClientSession.Options(clientID: "c", persistence: persistence)
        change(&options)
        session = ClientSession(options, version: version, restoring: stored)
    }

    /// Connects, with a CONNACK of these properties.
    mutating func connect(present: Bool = false, properties: [UInt8] = []) {
        session.transportOpened(at: now)
        _ = take()
        let list: [UInt8] = session.version == .v5 ? [UInt8(properties.count)] + properties : []
        say([0x20, UInt8(2 + list.count), present ? 1 : 0, 0] + list)
        _ = takeEvents()
    }

    mutating func say(_ bytes: [UInt8]) {
        session.received(bytes.span.bytes, at: now)
    }

    /// What goes out, and is taken.
    mutating func take() -> [UInt8] {
        var all: [UInt8] = []
        while session.hasOutput {
            let (operations, bytes) = session.takeOutput()
            self.operations += operations
            all += bytes
            session.transportTook(bytes.count, at: now)
        }
        return all
    }

    mutating func takeEvents() -> [ClientSession.Event] { session.takeEvents() }

    mutating func publish(_ payload: String, qos: QoS, token: UInt64?) -> ClientSession.PublishResult {
        session.publish(ApplicationMessage(topic: "t", text: payload, qos: qos), token: token, at: now)
    }

    /// A PUBLISH of the broker's, as MQTT 5 or 3.1.1 has it.
    static func publish(_ payload: [UInt8], qos: UInt8, id: UInt8 = 0, isDuplicate: Bool = false, version: ProtocolVersion = .v5) -> [UInt8] {
        let body: [UInt8] = [0, 1, 0x74] + (qos > 0 ? [0, id] : []) + (version == .v5 ? [0] : []) + payload
        return [0x30 | qos << 1 | (isDuplicate ? 8 : 0), UInt8(body.count)] + body
    }

    /// The numbers of messages that were delivered since the last call.
    mutating func delivered() -> [UInt64?] {
        takeEvents().compactMap { if case .message(let delivery) = $0 { .some(delivery.number) } else { nil } }
    }
}

@Suite struct ClientSessionTests {
    @Test func `QoS 1 is fulfilled by PUBACK, with the reason that it has`() {
        var client = Client()
        client.connect()
        #expect(client.publish("x", qos: .atLeastOnce, token: 1) == .accepted)
        #expect(client.take() == [0x32, 7, 0, 1, 0x74, 0, 1, 0, 0x78])
        #expect(client.takeEvents().isEmpty)
        client.say([0x40, 3, 0, 1, 0x10])
        #expect(client.takeEvents() == [.finished(token: 1, .success(.published(.noMatchingSubscribers)))])
        #expect(client.publish("y", qos: .atLeastOnce, token: 2) == .accepted)
        _ = client.take()
        client.say([0x40, 6, 0, 2, 0x87, 2, 0x1F, 0])
        #expect(client.session.state == .closing)
    }

    @Test func `a refusal is told with the broker's words`() {
        var client = Client()
        client.connect()
        _ = client.publish("y", qos: .atLeastOnce, token: 2)
        _ = client.take()
        client.say([0x40, 9, 0, 1, 0x87, 5, 0x1F, 0, 2, 0x6E, 0x6F])
        #expect(client.takeEvents() == [.finished(token: 2, .failure(.refused(.notAuthorized, "no")))])
    }

    @Test func `QoS 2 takes four packets, and is fulfilled by PUBCOMP`() {
        var client = Client()
        client.connect()
        _ = client.publish("x", qos: .exactlyOnce, token: 1)
        #expect(client.take().first == 0x34)
        client.say([0x50, 2, 0, 1])
        #expect(client.take() == [0x62, 2, 0, 1] && client.takeEvents().isEmpty)
        client.say([0x70, 2, 0, 1])
        #expect(client.takeEvents() == [.finished(token: 1, .success(.published(.success)))])
        #expect(client.operations == [
            .publish(number: 0, ApplicationMessage(topic: "t", text: "x", qos: .exactlyOnce)), .release(number: 0),
        ])
        _ = client.take()
        #expect(client.operations.last == .finish(number: 0))
    }

    @Test func `QoS 0 is fulfilled when the transport has taken it, and fails without a connection`() {
        var client = Client()
        #expect(client.publish("x", qos: .atMostOnce, token: 1) == .failed(.notConnected))
        client.connect()
        _ = client.publish("x", qos: .atMostOnce, token: 2)
        let (_, bytes) = client.session.takeOutput()
        #expect(client.takeEvents().isEmpty)
        client.session.transportTook(bytes.count - 1, at: client.now)
        #expect(client.takeEvents().isEmpty)
        client.session.transportTook(1, at: client.now)
        #expect(client.takeEvents() == [.finished(token: 2, .success(.published(.success)))])
        _ = client.publish("y", qos: .atMostOnce, token: 3)
        client.session.transportClosed(byBroker: true)
        #expect(client.takeEvents() == [.finished(token: 3, .failure(.connectionLost))])
    }

    @Test func `4.4 what is unacknowledged goes out again, in its order, with DUP or as PUBREL`() {
        var client = Client()
        client.connect()
        for (index, qos) in [QoS.atLeastOnce, .exactlyOnce, .exactlyOnce, .atLeastOnce].enumerated() {
            _ = client.publish("\(index)", qos: qos, token: UInt64(index))
        }
        _ = client.take()
        client.say([0x50, 2, 0, 2])
        _ = client.take()
        client.session.transportClosed(byBroker: false)
        // Accepted meanwhile: no duplicate.
        _ = client.publish("4", qos: .atLeastOnce, token: 4)
        client.connect(present: true)
        #expect(
            client.take() == [
                0x3A, 7, 0, 1, 0x74, 0, 1, 0, 0x30,  // QoS 1, DUP
                0x62, 2, 0, 2,  // PUBREL
                0x3C, 7, 0, 1, 0x74, 0, 3, 0, 0x32,  // QoS 2, DUP
                0x3A, 7, 0, 1, 0x74, 0, 4, 0, 0x33,
                0x32, 7, 0, 1, 0x74, 0, 5, 0, 0x34,
            ])
        #expect(client.session.counters.redelivered == 4)
    }

    @Test func `a session that the broker has lost: QoS 1 is published anew, QoS 2 is in doubt`() {
        var client = Client()
        client.connect()
        _ = client.publish("1", qos: .atLeastOnce, token: 1)
        _ = client.publish("2", qos: .exactlyOnce, token: 2)
        _ = client.take()
        client.session.transportClosed(byBroker: true)
        // Not sent yet: nothing is in doubt.
        _ = client.publish("3", qos: .exactlyOnce, token: 3)
        client.connect(present: false)
        #expect(client.take() == [0x32, 7, 0, 1, 0x74, 0, 1, 0, 0x31, 0x34, 7, 0, 1, 0x74, 0, 3, 0, 0x33])
        #expect(client.session.pendingRequests == 2)
    }

    @Test func `4.9 no more than the broker's Receive Maximum are in flight, and SUBSCRIBE does not wait for them`() throws {
        var client = Client()
        client.connect(properties: [0x21, 0, 2])
        for index in 0..<4 { _ = client.publish("\(index)", qos: index == 1 ? .exactlyOnce : .atLeastOnce, token: nil) }
        #expect(client.take().count == 18)
        _ = client.session.subscribe([SubscriptionRequest(try TopicFilter("a"))], identifier: nil, token: 9)
        #expect(client.take().first == 0x82)
        // PUBREC does not make room, PUBCOMP does.
        client.say([0x50, 2, 0, 2])
        #expect(client.take() == [0x62, 2, 0, 2])
        client.say([0x70, 2, 0, 2])
        #expect(client.take().prefix(1) == [0x32])
        client.say([0x40, 2, 0, 1])
        #expect(client.take().prefix(1) == [0x32])
    }

    @Test func `4.6 acknowledgements leave in the order of the messages, whatever the order in which they are given`() {
        var client = Client()
        client.connect()
        client.say((1...4).flatMap { Client.publish([$0], qos: $0 == 3 ? 2 : 1, id: $0) })
        let numbers = client.delivered().compactMap { $0 }
        #expect(numbers.count == 4)
        client.session.acknowledge(numbers[1])
        client.session.acknowledge(numbers[3])
        #expect(client.take().isEmpty)
        client.session.acknowledge(numbers[0])
        #expect(client.take() == [0x40, 2, 0, 1, 0x40, 2, 0, 2])
        client.session.acknowledge(numbers[2])
        #expect(client.take() == [0x50, 2, 0, 3, 0x40, 2, 0, 4])
        client.say([0x62, 2, 0, 3])
        #expect(client.take() == [0x70, 2, 0, 3])
    }

    @Test func `a message that is let go keeps no other from being acknowledged`() {
        var client = Client()
        client.connect()
        client.say(Client.publish([1], qos: 1, id: 1) + Client.publish([2], qos: 1, id: 2))
        let numbers = client.delivered().compactMap { $0 }
        client.session.acknowledge(numbers[1])
        client.session.abandon(numbers[0])
        #expect(client.take() == [0x40, 2, 0, 2] && client.session.counters.abandoned == 1)
    }

    @Test func `where messages that were let go fill the broker's window, a new connection brings them again`() {
        var client = Client { $0.receiveMaximum = 2 }
        client.connect()
        client.say(Client.publish([1], qos: 1, id: 1) + Client.publish([2], qos: 2, id: 2))
        for number in client.delivered() { client.session.abandon(number!) }
        #expect(client.takeEvents() == [.close(.unacknowledged)] && client.take() == [0xE0, 0])
        client.session.transportClosed(byBroker: false)
        client.connect(present: true)
        client.say(Client.publish([1], qos: 1, id: 1, isDuplicate: true) + Client.publish([2], qos: 2, id: 2, isDuplicate: true))
        #expect(client.delivered().count == 2)
    }

    @Test func `in a clean session, where nothing comes again, what is let go is acknowledged`() {
        var client = Client(persistence: .clean)
        client.connect()
        client.say(Client.publish([1], qos: 1, id: 1))
        client.session.abandon(client.delivered()[0]!)
        #expect(client.take() == [0x40, 2, 0, 1] && client.session.counters.abandoned == 1)
    }

    @Test func `an acknowledgement of QoS 1 is void once its connection has ended`() {
        var client = Client()
        client.connect()
        client.say(Client.publish([1], qos: 1, id: 1))
        let first = client.delivered()[0]!
        client.session.transportClosed(byBroker: true)
        client.connect(present: true)
        client.say(Client.publish([1], qos: 1, id: 1, isDuplicate: true))
        let again = client.delivered()
        #expect(!client.session.acknowledge(first) && client.take().isEmpty)
        #expect(client.session.counters.voidAcknowledgements == 1)
        #expect(client.session.acknowledge(again[0]!) && client.take() == [0x40, 2, 0, 1])
    }

    @Test func `4.3.3 a message of QoS 2 is delivered once, over connections, and its acknowledgement holds`() {
        var client = Client()
        client.connect()
        client.say(Client.publish([1], qos: 2, id: 1) + Client.publish([2], qos: 2, id: 2) + Client.publish([3], qos: 2, id: 3))
        let numbers = client.delivered().compactMap { $0 }
        client.session.acknowledge(numbers[0])
        _ = client.take()
        client.session.transportClosed(byBroker: true)
        // Given between the connections.
        client.session.acknowledge(numbers[1])
        client.connect(present: true)
        // The PUBREC of the first was lost; the others come again. None is delivered again.
        client.say((1...3).flatMap { Client.publish([$0], qos: 2, id: $0, isDuplicate: true) })
        #expect(client.delivered().isEmpty && client.session.counters.duplicates == 3)
        #expect(client.take() == [0x50, 2, 0, 1, 0x50, 2, 0, 2])
        client.session.acknowledge(numbers[2])
        #expect(client.take() == [0x50, 2, 0, 3])
    }

    @Test func `an identifier that comes with another content after a reconnect is a new message`() {
        var client = Client()
        client.connect()
        client.say(Client.publish([1], qos: 2, id: 1))
        #expect(client.delivered().count == 1)
        client.session.transportClosed(byBroker: true)
        client.connect(present: true)
        client.say(Client.publish([2], qos: 2, id: 1))
        #expect(client.delivered().count == 1)
    }

    @Test func `subscriptions are asked for again where the broker has lost the session, and not where it has it`() throws {
        var client = Client()
        _ = client.session.subscribe(
            [SubscriptionRequest(try TopicFilter("a")), SubscriptionRequest(try TopicFilter("b"))], identifier: 5, token: 1)
        client.connect()
        #expect(client.take().first == 0x82)
        client.say([0x90, 5, 0, 1, 0, 1, 0x87])
        #expect(client.takeEvents() == [.finished(token: 1, .success(.subscribed([ReasonCode(rawValue: 1), .notAuthorized])))])
        #expect(client.session.subscribedFilters.map(\.filter.text) == ["a"])
        client.session.transportClosed(byBroker: true)
        client.connect(present: true)
        #expect(client.take().isEmpty)
        client.session.transportClosed(byBroker: true)
        client.connect(present: false)
        #expect(client.take() == [0x82, 9, 0, 2, 2, 0x0B, 5, 0, 1, 0x61, 1])
        // It is refused this time.
        client.say([0x90, 4, 0, 2, 0, 0x87])
        #expect(client.takeEvents() == [.subscriptionLost(try TopicFilter("a"), .notAuthorized)])
        #expect(client.session.subscribedFilters.isEmpty && client.session.pendingRequests == 0)
    }

    @Test func `a CONNACK that was lost may have told of a new session: subscriptions are asked for again, and an identifier with another content is new`() throws {
        var client = Client()
        _ = client.session.subscribe([SubscriptionRequest(try TopicFilter("a"))], identifier: nil, token: 1)
        client.connect()
        _ = client.take()
        client.say([0x90, 4, 0, 1, 0, 1] + Client.publish([1], qos: 2, id: 1))
        client.session.acknowledge(client.delivered()[0]!)
        #expect(client.take() == [0x50, 2, 0, 1])
        client.session.transportClosed(byBroker: true)
        // The broker loses its sessions, takes this CONNECT, and its answer is lost.
        client.session.transportOpened(at: client.now)
        _ = client.take()
        client.session.transportClosed(byBroker: true)
        client.connect(present: true)
        #expect(client.take() == [0x82, 7, 0, 2, 0, 0, 1, 0x61, 1])
        client.say(Client.publish([2], qos: 2, id: 1))
        #expect(client.delivered().count == 1)
    }

    @Test func `a renewal that is lost on the way is made again, once`() throws {
        var client = Client()
        _ = client.session.subscribe([SubscriptionRequest(try TopicFilter("a"))], identifier: nil, token: 1)
        client.connect()
        _ = client.take()
        client.say([0x90, 4, 0, 1, 0, 1])
        for _ in 0..<5 {
            client.session.transportClosed(byBroker: true)
            client.connect(present: false)
            #expect(client.take().count == 9 && client.session.pendingRequests == 1)
        }
    }

    @Test func `keep alive: PINGREQ when the broker is silent, and when this side is`() {
        var client = Client { $0.keepAlive = 60 }
        client.connect()
        #expect(client.session.deadline == client.now + 30_000_000_000)
        client.now += 30_000_000_000
        client.session.poll(at: client.now)
        #expect(client.take() == [0xC0, 0])
        #expect(client.session.deadline == client.now + 10_000_000_000)
        client.say([0xD0, 0])
        // Messages come all the time, and nothing is sent.
        for _ in 0..<46 {
            client.now += 1_000_000_000
            client.say(Client.publish([1], qos: 0))
            client.session.poll(at: client.now)
        }
        #expect(client.take() == [0xC0, 0])
        client.now += 10_000_000_000
        client.session.poll(at: client.now)
        #expect(client.takeEvents().last == .close(.pingTimeout))
    }

    @Test func `while nothing is read no answer can be missed`() {
        var client = Client { $0.keepAlive = 10 }
        client.connect()
        client.session.stopReading()
        for _ in 0..<100 {
            client.now += 1_000_000_000
            client.session.poll(at: client.now)
            _ = client.take()
        }
        #expect(client.session.state == .online)
        client.session.resumeReading(at: client.now)
        client.now += 5_000_000_000
        client.session.poll(at: client.now)
        #expect(client.session.state == .closing)
    }

    @Test func `a server's keep alive replaces ours, and 0 switches it off`() {
        var client = Client { $0.keepAlive = 60 }
        client.connect(properties: [0x13, 0, 10])
        #expect(client.session.deadline == client.now + 5_000_000_000)
        client = Client { $0.keepAlive = 60 }
        client.connect(properties: [0x13, 0, 0])
        #expect(client.session.deadline == nil)
    }

    @Test func `what the broker has said that it does not take is told before it is sent`() {
        var client = Client()
        // Maximum QoS 1, no retain, packets of 20 bytes at most.
        client.connect(properties: [0x24, 1, 0x25, 0, 0x27, 0, 0, 0, 20])
        #expect(client.publish("x", qos: .exactlyOnce, token: 1) == .failed(.qosNotSupported(maximum: .atLeastOnce)))
        #expect(client.session.publish(ApplicationMessage(topic: "t", text: "x", retain: true), token: 1, at: client.now) == .failed(.retainNotSupported))
        #expect(client.publish(String(repeating: "x", count: 20), qos: .atLeastOnce, token: 1) == .failed(.tooLarge(bytes: 28, limit: 20)))
        #expect(client.publish("x", qos: .atLeastOnce, token: 1) == .accepted)
    }

    @Test func `a message that was accepted before the broker had said so fails when it is its turn`() {
        var client = Client()
        #expect(client.publish("x", qos: .exactlyOnce, token: 1) == .accepted)
        client.session.transportOpened(at: client.now)
        _ = client.take()
        client.say([0x20, 5, 0, 0, 2, 0x24, 0])
        #expect(client.takeEvents().last == .finished(token: 1, .failure(.qosNotSupported(maximum: .atMostOnce))))
        #expect(client.session.pendingRequests == 0)
    }

    @Test func `a message over which the broker closes every connection is sent alone, and given up`() {
        var client = Client(.v3_1_1)
        for index in 0..<3 { _ = client.publish("\(index)", qos: .atLeastOnce, token: UInt64(index)) }
        var failed: [UInt64] = []
        var published: [UInt64] = []
        var connections = 0
        while client.session.pendingRequests > 0, connections < 40 {
            connections += 1
            client.session.transportOpened(at: client.now)
            _ = client.take()
            client.say([0x20, 2, 1, 0])
            for _ in 0..<10 {
                let sent = client.take()
                if sent.last == 0x31 || sent.dropLast(9).last == 0x31 { break }
                if sent == [0xC0, 0] { client.say([0xD0, 0]) }
                if sent.first.map({ $0 & 0xF0 == 0x30 }) == true, sent.count == 8 { client.say([0x40, 2, sent[5], sent[6]]) }
            }
            client.session.transportClosed(byBroker: true)
            for event in client.takeEvents() {
                if case .finished(let token, .success) = event { published.append(token) }
                if case .finished(let token, .failure(.refusedByClosing)) = event { failed.append(token) }
            }
        }
        #expect(failed == [1] && Set(published) == [0, 2])
        #expect(connections < 20)
    }

    @Test func `what is queued is bounded, and room comes back`() {
        var client = Client { $0.maximumQueued = 1000 }
        var accepted = 0
        while client.publish("0123456789", qos: .atLeastOnce, token: nil) == .accepted { accepted += 1 }
        #expect(accepted == 1000 / ApplicationMessage(topic: "t", text: "0123456789").cost)
        client.connect()
        _ = client.take()
        client.say([0x40, 2, 0, 1])
        #expect(client.publish("x", qos: .atLeastOnce, token: nil) == .accepted)
    }

    @Test func `a request whose task is cancelled is taken back if nobody has seen it`() {
        var client = Client { $0.maximumInFlight = 1 }
        client.connect()
        _ = client.publish("1", qos: .atLeastOnce, token: 1)
        _ = client.publish("2", qos: .atLeastOnce, token: 2)
        _ = client.take()
        #expect(!client.session.cancel(token: 1) && client.session.cancel(token: 2))
        client.say([0x40, 2, 0, 1])
        #expect(client.takeEvents().isEmpty && client.take().isEmpty && client.session.pendingRequests == 0)
    }

    @Test func `what an earlier process has left is sent again`() {
        let message = ApplicationMessage(topic: "t", text: "x", qos: .atLeastOnce)
        var client = Client(restoring: ClientSession.Stored(outgoing: [(65_540, message), (65_542, nil)], received: [7]))
        client.connect(present: true)
        #expect(client.take() == [0x3A, 7, 0, 1, 0x74, 0, 6, 0, 0x78, 0x62, 2, 0, 8])
        // QoS 2 whose PUBREC went out before: known.
        client.say(Client.publish([1], qos: 2, id: 7, isDuplicate: true))
        #expect(client.delivered().isEmpty && client.take() == [0x50, 2, 0, 7])
    }

    @Test func `topic aliases save the name from the second message on`() {
        var client = Client()
        client.connect(properties: [0x22, 0, 1])
        _ = client.publish("1", qos: .atMostOnce, token: nil)
        _ = client.publish("2", qos: .atMostOnce, token: nil)
        _ = client.session.publish(ApplicationMessage(topic: "u", text: "3"), token: nil, at: client.now)
        #expect(
            client.take() == [
                0x30, 8, 0, 1, 0x74, 3, 0x23, 0, 1, 0x31,
                0x30, 7, 0, 0, 3, 0x23, 0, 1, 0x32,
                0x30, 5, 0, 1, 0x75, 0, 0x33,  // no number is left for this topic
            ])
        client.session.transportClosed(byBroker: true)
        client.connect(present: true, properties: [0x22, 0, 1])
        _ = client.publish("4", qos: .atMostOnce, token: nil)
        #expect(client.take() == [0x30, 8, 0, 1, 0x74, 3, 0x23, 0, 1, 0x34])
    }

    @Test func `the broker's topic aliases are resolved, and one that stands for nothing ends the connection`() {
        var client = Client()
        client.connect()
        client.say([0x30, 8, 0, 1, 0x61, 3, 0x23, 0, 1, 0x31])
        client.say([0x30, 7, 0, 0, 3, 0x23, 0, 1, 0x32])
        let topics = client.takeEvents().compactMap { if case .message(let delivery) = $0 { delivery.message.topic } else { nil } }
        #expect(topics == ["a", "a"])
        client.say([0x30, 7, 0, 0, 3, 0x23, 0, 2, 0x32])
        #expect(client.session.state == .closing && client.take() == [0xE0, 2, 0x82, 0])
    }

    @Test func `a packet that is larger than we said ends the connection, and says so`() {
        var client = Client { $0.maximumPacketSize = 100 }
        client.connect()
        client.say([0x30, 99])
        guard case .close(.protocolViolation(let error)) = client.takeEvents().last else { return #expect(Bool(false)) }
        #expect(error.reason == .oversized && client.take() == [0xE0, 2, 0x95, 0])
    }

    @Test func `answers to nothing are borne for a time, and then a flood`() {
        var client = Client()
        client.connect()
        for _ in 0..<100 { client.say([0xD0, 0]) }
        #expect(client.session.state == .online && client.session.counters.unexpected == 100)
        client.say([0xD0, 0])
        #expect(client.session.state == .closing)
    }

    @Test func `CONNACK that does not come, and one that refuses`() {
        var client = Client()
        client.session.transportOpened(at: client.now)
        client.now += ClientSession.connackTimeout
        client.session.poll(at: client.now)
        #expect(client.takeEvents() == [.close(.connackTimeout)])
        client = Client(.v3_1_1)
        client.session.transportOpened(at: client.now)
        client.say([0x20, 2, 0, 5])
        #expect(client.takeEvents() == [.close(.refused(.notAuthorized, Properties()))])
    }

    @Test func `a clean session that is said to be there is a violation`() {
        var client = Client(persistence: .clean)
        client.session.transportOpened(at: client.now)
        client.say([0x20, 3, 1, 0, 0])
        #expect(client.session.state == .closing)
    }

    @Test func `DISCONNECT is the last that is sent, and ends a session if so asked`() {
        var client = Client()
        client.connect()
        client.session.disconnect(endsSession: true)
        #expect(client.take() == [0xE0, 7, 0, 5, 0x11, 0, 0, 0, 0])
        #expect(client.takeEvents() == [.close(.requested)])
        #expect(client.publish("x", qos: .atMostOnce, token: 1) == .failed(.notConnected))
        _ = client.publish("x", qos: .atLeastOnce, token: 2)
        #expect(client.take().isEmpty)
        client.session.transportClosed(byBroker: false)
        client.session.end()
        #expect(client.takeEvents() == [.finished(token: 2, .failure(.ended))])
    }
}
