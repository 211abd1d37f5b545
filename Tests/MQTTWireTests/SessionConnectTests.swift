import Bytes
import Testing

@testable import MQTTWire

/// From the first attempt to CONNACK, and back.
@Suite struct SessionConnectTests {
    @Test func `a session that was not started wants nothing`() {
        let driver = Driver()
        #expect(driver.state == .idle && driver.deadline == nil && driver.poll() == [])
        driver.fail(.closedByBroker)
        driver.close()
        #expect(driver.pass(1_000_000) == [] && driver.state == .idle)
    }

    @Test func `the first attempt is made at once`() {
        let driver = Driver()
        driver.start()
        #expect(driver.deadline == driver.now)
        #expect(driver.poll() == [.open] && driver.state == .connecting)
    }

    @Test func `CONNECT is the first packet and comes when the transport is open`() throws {
        let driver = Driver(will: note("offline"))
        driver.start()
        driver.poll()
        #expect(driver.pending == [])
        driver.open()
        #expect(driver.state == .awaitingConnack)
        let all = try #require(packets(driver.pending))
        #expect(all.map(\.first) == [0x10])
        #expect(Array(all[0].body.suffix(17)) == field("status") + field("offline"))
        // A second word about the same transport changes nothing.
        driver.open()
        #expect(packets(driver.pending)?.count == 1)
    }

    @Test func `nothing is published before CONNACK`() {
        let driver = Driver()
        #expect(driver.publish() == .busy && !driver.publish(own: note()))
        driver.start()
        #expect(driver.publish() == .busy && !driver.publish(own: note()))
        driver.poll()
        #expect(driver.publish() == .busy && !driver.publish(own: note()))
        driver.open()
        #expect(driver.publish() == .busy && !driver.publish(own: note()) && !driver.canPublish)
        driver.takeAll()
        driver.hear([0x20, 2, 0])
        #expect(driver.publish() == .busy && driver.pending == [])
        driver.hear([0])
        #expect(driver.state == .online && driver.canPublish && driver.counters.connects == 1)
        #expect(driver.publish() == .accepted(packetID: 1))
    }

    @Test func `a session that the broker has kept is as good as a new one`() {
        let driver = Driver()
        driver.start()
        driver.poll()
        driver.open()
        driver.hear([0x20, 2, 1, 0])
        #expect(driver.state == .online && driver.poll() == [])
    }

    @Test func `transport and CONNACK together have ten seconds`() {
        let slowTransport = Driver()
        slowTransport.start()
        slowTransport.poll()
        #expect(slowTransport.patience == 10)
        #expect(slowTransport.pass(9.999_999_999) == [])
        #expect(slowTransport.pass(0.000_000_001) == [.close(.connectTimeout)])
        #expect(slowTransport.wait == 1)

        let muteBroker = Driver()
        muteBroker.start()
        muteBroker.poll()
        muteBroker.pass(7)
        muteBroker.open()
        muteBroker.takeAll()
        #expect(muteBroker.patience == 3)
        #expect(muteBroker.pass(2.999_999_999) == [])
        #expect(muteBroker.pass(0.000_000_001) == [.close(.connackTimeout)])
        #expect(muteBroker.wait == 1 && muteBroker.counters.connects == 0)
    }

    @Test(arguments: UInt8(1)...255) func `MQTT-3.2.2-5: a refusal closes the connection`(code: UInt8) {
        let driver = Driver()
        driver.start()
        driver.poll()
        driver.open()
        driver.takeAll()
        driver.hear([0x20, 2, 0, code])
        #expect(!driver.canPublish && driver.deadline == 0)
        #expect(driver.poll() == [.close(.refused(returnCode: code))])
        #expect(driver.wait == 1 && driver.counters.connects == 0)
    }

    @Test func `a password put in place of another is the next CONNECT's`() {
        var session = PublishSession(
            PublishSession.Options(
                connect: ConnectOptions(
                    clientID: Array("c".utf8), username: Array("u".utf8), password: Array("old".utf8), cleanSession: true, keepAlive: 60, will: nil),
                qos: .atMostOnce, maxInflight: 1, backoff: Backoff(initial: second, maximum: second, jitter: 0)), seed: 1)
        session.start(at: 0)
        for (now, password) in [(second, "old"), (10 * second, "newer")] {
            #expect(session.poll(at: now) == .open)
            session.transportOpened(at: now)
            // The password is the last field of the payload, 3.1.3.5.
            #expect(Array(session.pending).suffix(2 + password.utf8.count) == [0, UInt8(password.utf8.count)] + Array(password.utf8))
            session.replace(password: Array("newer".utf8))
            session.transportFailed(.closedByBroker, at: now)
            #expect(session.poll(at: now) == .close(.closedByBroker))
        }
    }

    @Test func `every return code has words of its own`() {
        let words = (1...6).map { CloseReason.meaning(ofReturnCode: $0) }
        #expect(Set(words).count == 6)
        #expect(words[0].contains("protocol version") && words[1].contains("client identifier") && words[2].contains("unavailable"))
        #expect(words[3].contains("password") && words[4].contains("not authorized"))
        #expect(words[5].contains("6") && CloseReason.meaning(ofReturnCode: 255).contains("255"))
    }

    @Test func `failed attempts back off, one, two, four, to sixty seconds`() {
        let driver = Driver()
        driver.start()
        var waits: [Double] = []
        for _ in 0..<9 {
            #expect(driver.poll() == [.open])
            driver.fail(.transport(errno: 111))
            #expect(driver.poll() == [.close(.transport(errno: 111))])
            let wait = driver.wait ?? 0
            waits.append(wait)
            #expect(driver.patience == wait)
            #expect(driver.pass(wait - 0.001) == [])
            driver.now += 1_000_000
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test func `a resolver that fails backs off too`() {
        let driver = Driver()
        driver.start()
        driver.poll()
        driver.fail(.resolver(code: -2))
        #expect(driver.poll() == [.close(.resolver(code: -2))] && driver.wait == 1)
    }

    @Test func `a broker that closes right after CONNACK is not asked faster and faster`() {
        let driver = Driver()
        var waits: [Double] = []
        for _ in 0..<6 {
            driver.connect()
            driver.fail(.closedByBroker)
            #expect(driver.poll() == [.close(.closedByBroker)])
            waits.append(driver.wait ?? 0)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32])
        #expect(driver.counters.connects == 6)
    }

    @Test func `thirty seconds of good connection begin the backoff anew, and no less`() {
        let driver = Driver()
        for _ in 0..<4 {
            driver.connect()
            driver.fail(.closedByBroker)
            driver.poll()
        }
        #expect(driver.wait == 8)
        driver.connect()
        driver.now += 30 * second - 1
        driver.fail(.closedByBroker)
        driver.poll()
        #expect(driver.wait == 16)
        driver.connect()
        driver.now += 30 * second
        driver.fail(.closedByBroker)
        driver.poll()
        #expect(driver.wait == 1)
    }

    @Test func `only the first of several failures counts`() {
        let driver = Driver()
        driver.connect()
        driver.fail(.closedByBroker)
        driver.fail(.transport(errno: 104))
        driver.hear([0xFF])
        #expect(driver.poll() == [.close(.closedByBroker)])
        driver.fail(.transport(errno: 104))
        #expect(driver.poll() == [] && driver.wait == 1)
    }

    @Test func `a second CONNACK is a breach of protocol`() {
        let driver = Driver()
        driver.connect()
        driver.hear(Driver.connackAccepted)
        #expect(driver.poll() == [.close(.protocolViolation(DecodeError(.invalid, at: 0, in: "CONNACK outside of connecting")))])
    }

    @Test(arguments: [[0x40, 2, 0, 1], [0xD0, 0]] as [[UInt8]])
    func `MQTT-3.2.0-1: anything before CONNACK is a breach of protocol`(packet: [UInt8]) {
        let driver = Driver()
        driver.start()
        driver.poll()
        driver.open()
        driver.takeAll()
        driver.hear(packet)
        let actions = driver.poll()
        guard case .close(.protocolViolation) = actions.first, actions.count == 1 else {
            Issue.record("\(actions)")
            return
        }
        #expect(driver.counters.unexpectedAcknowledgements == 0)
    }

    @Test func `MQTT-4.8.0-1: bytes that are no packet of ours close the connection, and nothing behind them is read`() {
        let driver = Driver()
        driver.connect()
        driver.publish()
        driver.takeAll()
        driver.hear([0xD0, 0, 0x30, 0x40, 2, 0, 1])
        #expect(driver.poll() == [.close(.protocolViolation(DecodeError(.invalid, at: 6, in: "packet type")))])
        #expect(driver.acknowledged == [] && driver.counters.unconfirmed.total == 1)
    }

    @Test func `half a packet of the last connection is forgotten on the next`() {
        let driver = Driver()
        driver.connect()
        driver.hear([0x40, 2, 0])
        driver.fail(.closedByBroker)
        driver.poll()
        driver.connect()
        driver.hear([0xD0, 0])
        #expect(driver.poll() == [] && driver.state == .online)
    }

    @Test func `half a CONNECT of the last connection is forgotten on the next`() throws {
        let driver = Driver()
        driver.start()
        driver.poll()
        driver.open()
        let whole = driver.pending
        driver.take(3)
        driver.fail(.transport(errno: 32))
        driver.poll()
        #expect(driver.pending == [])
        driver.pass(1)
        driver.open()
        #expect(driver.pending == whole)
    }
}
