import Bytes
import Testing

@testable import MQTTWire

/// A broker that reads more slowly than is published, and one that is not there any more.
@Suite struct SessionBacklogTests {
    private static func progress(
        _ acknowledged: UInt64, unsent: Int = 0, isOutstanding: Bool = true, unanswered: Double = 0
    ) -> StreamProgress {
        StreamProgress(
            acknowledged: acknowledged, unsent: unsent, isOutstanding: isOutstanding, unanswered: UInt64(unanswered * 1e9))
    }

    /// Online at QoS 0 with two messages of six bytes, of which the transport has taken all but a byte, and sent nothing.
    private static func backlogged(keepAlive: UInt16 = 60) -> Driver {
        let driver = Driver(qos: .atMostOnce, keepAlive: keepAlive)
        driver.connect()
        driver.publish(received: 5, tag: 3)
        driver.publish(received: 6, tag: 4)
        driver.progress = progress(0, unsent: 11)
        driver.take(11)
        return driver
    }

    // MARK: What is published

    @Test func `at QoS 0 what waits unsent in the kernel is not published until it has left`() {
        let driver = Self.backlogged()
        #expect(driver.counters.published.total == 0 && driver.inFlight == 2 && driver.written == [])
        driver.pass(3)
        #expect(driver.counters.published.total == 0 && driver.isBalanced)
        driver.progress = Self.progress(6, unsent: 5)
        driver.pass(1)
        #expect(driver.counters.published[3] == 1 && driver.written == [5] && driver.inFlight == 1)
        driver.take(1)
        #expect(!driver.isDrained)
        driver.progress = Self.progress(6, unsent: 0)
        driver.pass(1)
        #expect(driver.counters.published.total == 2 && driver.written == [5, 6] && driver.isDrained && driver.isBalanced)
    }

    @Test func `what was still unsent when the connection ended is lost with it`() {
        let driver = Self.backlogged()
        driver.progress = Self.progress(6, unsent: 5)
        driver.pass(1)
        driver.take(1)
        driver.fail(.closedByBroker)
        driver.poll()
        #expect(driver.counters.published.total == 1 && driver.counters.connectionLost[4] == 1 && driver.counters.unconfirmed.total == 0)
        #expect(driver.isBalanced)
    }

    @Test func `while everything is taken nothing is asked for but, two seconds later, whether it has arrived`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 0)
        driver.connect()
        driver.progress = Self.progress(0)
        for count in UInt64(1)...1000 {
            driver.publish()
            driver.takeAll()
            driver.pass(0.001)
            #expect(driver.counters.published.total == count)
        }
        #expect(driver.checks == 1, "the one after CONNECT")
        driver.progress = Self.progress(6000, isOutstanding: false)
        driver.pass(1)
        #expect(driver.checks == 2 && driver.deadline == nil)
    }

    @Test func `bytes found unsent at such a check put off what is published next`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 0)
        driver.connect()
        driver.progress = Self.progress(0, unsent: 6)
        driver.publish()
        driver.takeAll()
        #expect(driver.counters.published.total == 1)
        driver.pass(2)
        driver.publish()
        driver.takeAll()
        #expect(driver.counters.published.total == 1 && driver.inFlight == 1)
        driver.progress = Self.progress(12)
        driver.pass(1)
        #expect(driver.counters.published.total == 2)
    }

    @Test func `checks of a backlog that does not move become rare`() {
        let driver = Self.backlogged()
        let before = driver.checks
        for _ in 0..<2000 { driver.pass(0.005) }
        #expect((10...30).contains(driver.checks - before), "\(driver.checks - before) checks in ten seconds")
    }

    @Test func `no slot is left while a check could free some, and the check is due at once`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 0)
        driver.connect()
        driver.progress = Self.progress(0, unsent: 6)
        driver.publish()
        driver.publish()
        driver.take(11)
        driver.pass(10)
        while driver.publish() == .accepted(packetID: nil) { driver.takeAll() }
        driver.progress = Self.progress(6000)
        #expect(driver.deadline == driver.now)
        driver.poll()
        #expect(driver.canPublish && driver.isBalanced)
    }

    @Test func `a transport that cannot report its progress counts as it takes, and is asked once`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 0)
        driver.reportsProgress = false
        driver.connect()
        driver.publish()
        driver.publish()
        driver.take(11)
        driver.pass(2)
        #expect(driver.counters.published.total == 1 && driver.checks == 1)
        driver.take(1)
        for _ in 0..<10 { driver.pass(1) }
        #expect(driver.counters.published.total == 2 && driver.checks == 1 && driver.isDrained)
    }

    // MARK: Patience

    @Test func `a broker that reads slowly is not called dead while its backlog moves`() {
        let driver = Self.backlogged()
        for step in UInt64(1)...150 {
            driver.progress = Self.progress(step, unsent: 11)
            #expect(driver.pass(1) == [], "\(step) s")
        }
        #expect(driver.state == .online && driver.pending.suffix(2) == [0xC0, 0])
    }

    @Test func `a backlog that does not move any more ends the connection ten seconds later`() {
        let driver = Self.backlogged()
        for step in UInt64(1)...50 {
            driver.progress = Self.progress(step, unsent: 11)
            driver.pass(1)
        }
        #expect(driver.pass(9.5) == [])
        #expect(driver.pass(0.5) == [.close(.pingTimeout)])
    }

    @Test func `with keep alive 0 a backlog that does not move ends it after sixty seconds`() {
        let driver = Self.backlogged(keepAlive: 0)
        driver.progress = Self.progress(60, unsent: 11)
        driver.pass(30)
        #expect(driver.pass(59.5) == [])
        #expect(driver.pass(0.5) == [.close(.acknowledgementTimeout)])
    }

    @Test(arguments: [0, 60] as [UInt16]) func `a broker that takes a byte a second holds the connection for five minutes and no longer`(keepAlive: UInt16) {
        let driver = Self.backlogged(keepAlive: keepAlive)
        var seconds: UInt64 = 0
        var closes: [PublishSession.Action] = []
        while closes.isEmpty, seconds < 1000 {
            seconds += 1
            driver.progress = Self.progress(seconds, unsent: 11)
            closes = driver.pass(1)
        }
        #expect(closes == [.close(.acknowledgementTimeout)] && seconds == 300)
    }

    @Test func `what a kernel takes for a broker that stands still is no answer`() {
        // Nothing waits here: all is in the broker's receive buffer, and the broker does not read.
        let driver = Driver(qos: .atMostOnce, keepAlive: 60)
        driver.connect()
        var closes: [PublishSession.Action] = []
        var seconds = 0
        while closes.isEmpty, seconds < 100 {
            seconds += 1
            driver.publish()
            driver.takeAll()
            closes = driver.pass(1)
        }
        #expect(closes == [.close(.pingTimeout)] && seconds == 40)
    }

    // MARK: A peer that is gone

    @Test func `a machine that answers nothing for twelve seconds is not there`() {
        let driver = Driver(qos: .atLeastOnce, keepAlive: 0)
        driver.connect()
        driver.progress = Self.progress(0)
        driver.publish()
        driver.takeAll()
        var closes: [PublishSession.Action] = []
        var seconds = 0
        while closes.isEmpty, seconds < 100 {
            seconds += 1
            driver.progress = Self.progress(0, unanswered: Double(seconds))
            closes = driver.pass(1)
        }
        #expect(closes == [.close(.unanswered)] && (12...13).contains(seconds))
        #expect(driver.counters.disconnects[CloseReason.Kind.network.rawValue] == 1)
    }

    @Test func `one that was silent because nothing was sent has three seconds to answer`() {
        let driver = Driver(qos: .atLeastOnce, keepAlive: 0)
        driver.connect()
        driver.pass(100)
        driver.progress = Self.progress(0, unanswered: 100)
        driver.publish()
        driver.takeAll()
        #expect(driver.pass(2) == [])
        #expect(driver.pass(0.875) == [])
        #expect(driver.pass(0.125) == [.close(.unanswered)])
    }

    @Test func `a machine that answers is there, however long nothing is read`() {
        let driver = Self.backlogged(keepAlive: 0)
        for _ in 0..<55 { #expect(driver.pass(1) == []) }
        #expect(driver.state == .online)
    }
}
