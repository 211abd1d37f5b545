import Bytes
import Testing

@testable import MQTTWire

/// PINGREQ and what becomes of a broker that does not answer, MQTT 3.1.1 sections 3.1.2.10 and 3.12.
@Suite struct SessionKeepAliveTests {
    static let ping: [UInt8] = [0xC0, 0]

    @Test func `half the keep alive time of silence brings a PINGREQ`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        #expect(driver.patience == 30)
        driver.pass(29.999_999_999)
        #expect(driver.pending == [])
        driver.pass(0.000_000_001)
        #expect(driver.pending == Self.ping && driver.state == .online)
    }

    @Test func `whatever the broker sends puts the PINGREQ off`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.publish()
        driver.takeAll()
        driver.pass(20)
        driver.puback(1)
        #expect(driver.patience == 30)
        driver.pass(29)
        #expect(driver.pending == [])
        driver.pass(1)
        #expect(driver.pending == Self.ping)
    }

    @Test func `what is sent at QoS 0 does not put it off, for nothing answers it`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 60)
        driver.connect()
        for _ in 0..<30 {
            driver.publish()
            driver.takeAll()
            driver.pass(1)
        }
        #expect(driver.pending == Self.ping)
    }

    @Test func `a broker that answers is asked again half a keep alive later`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        for _ in 0..<5 {
            driver.pass(30)
            #expect(driver.pending == Self.ping)
            driver.takeAll()
            #expect(driver.patience == 10)
            driver.pass(4)
            driver.hear([0xD0, 0])
            #expect(driver.patience == 30 && driver.state == .online)
        }
    }

    @Test func `one PINGREQ at a time`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.pass(30)
        driver.pass(5)
        driver.pass(4.9)
        #expect(driver.pending == Self.ping)
    }

    @Test func `a broker that does not answer within ten seconds is left`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.publish()
        driver.takeAll()
        driver.pass(30)
        // Other packets are no PINGRESP.
        driver.pass(5)
        driver.puback(1)
        #expect(driver.pass(4.999_999_999) == [])
        #expect(driver.pass(0.000_000_001) == [.close(.pingTimeout)])
    }

    @Test(arguments: [(5, 2.5), (10, 5), (19, 9.5), (20, 10), (21, 10), (65_535, 10)] as [(UInt16, Double)])
    func `the answer's deadline is half the keep alive time, ten seconds at most`(keepAlive: UInt16, seconds: Double) {
        let driver = Driver(keepAlive: keepAlive)
        driver.connect()
        #expect(driver.patience == Double(keepAlive) / 2)
        driver.pass(Double(keepAlive) / 2)
        #expect(driver.patience == seconds)
        driver.now += UInt64(seconds * 1e9)
        #expect(driver.poll() == [.close(.pingTimeout)])
    }

    @Test func `a program that was stopped for longer than the broker waits does not ask any more`() {
        for (seconds, expected) in [(89.999, []), (90, [.close(.pingTimeout)])] as [(Double, [PublishSession.Action])] {
            let driver = Driver(keepAlive: 60)
            driver.connect()
            driver.pass(20)
            driver.hear([0xD0, 0])
            #expect(driver.pass(seconds) == expected)
            #expect(driver.pending == (expected.isEmpty ? Self.ping : []))
        }
    }

    @Test func `what the broker sent while the program was stopped is read before the clock`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.publish()
        driver.takeAll()
        driver.now += 600 * second
        driver.puback(1)
        #expect(driver.poll() == [] && driver.isDrained && driver.patience == 30)
    }

    @Test func `after ten minutes of standing still every state goes on at once`() {
        let waiting = Driver()
        waiting.connect()
        waiting.fail(.closedByBroker)
        waiting.poll()
        #expect(waiting.pass(600) == [.open])
        #expect(waiting.pass(600) == [.close(.connectTimeout)])
        waiting.pass(600)
        waiting.open()
        #expect(waiting.pass(600) == [.close(.connackTimeout)])

        let asked = Driver(keepAlive: 60)
        asked.connect()
        asked.pass(30)
        #expect(asked.pass(600) == [.close(.pingTimeout)] && asked.wait == 1)

        let published = Driver(keepAlive: 60)
        published.connect()
        published.publish()
        published.takeAll()
        #expect(published.pass(600) == [.close(.acknowledgementTimeout)] && published.wait == 1)

        let leaving = Driver(keepAlive: 60)
        leaving.connect()
        leaving.disconnect()
        leaving.takeAll()
        #expect(leaving.pass(600) == [] && leaving.state == .disconnecting)
    }

    @Test func `keep alive 0 asks nothing`() {
        let driver = Driver(keepAlive: 0)
        driver.connect()
        #expect(driver.deadline == nil && driver.pass(1_000_000) == [] && driver.pending == [] && driver.state == .online)
    }

    @Test func `the deadline runs even where the PINGREQ found no room`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 60)
        driver.connect()
        driver.publish(payload: [UInt8](repeating: 0, count: PublishSession.outboxCapacity - 7))
        driver.pass(30)
        #expect(driver.pending.count == PublishSession.outboxCapacity)
        #expect(driver.pass(10) == [.close(.pingTimeout)])
        #expect(driver.counters.connectionLost.total == 1)
    }

    @Test func `a PINGRESP that nobody asked for does no harm`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.hear([0xD0, 0, 0xD0, 0])
        #expect(driver.poll() == [] && driver.patience == 30)
    }

    @Test func `a PINGREQ of the last connection is not waited for on the next`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.pass(30)
        driver.fail(.closedByBroker)
        driver.poll()
        driver.connect()
        #expect(driver.patience == 30)
        driver.pass(29)
        #expect(driver.pending == [] && driver.state == .online)
    }
}
