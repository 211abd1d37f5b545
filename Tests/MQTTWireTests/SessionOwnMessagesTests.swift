import Bytes
import Testing

@testable import MQTTWire

/// Birth message, periodic status and offline message: the session's own messages, which are no advertisements.
@Suite struct SessionOwnMessagesTests {
    @Test(arguments: [QoS.atMostOnce, .atLeastOnce]) func `own messages are in none of the counters`(qos: QoS) {
        let driver = Driver(qos: qos)
        driver.connect()
        #expect(driver.publish(own: note()))
        #expect(driver.publish(own: note(qos: .atMostOnce)))
        #expect(driver.inFlight == 0 && !driver.isDrained)
        driver.takeAll()
        #expect(driver.written == [] && !driver.isDrained)
        driver.puback(60_001)
        #expect(driver.isDrained && driver.acknowledged == [])
        #expect(driver.counters.published.total == 0 && driver.counters.unexpectedAcknowledgements == 0)
    }

    @Test func `at QoS 0 an own message is done once it is written`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        driver.publish(own: note("x", qos: .atMostOnce))
        driver.take(10)
        #expect(!driver.isDrained)
        driver.takeAll()
        #expect(driver.isDrained && driver.counters.published.total == 0)
    }

    @Test func `own messages and advertisements are counted apart when they are mixed`() throws {
        let driver = Driver(qos: .atLeastOnce, maxInflight: 2)
        driver.connect()
        driver.publish(received: 1)
        driver.publish(own: note())
        driver.publish(received: 2)
        // A full window holds back advertisements, not the daemon's word.
        #expect(driver.publish() == .busy && driver.publish(own: note()))
        let all = try #require(packets(driver.pending))
        #expect(all.map(\.first) == [0x32, 0x33, 0x32, 0x33])
        driver.takeAll()
        #expect(driver.written == [1, 2])
        driver.puback(60_002)
        driver.puback(1)
        driver.puback(60_001)
        driver.puback(60_001)
        #expect(driver.acknowledged == [1] && driver.counters.published.total == 1 && driver.counters.unexpectedAcknowledgements == 1)
        driver.puback(2)
        #expect(driver.isDrained && driver.isBalanced)
    }

    @Test func `the offline message has room however many messages a broker has left unacknowledged`() throws {
        let driver = Driver()
        driver.connect()
        for _ in 0..<8 { driver.publish(own: note()) }
        driver.takeAll()
        driver.disconnect(offlineMessage: note("offline"))
        let all = try #require(packets(driver.pending))
        #expect(all.map(\.first) == [0x33, 0xE0])
    }

    @Test func `without room for the offline message there is no DISCONNECT, which would take back the will`() {
        let driver = Driver()
        driver.connect()
        // Larger than what the outbox has left.
        let large = String(repeating: "x", count: 60_000)
        driver.publish(own: note(large))
        driver.publish(own: note(large))
        driver.disconnect(offlineMessage: note(large))
        #expect(driver.poll() == [.close(.requested)] && driver.state == .idle)
    }

    @Test func `at most eight own messages wait for their PUBACK`() {
        let driver = Driver()
        driver.connect()
        for _ in 0..<8 { #expect(driver.publish(own: note())) }
        #expect(!driver.publish(own: note()) && driver.publish(own: note(qos: .atMostOnce)))
        driver.takeAll()
        driver.puback(60_004)
        #expect(driver.publish(own: note()) && !driver.publish(own: note()))
    }

    @Test func `an own message without PUBACK for sixty seconds ends the connection`() {
        let driver = Driver(keepAlive: 0)
        driver.connect()
        driver.publish(own: note())
        driver.now += 5 * second
        driver.publish()
        driver.takeAll()
        #expect(driver.patience == 55)
        driver.puback(1)
        #expect(driver.patience == 55)
        driver.publish(own: note())
        driver.takeAll()
        #expect(driver.pass(54.9) == [])
        #expect(driver.pass(0.1) == [.close(.acknowledgementTimeout)])
        #expect(driver.counters.unconfirmed.total == 0 && driver.counters.published.total == 1 && driver.isBalanced)
    }

    @Test func `a status a minute for a day does not trip the deadline while it is acknowledged`() {
        let driver = Driver(keepAlive: 0)
        driver.connect()
        var id: UInt16 = 60_001
        for _ in 0..<1_440 {
            #expect(driver.publish(own: note()))
            driver.takeAll()
            #expect(driver.pass(59.9) == [])
            driver.puback(id)
            #expect(driver.deadline == nil && driver.pass(0.1) == [])
            id += 1
        }
        #expect(driver.state == .online && driver.isDrained)
    }

    @Test func `own messages of the last connection are forgotten on the next`() {
        let driver = Driver(keepAlive: 0)
        driver.connect()
        driver.publish(own: note())
        driver.takeAll()
        driver.fail(.closedByBroker)
        driver.poll()
        #expect(driver.isDrained && driver.counters.unconfirmed.total == 0)
        driver.connect()
        #expect(driver.deadline == nil)
        driver.puback(60_001)
        #expect(driver.counters.unexpectedAcknowledgements == 1)
        for _ in 0..<8 { #expect(driver.publish(own: note())) }
    }
}
