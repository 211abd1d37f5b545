import Bytes
import Testing

@testable import MQTTWire

/// QoS 1 with `clean_session: false`: what was not acknowledged is sent again, MQTT 3.1.1 section 4.4.
@Suite struct SessionRedeliveryTests {
    /// One PUBLISH as the broker sees it.
    struct Sent: Equatable {
        var id: UInt16
        var duplicate = false
        var payload: [UInt8]
    }

    /// The PUBLISH packets of QoS 1 in a stream that begins with a packet; own messages are left out.
    static func sent(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> [Sent] {
        var rest = bytes[...]
        var all: [Sent] = []
        while let packet = cut(rest) {
            rest = rest.dropFirst(packet.size)
            guard packet.first & 0xF6 == 0x32 else { continue }
            let topic = Int(packet.body[0]) << 8 | Int(packet.body[1])
            let id = UInt16(packet.body[2 + topic]) << 8 | UInt16(packet.body[3 + topic])
            all.append(Sent(id: id, duplicate: packet.first & 8 != 0, payload: Array(packet.body[(4 + topic)...])))
        }
        return all
    }

    static func driver(window: Int = 100, keepAlive: UInt16 = 0) -> Driver {
        let driver = Driver(qos: .atLeastOnce, maxInflight: window, keepAlive: keepAlive, cleanSession: false)
        driver.connect()
        return driver
    }

    /// The connection goes and another comes, whose stream is returned as far as the transport has taken it.
    @discardableResult static func reconnect(_ driver: Driver, _ reason: CloseReason = .transport(errno: 110), sessionPresent: Bool = true) -> [Sent] {
        driver.fail(reason)
        #expect(driver.poll() == [.close(reason)] && driver.isBalanced)
        online(driver, sessionPresent: sessionPresent)
        return sent(driver.taken)
    }

    /// From waiting to online, and everything written that can be.
    static func online(_ driver: Driver, sessionPresent: Bool = true) {
        if case .waiting(let until) = driver.state { driver.now = max(driver.now, until) }
        #expect(driver.poll() == [.open])
        driver.open()
        let size = driver.pending.count
        driver.takeAll()
        driver.hear([0x20, 2, sessionPresent ? 1 : 0, 0])
        #expect(driver.state == .online)
        driver.forget(size)
        while driver.pending.count > 0 { driver.takeAll() }
    }

    /// The broker answers the PINGREQ that a suspected message waits for; what goes out then.
    @discardableResult static func answer(_ driver: Driver) -> [Sent] {
        #expect(driver.taken.suffix(2) == [0xC0, 0])
        driver.forgetAll()
        driver.hear([0xD0, 0])
        driver.takeAll()
        return sent(driver.taken)
    }

    @Test func `MQTT-4.4.0-1: after a reconnect the unacknowledged are sent again, with DUP, their identifiers, and in order`() {
        let driver = Self.driver()
        for index in UInt8(1)...5 { driver.publish(tag: index, payload: [index]) }
        driver.takeAll()
        driver.puback(2)
        driver.puback(4)
        let again = Self.reconnect(driver)
        #expect(again == [1, 3, 5].map { Sent(id: UInt16($0), duplicate: true, payload: [$0]) })
        #expect(driver.inFlight == 3 && driver.counters.redelivered == 3 && driver.isBalanced)
        for id in [UInt16(1), 3, 5] { driver.puback(id) }
        #expect(driver.counters.published.total == 5 && driver.counters.unconfirmed.total == 0 && driver.isDrained && driver.isBalanced)
        #expect(driver.acknowledged == [2, 4, 1, 3, 5])
    }

    @Test func `with clean_session true nothing is sent again`() {
        let driver = Driver(qos: .atLeastOnce, keepAlive: 0)
        driver.connect()
        driver.publish()
        driver.takeAll()
        #expect(Self.reconnect(driver) == [])
        #expect(driver.counters.unconfirmed.total == 1 && driver.inFlight == 0 && driver.counters.redelivered == 0)
    }

    @Test func `at QoS 0 nothing is kept, whatever becomes of the session`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 0, cleanSession: false)
        driver.connect()
        for _ in 0..<2 { driver.publish() }
        driver.take(7)
        Self.reconnect(driver)
        #expect(driver.taken == [] && driver.counters.published.total == 1 && driver.counters.connectionLost.total == 1 && driver.isBalanced)
    }

    @Test func `MQTT-3.3.1-1: DUP is on what had begun to go out, and not on what had not, at every cut`() {
        for cut in 0...24 {
            let driver = Self.driver()
            for index in UInt8(1)...3 { driver.publish(received: UInt64(index), payload: [index]) }
            driver.take(cut)
            let before = driver.written
            let again = Self.reconnect(driver)
            #expect(again.map(\.id) == [1, 2, 3])
            #expect(again.map(\.duplicate) == [cut > 0, cut > 8, cut > 16], "\(cut)")
            // Latency is of the first write.
            #expect(before.count == cut / 8 && driver.written == [1, 2, 3])
            #expect(driver.counters.redelivered == UInt64((cut + 7) / 8) && driver.isBalanced)
        }
    }

    @Test(arguments: [false, true]) func `a broker that has forgotten the session gets it all the same`(sessionPresent: Bool) {
        let driver = Self.driver()
        driver.publish()
        driver.takeAll()
        #expect(Self.reconnect(driver, sessionPresent: sessionPresent) == [Sent(id: 1, duplicate: true, payload: [0x78])])
    }

    @Test func `nothing newer goes out before the last of them, and the window holds`() {
        let driver = Self.driver(window: 4)
        for _ in 0..<4 { driver.publish(payload: [UInt8](repeating: 1, count: 30_000)) }
        driver.takeAll()
        driver.fail(.closedByBroker)
        driver.poll()
        driver.now += second
        driver.poll()
        driver.open()
        driver.takeAll()
        driver.hear([0x20, 2, 1, 0])
        // Two of 30 KB are in the outbox: the others come when these have gone.
        #expect(Self.sent(driver.pending).map(\.id) == [1, 2] && !driver.canPublish && driver.publish() == .busy)
        driver.takeAll()
        #expect(Self.sent(driver.pending).map(\.id) == [3, 4] && !driver.canPublish)
        // The daemon's own word finds room meanwhile.
        #expect(driver.publish(own: note()))
        driver.takeAll()
        driver.puback(1)
        #expect(driver.canPublish && driver.publish() == .accepted(packetID: 5) && driver.publish() == .busy)
    }

    @Test func `what is held counts as in flight through any number of attempts, and balances the counts at a stop`() {
        let driver = Self.driver()
        for tag in UInt8(0)..<3 { driver.publish(tag: tag) }
        driver.take(8 + 3)
        driver.fail(.closedByBroker)
        driver.poll()
        for _ in 0..<5 {
            #expect(driver.inFlight == 3 && driver.isBalanced && !driver.isDrained)
            driver.pass(driver.wait ?? 0)
            driver.fail(.transport(errno: 111))
            driver.poll()
        }
        driver.close()
        #expect(driver.poll() == [.close(.requested)] && driver.state == .idle)
        #expect(driver.counters.unconfirmed.total == 1 && driver.counters.connectionLost.total == 2 && driver.inFlight == 0 && driver.isBalanced)
        // Another start is another session.
        driver.start()
        Self.online(driver)
        #expect(driver.taken == [] && driver.publish() == .accepted(packetID: 4))
    }

    @Test func `an end under DISCONNECT counts what is held`() {
        let driver = Self.driver()
        driver.publish()
        driver.disconnect()
        driver.takeAll()
        driver.fail(.closedByBroker)
        driver.poll()
        #expect(driver.state == .idle && driver.counters.unconfirmed.total == 1 && driver.isBalanced)
    }

    @Test func `MQTT-2.3.1-2: an identifier that is not acknowledged is not used again, over 70,000 messages and many connections`() {
        let driver = Self.driver(window: 50)
        var random = SplitMix64(seed: 7)
        var open: [UInt16] = []
        var sentCount = 0
        var connections = 0
        while sentCount < 70_000 {
            while case .accepted(let id?) = driver.publish() {
                #expect(!open.contains(id) && (1...60_000).contains(id))
                open.append(id)
                sentCount += 1
            }
            driver.takeAll()
            for _ in 0...Int.random(in: 0..<open.count, using: &random) {
                driver.puback(open.remove(at: Bool.random(using: &random) ? 0 : Int.random(in: 0..<open.count, using: &random)))
            }
            if Int.random(in: 0..<40, using: &random) == 0 {
                connections += 1
                #expect(Self.reconnect(driver).map(\.id) == open)
            }
            guard driver.inFlight == open.count else { break }
        }
        #expect(sentCount >= 70_000 && connections > 30 && driver.counters.unexpectedAcknowledgements == 0 && driver.isBalanced)
        for id in open { driver.puback(id) }
        #expect(driver.isDrained && driver.counters.published.total == UInt64(sentCount))
    }

    @Test func `own messages are not sent again, and their identifiers go on`() throws {
        let driver = Self.driver()
        driver.publish(own: note("online"))
        driver.publish()
        driver.takeAll()
        #expect(Self.reconnect(driver) == [Sent(id: 1, duplicate: true, payload: [0x78])])
        driver.publish(own: note("again"))
        let packet = try #require(packets(driver.pending)?.first)
        #expect(packet.first == 0x33 && packet.body == wire(field("status"), [0xEA, 0x62], Array("again".utf8)))
        driver.takeAll()
        driver.puback(60_001)
        #expect(driver.counters.unexpectedAcknowledgements == 1)
        driver.puback(60_002)
        driver.puback(1)
        #expect(driver.isDrained)
    }

    @Test func `the sixty seconds of patience begin anew with the connection`() {
        let driver = Self.driver()
        driver.publish()
        driver.takeAll()
        driver.now += 59 * second
        driver.fail(.closedByBroker)
        driver.poll()
        driver.now += 600 * second
        Self.online(driver)
        #expect(driver.patience == 60)
        #expect(driver.pass(59.9) == [] && driver.pass(0.1) == [.close(.acknowledgementTimeout)])
        #expect(driver.inFlight == 1 && driver.isBalanced)
    }

    @Test func `a PUBACK that comes before its message was sent again is not believed`() {
        let driver = Self.driver()
        driver.publish()
        driver.takeAll()
        driver.fail(.closedByBroker)
        driver.poll()
        driver.now += second
        driver.poll()
        driver.open()
        driver.takeAll()
        driver.hear([0x20, 2, 1, 0, 0x40, 2, 0, 1])
        #expect(driver.counters.unexpectedAcknowledgements == 1 && driver.inFlight == 1 && driver.poll() == [])
        driver.takeAll()
        driver.puback(1)
        #expect(driver.isDrained)
    }

    @Test(arguments: [1, 2, 100, 128, 200, 1000]) func `memory for what is kept is fixed, and a full budget closes the window`(window: Int) {
        let budget = PublishSession.keptCapacity(maxInflight: window)
        #expect((131_072...524_288).contains(budget))
        let driver = Self.driver(window: window)
        // The JSON of an extended advertisement with 1,650 bytes of data, in the worst case.
        let payload = [UInt8](repeating: 0x20, count: 8_000)
        var count = 0
        while case .accepted = driver.publish(payload: payload) {
            count += 1
            driver.takeAll()
        }
        let size = 8_000 + 8
        #expect(count == min(window, budget / size) && !driver.canPublish && driver.pending == [])
        // What waits for the budget costs no other try before enough has been acknowledged.
        driver.puback(1)
        #expect(driver.canPublish && driver.publish(payload: payload) == .accepted(packetID: UInt16(count + 1)))
        driver.takeAll()
        #expect(Self.reconnect(driver).map(\.id) == Array(2...UInt16(count + 1)) && driver.isBalanced)
    }

    @Test func `whatever fits the outbox fits what is kept`() {
        let driver = Self.driver(window: 1)
        let payload = (0..<PublishSession.outboxCapacity - 9).map { UInt8(truncatingIfNeeded: $0) }
        #expect(driver.publish(payload: payload) == .accepted(packetID: 1) && driver.pending.count == PublishSession.outboxCapacity)
        driver.takeAll()
        #expect(Self.reconnect(driver) == [Sent(id: 1, duplicate: true, payload: payload)])
        driver.puback(1)
        #expect(driver.publish(payload: payload + [0]) == .oversize)
    }

    @Test func `bytes that wrap around the end of the budget come out as they went in`() {
        let driver = Self.driver(window: 40)
        var random = SplitMix64(seed: 3)
        var open: [(id: UInt16, payload: [UInt8])] = []
        for _ in 0..<3_000 {
            let fill = UInt8.random(in: 0...255, using: &random)
            let payload = (0..<Int.random(in: 0...9_000, using: &random)).map { fill &+ UInt8(truncatingIfNeeded: $0) }
            if case .accepted(let id?) = driver.publish(payload: payload) { open.append((id, payload)) } else { driver.puback(open.removeFirst().id) }
            driver.takeAll()
            guard Int.random(in: 0..<100, using: &random) == 0 else { continue }
            let again = Self.reconnect(driver)
            #expect(again == open.map { Sent(id: $0.id, duplicate: true, payload: $0.payload) })
        }
        #expect(driver.isBalanced && driver.counters.published.total > 1_000)
    }

    // MARK: Messages over which connections end

    @Test func `the message over which a third connection ends is dropped, and no other`() {
        let driver = Self.driver()
        for index in UInt8(1)...4 { driver.publish(tag: index, payload: [index]) }
        driver.takeAll()
        // A broker that closes on the second and has no time to acknowledge the first.
        #expect(Self.reconnect(driver, .closedByBroker).map(\.id) == [1, 2, 3, 4])
        // Over any of them two connections have ended then: each goes alone, once the broker answers.
        #expect(Self.reconnect(driver, .transport(errno: 104)) == [])
        #expect(Self.answer(driver).map(\.id) == [1])
        #expect(!driver.canPublish && driver.publish() == .busy)
        driver.forgetAll()
        driver.puback(1)
        driver.takeAll()
        #expect(Self.sent(driver.taken).map(\.id) == [2] && !driver.canPublish)
        #expect(Self.reconnect(driver, .closedByBroker) == [])
        let again = Self.answer(driver)
        #expect(driver.counters.refused[2] == 1 && driver.counters.refused.total == 1 && driver.takeRefusal() == .messages(1))
        #expect(driver.takeRefusal() == nil)
        #expect(again.map(\.id) == [3] && driver.isBalanced)
        driver.forgetAll()
        driver.puback(3)
        driver.takeAll()
        #expect(Self.sent(driver.taken).map(\.id) == [4] && !driver.canPublish)
        driver.puback(4)
        #expect(driver.canPublish && driver.isDrained && driver.counters.published.total == 3 && driver.isBalanced)
    }

    @Test func `a message that is never acknowledged is dropped after three times sixty seconds`() {
        let driver = Self.driver()
        driver.publish()
        driver.takeAll()
        for time in 1...3 {
            #expect(driver.pass(60) == [.close(.acknowledgementTimeout)])
            #expect(driver.counters.refused.total == (time == 3 ? 1 : 0) && driver.isBalanced)
            Self.online(driver)
            if time == 2 { Self.answer(driver) }
        }
        #expect(driver.isDrained && driver.canPublish)
    }

    @Test(arguments: [UInt16(0), 60]) func `a broker that closes every connection before it answers anything costs no message`(keepAlive: UInt16) {
        let driver = Self.driver(keepAlive: keepAlive)
        for _ in 0..<3 { driver.publish() }
        driver.takeAll()
        for time in 1...20 { #expect(Self.reconnect(driver, .closedByBroker).map(\.id) == (time == 1 ? [1, 2, 3] : [])) }
        #expect(driver.counters.refused.total == 0 && driver.isBalanced)
        #expect(Self.answer(driver).map(\.id) == [1])
        for id in UInt16(1)...3 {
            driver.puback(id)
            driver.takeAll()
        }
        #expect(driver.counters.published.total == 3 && driver.isDrained && driver.canPublish)
    }

    @Test func `a broker that does not answer the question before a suspect is left, and the suspect is none the worse`() {
        let driver = Self.driver()
        driver.publish()
        driver.takeAll()
        for _ in 0..<2 { Self.reconnect(driver, .closedByBroker) }
        for _ in 0..<5 {
            #expect(driver.pass(10) == [.close(.pingTimeout)])
            Self.online(driver)
        }
        #expect(driver.counters.refused.total == 0 && Self.answer(driver).map(\.id) == [1])
    }

    @Test func `a network that fails is no fault of the messages`() {
        let driver = Self.driver()
        for _ in 0..<3 { driver.publish() }
        driver.takeAll()
        for _ in 0..<10 { #expect(Self.reconnect(driver, .transport(errno: 110)).map(\.id) == [1, 2, 3]) }
        // Nor are attempts that come to nothing.
        driver.fail(.closedByBroker)
        driver.poll()
        for _ in 0..<10 {
            driver.pass(driver.wait ?? 0)
            driver.open()
            driver.fail(.closedByBroker)
            driver.poll()
        }
        Self.online(driver)
        #expect(Self.sent(driver.taken).map(\.id) == [1, 2, 3] && driver.counters.refused.total == 0)
    }
}
