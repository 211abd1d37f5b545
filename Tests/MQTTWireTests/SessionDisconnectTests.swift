import Bytes
import Testing

@testable import MQTTWire

/// How a session ends, MQTT 3.1.1 section 3.14.
@Suite struct SessionDisconnectTests {
    @Test func `the offline message goes before DISCONNECT, and nothing after it`() throws {
        let driver = Driver()
        driver.connect()
        driver.publish()
        driver.disconnect(offlineMessage: note("offline"))
        #expect(driver.state == .disconnecting && !driver.canPublish)
        #expect(driver.publish() == .busy && !driver.publish(own: note()))
        let all = try #require(packets(driver.pending))
        #expect(all.map(\.first) == [0x32, 0x33, 0xE0])
        #expect(all[1].body == wire(field("status"), [0xEA, 0x61], Array("offline".utf8)))
    }

    @Test func `messages may still be acknowledged until the broker closes`() {
        let driver = Driver()
        driver.connect()
        for _ in 0..<3 { driver.publish() }
        driver.disconnect(offlineMessage: note("offline"))
        driver.takeAll()
        driver.puback(1)
        driver.puback(60_001)
        driver.puback(2)
        driver.fail(.closedByBroker)
        #expect(driver.poll() == [.close(.requested)])
        #expect(driver.state == .idle && driver.deadline == nil)
        #expect(driver.counters.published.total == 2 && driver.counters.unconfirmed.total == 1 && driver.isBalanced)
    }

    @Test func `a transport that fails under DISCONNECT is as wanted as one that closes`() {
        let driver = Driver()
        driver.connect()
        driver.disconnect()
        driver.fail(.transport(errno: 104))
        #expect(driver.poll() == [.close(.requested)] && driver.state == .idle)
        #expect(driver.pass(1_000_000) == [])
    }

    @Test func `a session that is not online is closed without a word`() {
        for steps in 0...2 {
            let driver = Driver()
            driver.start()
            if steps > 0 { driver.poll() }
            if steps > 1 { driver.open() }
            driver.disconnect(offlineMessage: note("offline"))
            #expect(driver.deadline == 0)
            #expect(driver.poll() == [.close(.requested)], "\(steps)")
            #expect(driver.state == .idle && driver.pending == [])
        }
    }

    @Test func `close counts what was in flight and ends for good`() {
        let driver = Driver()
        driver.connect()
        for _ in 0..<3 { driver.publish() }
        driver.take(8)
        driver.close()
        #expect(driver.publish() == .busy)
        #expect(driver.poll() == [.close(.requested)])
        #expect(driver.counters.unconfirmed.total == 1 && driver.counters.connectionLost.total == 2 && driver.isBalanced)
        #expect(driver.state == .idle && driver.pass(1000) == [])
    }

    @Test func `close wins over a failure that was noticed before`() {
        let driver = Driver()
        driver.connect()
        driver.fail(.closedByBroker)
        driver.close()
        #expect(driver.poll() == [.close(.requested)] && driver.state == .idle)
    }

    @Test func `a session that has ended can be started again`() {
        let driver = Driver()
        driver.connect()
        driver.close()
        driver.poll()
        driver.connect()
        #expect(driver.state == .online && driver.counters.connects == 2)
    }

    @Test func `where DISCONNECT finds no room the session is closed instead`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        driver.publish(payload: [UInt8](repeating: 0, count: PublishSession.outboxCapacity - 7))
        driver.disconnect(offlineMessage: note())
        #expect(driver.poll() == [.close(.requested)])
        #expect(driver.counters.connectionLost.total == 1 && driver.isBalanced)
    }

    @Test func `after DISCONNECT a silent broker is sent no PINGREQ, and no deadline stays in the past`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.disconnect()
        driver.takeAll()
        driver.pass(30)
        #expect(driver.pending == [] && driver.state == .disconnecting)
        #expect(driver.deadline == nil)
    }

    @Test func `messages in flight under DISCONNECT keep their deadline`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.publish()
        driver.disconnect()
        driver.takeAll()
        #expect(driver.patience == 60)
        #expect(driver.pass(60) == [.close(.acknowledgementTimeout)])
        #expect(driver.counters.unconfirmed.total == 1)
    }
}
