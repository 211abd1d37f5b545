import Bytes
import Testing

@testable import MQTTWire

/// QoS 0: published is what the transport has taken whole.
@Suite struct SessionQoS0Tests {
    @Test func `a message is published with its last byte, at every cut`() {
        for cut in 0...10 {
            let driver = Driver(qos: .atMostOnce)
            driver.connect()
            driver.publish(received: 5)
            driver.publish(received: 6)
            #expect(driver.pending.count == 12)
            driver.take(cut)
            #expect(driver.counters.published.total == (cut < 6 ? 0 : 1))
            #expect(driver.written == (cut < 6 ? [] : [5]))
            #expect(driver.inFlight == (cut < 6 ? 2 : 1) && !driver.isDrained)
            driver.take(12 - cut)
            #expect(driver.written == [5, 6] && driver.counters.published.total == 2 && driver.isDrained)
        }
    }

    @Test func `byte by byte each message counts once`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        for size in [0, 3, 125, 126, 0] { driver.publish(received: UInt64(size), payload: [UInt8](repeating: 1, count: size)) }
        var ends: [Int] = []
        while !driver.pending.isEmpty {
            let before = driver.counters.published.total
            driver.take(1)
            if driver.counters.published.total > before { ends.append(driver.taken.count) }
            #expect(driver.isBalanced)
        }
        // Two bytes of header (three from a Remaining Length of 128 on), three of topic.
        #expect(ends == [5, 13, 13 + 131, 13 + 131 + 132, 13 + 131 + 132 + 5])
        #expect(driver.written == [0, 3, 125, 126, 0])
    }

    @Test func `what the transport did not take whole is lost with the connection`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        for _ in 0..<3 { driver.publish() }
        driver.take(6 + 5)
        driver.fail(.transport(errno: 104))
        // The connection has ended, but not yet for the counters.
        #expect(driver.inFlight == 2 && driver.isBalanced)
        driver.poll()
        #expect(driver.counters.published.total == 1 && driver.counters.connectionLost.total == 2 && driver.counters.unconfirmed.total == 0)
        #expect(driver.inFlight == 0 && driver.isDrained && driver.isBalanced)
    }

    @Test func `bytes of the last connection are not sent on the next`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        driver.publish(topic: "old")
        driver.take(2)
        driver.fail(.closedByBroker)
        driver.poll()
        driver.connect()
        #expect(driver.pending == [])
        driver.publish(received: 9, topic: "new")
        driver.take(7)
        #expect(driver.written == [])
        driver.take(1)
        #expect(driver.written == [9] && driver.taken == wire([0x30, 6], field("new"), [0x78]))
    }

    @Test func `the slots for what is not written are bounded`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        var accepted = 0
        while driver.publish() == .accepted(packetID: nil) { accepted += 1 }
        #expect(accepted == PublishSession.unwrittenCapacity)
        #expect(!driver.canPublish && driver.publish() == .busy)
        driver.take(5)
        #expect(!driver.canPublish)
        driver.take(1)
        #expect(driver.canPublish && driver.publish() == .accepted(packetID: nil) && driver.publish() == .busy)
    }

    @Test func `a PUBACK at QoS 0 acknowledges nothing`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        driver.publish()
        driver.puback(1)
        #expect(driver.counters.unexpectedAcknowledgements == 1 && driver.counters.published.total == 0)
        driver.takeAll()
        driver.puback(1)
        #expect(driver.counters.unexpectedAcknowledgements == 2 && driver.counters.published.total == 1)
        #expect(driver.acknowledged == [] && driver.poll() == [])
    }

    @Test func `a transport that takes nothing for sixty seconds ends the connection`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 0)
        driver.connect()
        #expect(driver.deadline == nil)
        driver.publish()
        driver.now += 20 * second
        driver.publish()
        #expect(driver.patience == 40)
        driver.take(6)
        #expect(driver.patience == 60)
        driver.take(5)
        #expect(driver.pass(59.999) == [])
        #expect(driver.pass(0.001) == [.close(.acknowledgementTimeout)])
        #expect(driver.counters.published.total == 1 && driver.counters.connectionLost.total == 1)
    }

    @Test func `counters of several sessions add up`() {
        var sum = PublishSession.Counters()
        var one = PublishSession.Counters()
        one.published[1] = 1
        one.unconfirmed[2] = 2
        one.connectionLost[3] = 3
        one.connects = 4
        one.unexpectedAcknowledgements = 5
        sum += one
        sum += one
        #expect(sum.published.total == 2 && sum.unconfirmed.total == 4 && sum.connectionLost.total == 6)
        #expect(sum.published[1] == 2 && sum.unconfirmed[2] == 4 && sum.connectionLost[3] == 6)
        #expect(sum.connects == 8 && sum.unexpectedAcknowledgements == 10)
    }
}
