import Bytes
import Testing

@testable import MQTTWire

/// QoS 1: published is what the broker has acknowledged.
@Suite struct SessionQoS1Tests {
    /// Online, with this many messages written whole.
    static func driver(window: Int = 100, written: Int) -> Driver {
        let driver = Driver(qos: .atLeastOnce, maxInflight: window)
        driver.connect()
        for index in 0..<written { driver.publish(received: UInt64(index)) }
        driver.takeAll()
        return driver
    }

    @Test func `a message is published when its PUBACK comes, not when it is written`() {
        let driver = Self.driver(written: 1)
        #expect(driver.written == [0] && driver.counters.published.total == 0 && driver.inFlight == 1 && !driver.isDrained)
        driver.puback(1)
        #expect(driver.counters.published.total == 1 && driver.inFlight == 0 && driver.acknowledged == [1] && driver.isDrained)
    }

    @Test(arguments: [1, 2, 7, 100, 1000]) func `a full window is busy until the oldest is acknowledged`(window: Int) {
        let driver = Self.driver(window: window, written: window)
        #expect(!driver.canPublish && driver.publish() == .busy && driver.inFlight == window)
        driver.puback(1)
        #expect(driver.canPublish && driver.publish() == .accepted(packetID: UInt16(window + 1)))
        #expect(driver.publish() == .busy)
    }

    @Test func `PUBACKs in order slide the window`() {
        let driver = Self.driver(window: 3, written: 3)
        for id in UInt16(1)...50 {
            driver.puback(id)
            #expect(driver.publish() == .accepted(packetID: id + 3))
            driver.takeAll()
        }
        #expect(driver.counters.published.total == 50 && driver.inFlight == 3 && driver.isBalanced)
    }

    @Test func `PUBACKs out of order count, and the oldest message holds the window`() {
        let driver = Self.driver(window: 4, written: 4)
        driver.puback(3)
        driver.puback(4)
        driver.puback(2)
        #expect(driver.counters.published.total == 3 && driver.inFlight == 1 && driver.acknowledged == [3, 4, 2])
        #expect(!driver.canPublish && driver.publish() == .busy)
        driver.puback(1)
        #expect(driver.inFlight == 0 && driver.isDrained)
        for id in UInt16(5)...8 { #expect(driver.publish() == .accepted(packetID: id)) }
        #expect(driver.publish() == .busy && driver.isBalanced)
    }

    @Test func `a second PUBACK for a message is counted and changes nothing`() {
        let driver = Self.driver(written: 3)
        driver.puback(2)
        driver.puback(2)
        #expect(driver.counters.unexpectedAcknowledgements == 1 && driver.counters.published.total == 1 && driver.inFlight == 2)
        driver.puback(1)
        driver.puback(1)
        #expect(driver.counters.unexpectedAcknowledgements == 2 && driver.counters.published.total == 2 && driver.inFlight == 1)
        #expect(driver.poll() == [] && driver.state == .online && driver.isBalanced)
    }

    @Test(arguments: [4, 5, 100, 59_999, 60_000, 60_001, 60_002, 65_535] as [UInt16])
    func `a PUBACK for a message that was never sent is counted and changes nothing`(id: UInt16) {
        let driver = Self.driver(written: 3)
        driver.puback(id)
        #expect(driver.counters.unexpectedAcknowledgements == 1 && driver.counters.published.total == 0 && driver.inFlight == 3)
        #expect(driver.acknowledged == [] && driver.poll() == [])
    }

    @Test func `a PUBACK before anything was sent is counted`() {
        let driver = Self.driver(written: 0)
        driver.puback(1)
        driver.puback(60_000)
        #expect(driver.counters.unexpectedAcknowledgements == 2 && driver.counters.published.total == 0 && driver.isBalanced)
    }

    @Test func `a PUBACK that overtakes its message is not believed`() {
        let driver = Self.driver(written: 0)
        driver.publish()
        driver.publish()
        // A message of 8 bytes: | 2 header | 3 topic | 2 identifier | 1 payload |.
        driver.take(7)
        driver.puback(1)
        #expect(driver.counters.unexpectedAcknowledgements == 1 && driver.counters.published.total == 0)
        driver.take(1)
        driver.puback(1)
        #expect(driver.counters.published.total == 1)
        driver.puback(2)
        #expect(driver.counters.unexpectedAcknowledgements == 2 && driver.inFlight == 1)
        driver.takeAll()
        driver.puback(2)
        #expect(driver.counters.published.total == 2 && driver.isDrained)
    }

    @Test func `several PUBACKs in one read, cut anywhere, count once each`() {
        let stream: [UInt8] = [0x40, 2, 0, 1, 0x40, 2, 0, 2, 0xD0, 0, 0x40, 2, 0, 3]
        for cut in 0...stream.count {
            let driver = Self.driver(written: 3)
            driver.hear(Array(stream[..<cut]))
            driver.hear(Array(stream[cut...]))
            #expect(driver.acknowledged == [1, 2, 3] && driver.counters.published.total == 3)
        }
    }

    @Test func `at the end of a connection, written and unwritten are distinguished at every byte`() {
        for cut in 0...24 {
            let driver = Driver(qos: .atLeastOnce)
            driver.connect()
            for _ in 0..<3 { driver.publish() }
            driver.take(cut)
            driver.fail(.closedByBroker)
            driver.poll()
            #expect(driver.counters.unconfirmed.total == UInt64(cut / 8))
            #expect(driver.counters.connectionLost.total == UInt64(3 - cut / 8))
            #expect(driver.counters.published.total == 0 && driver.inFlight == 0 && driver.isBalanced)
        }
    }

    @Test func `at the end of a connection, messages acknowledged out of order are not unconfirmed`() {
        let driver = Self.driver(written: 5)
        for id in [UInt16(2), 4, 5] { driver.puback(id) }
        for _ in 0..<2 { driver.publish() }
        driver.take(9)
        driver.fail(.closedByBroker)
        driver.poll()
        // 1, 3 and 6 were written, 7 was begun.
        #expect(driver.counters.published.total == 3 && driver.counters.unconfirmed.total == 3 && driver.counters.connectionLost.total == 1)
        #expect(driver.isBalanced)
    }

    @Test func `a PUBACK that comes on the next connection belongs to nobody`() {
        let driver = Self.driver(written: 2)
        driver.fail(.closedByBroker)
        driver.poll()
        driver.connect()
        driver.puback(1)
        driver.puback(2)
        #expect(driver.counters.unexpectedAcknowledgements == 2 && driver.counters.published.total == 0 && driver.counters.unconfirmed.total == 2)
        // Identifiers go on, so that a late PUBACK does not meet a new message.
        #expect(driver.publish() == .accepted(packetID: 3))
        driver.takeAll()
        driver.puback(3)
        #expect(driver.counters.published.total == 1 && driver.isBalanced)
    }

    @Test func `a message without PUBACK for sixty seconds ends the connection`() {
        let driver = Driver(qos: .atLeastOnce, keepAlive: 0)
        driver.connect()
        driver.publish()
        driver.takeAll()
        driver.now += 10 * second
        driver.publish()
        driver.takeAll()
        #expect(driver.patience == 50)
        driver.puback(2)
        #expect(driver.patience == 50)
        #expect(driver.pass(49.999_999_999) == [])
        #expect(driver.pass(0.000_000_001) == [.close(.acknowledgementTimeout)])
        #expect(driver.counters.unconfirmed.total == 1 && driver.counters.published.total == 1 && driver.isBalanced)
    }

    @Test func `the patience for the next message begins when that was handed over`() {
        let driver = Driver(qos: .atLeastOnce, keepAlive: 0)
        driver.connect()
        driver.publish()
        driver.now += 10 * second
        driver.publish()
        driver.takeAll()
        driver.puback(1)
        #expect(driver.patience == 60)
        driver.puback(2)
        #expect(driver.deadline == nil)
    }
}
