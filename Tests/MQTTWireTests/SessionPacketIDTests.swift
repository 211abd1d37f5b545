import Bytes
import Testing

@testable import MQTTWire

/// Packet identifiers over more messages than there are identifiers.
@Suite struct SessionPacketIDTests {
    @Test(arguments: [1, 3, 100, 1000])
    func `MQTT-2.3.1-2: over 130,000 messages no identifier is used twice at a time`(window: Int) {
        let driver = Driver(qos: .atLeastOnce, maxInflight: window)
        driver.connect()
        var random = SplitMix64(seed: UInt64(window))
        var open: [UInt16] = []
        var isOpen = [Bool](repeating: false, count: 65_536)
        var sent = 0
        var collisions = 0
        var ownRange = 0
        while sent < 130_500 {
            while case .accepted(let id?) = driver.publish() {
                if isOpen[Int(id)] { collisions += 1 }
                if id == 0 || id > 60_000 { ownRange += 1 }
                isOpen[Int(id)] = true
                open.append(id)
                sent += 1
            }
            driver.takeAll()
            // Half in order, half anywhere: the window waits for the oldest.
            for _ in 0...Int.random(in: 0..<open.count, using: &random) {
                let index = Bool.random(using: &random) ? 0 : Int.random(in: 0..<open.count, using: &random)
                let id = open.remove(at: index)
                driver.puback(id)
                isOpen[Int(id)] = false
            }
            guard driver.inFlight == open.count else { break }
        }
        #expect(collisions == 0 && ownRange == 0 && sent >= 130_500)
        #expect(driver.inFlight == open.count && driver.counters.unexpectedAcknowledgements == 0 && driver.isBalanced)
        for id in open { driver.puback(id) }
        #expect(driver.counters.published.total == UInt64(sent) && driver.isDrained)
    }

    @Test func `the identifiers wrap from 60000 to 1 and a PUBACK still finds its message`() {
        let driver = Driver(qos: .atLeastOnce, maxInflight: 10)
        driver.connect()
        for _ in 0..<59_995 {
            guard case .accepted(let id?) = driver.publish() else { break }
            driver.takeAll()
            driver.puback(id)
        }
        #expect(driver.counters.published.total == 59_995)
        let ids: [UInt16] = [59_996, 59_997, 59_998, 59_999, 60_000, 1, 2, 3, 4, 5]
        for id in ids { #expect(driver.publish() == .accepted(packetID: id)) }
        driver.takeAll()
        driver.puback(59_995)
        driver.puback(6)
        #expect(driver.counters.unexpectedAcknowledgements == 2)
        for id in ids.reversed() { driver.puback(id) }
        #expect(driver.counters.published.total == 60_005 && driver.counters.unexpectedAcknowledgements == 2 && driver.isDrained)
    }

    @Test func `own messages use the identifiers above 60000, and wrap there`() {
        let driver = Driver(qos: .atLeastOnce)
        driver.connect()
        var expected: UInt16 = 60_001
        for _ in 0..<5_540 {
            driver.publish(own: note("", retain: false))
            // | 1 type | 1 length | 8 topic | 2 identifier |
            let pending = driver.pending
            let id = UInt16(pending[10]) << 8 | UInt16(pending[11])
            guard id == expected else {
                Issue.record("\(id) instead of \(expected)")
                return
            }
            driver.takeAll()
            driver.puback(id)
            expected = expected == 65_535 ? 60_001 : expected + 1
        }
        #expect(driver.isDrained && driver.counters.unexpectedAcknowledgements == 0 && driver.acknowledged == [])
    }
}
