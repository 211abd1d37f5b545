import Bytes
import MQTTWire
import Testing

@testable import Gateway

/// Where advertisements go that are not published: each is counted under one reason.
@Suite struct PublisherLossTests {
    @Test func `what waits when the connection goes is dropped as offline`() {
        let desk = Desk(maxInflight: 2)
        desk.connect()
        for address in UInt64(1)...5 { desk.hear(address) }
        desk.fill()
        desk.take(10)
        desk.lose()
        #expect(desk.sessionCounters.connectionLost.total == 2 && desk.intakeCounters.droppedOffline.total == 3)
        #expect(desk.counters.droppedOffline.total == 0)
        #expect(desk.queued == 0 && desk.inFlight == 0 && desk.isBalanced)
        desk.hear(6)
        #expect(desk.intakeCounters.droppedOffline.total == 4 && desk.isBalanced)
        desk.connect()
        desk.hear(7)
        desk.fill()
        desk.takeAll()
        #expect(desk.handedOver.map(\.address) == [1, 2, 7] && desk.isBalanced)
    }

    @Test func `a record that waits for the outbox when the connection goes is dropped as offline`() {
        let desk = Desk(qos: .atMostOnce, scannerID: String(repeating: "a", count: 110_000))
        desk.connect()
        #expect(desk.publishOwn(25_000))
        desk.hear(1)
        desk.fill()
        #expect(desk.held == 1)
        desk.lose()
        #expect(desk.held == 0 && desk.counters.droppedOffline.total == 1 && desk.isBalanced)
        #expect(desk.statistics().line.contains(" dropped_offline=1 "))
        desk.gate(isOnline: false)
        #expect(desk.counters.droppedOffline.total == 1)
        desk.connect()
        desk.hear(2)
        desk.fill()
        #expect(desk.handedOver.map(\.address) == [2] && desk.isBalanced)
    }

    @Test func `what waits when the program ends is dropped as shutdown`() {
        let desk = Desk(maxInflight: 1)
        desk.connect()
        for address in UInt64(1)...4 { desk.hear(address) }
        desk.fill()
        desk.dropAll()
        #expect(desk.counters.droppedShutdown.total == 3 && desk.inFlight == 1 && desk.isBalanced)
        desk.dropAll()
        #expect(desk.counters.droppedShutdown.total == 3)
        desk.takeAll()
        desk.lose(.requested)
        #expect(desk.sessionCounters.unconfirmed.total == 1 && desk.inFlight == 0 && desk.isBalanced)
    }

    @Test func `a record that waits for the outbox when the program ends is dropped as shutdown`() {
        let desk = Desk(qos: .atMostOnce, scannerID: String(repeating: "a", count: 110_000))
        desk.connect()
        #expect(desk.publishOwn(25_000))
        desk.hear(1)
        desk.hear(2)
        desk.fill()
        desk.dropAll()
        #expect(desk.counters.droppedShutdown.total == 2 && desk.held == 0 && desk.queued == 0 && desk.isBalanced)
    }

    @Test func `a ring that overflows drops the oldest, and the newest are published`() {
        let desk = Desk(qos: .atMostOnce, ringSize: 2048)
        desk.connect()
        for address in UInt64(1)...100 { desk.hear(address) }
        let dropped = desk.intakeCounters.droppedRingFull.total
        #expect(dropped > 0 && desk.isBalanced)
        while desk.fill() { desk.takeAll() }
        desk.takeAll()
        #expect(desk.handedOver.map(\.address) == Array((dropped + 1)...100) && desk.isBalanced)
    }

    @Test func `another session goes on with the counters of the last`() {
        let desk = Desk(qos: .atLeastOnce)
        desk.connect()
        desk.hear(1)
        desk.hear(2)
        desk.fill()
        desk.takeAll()
        desk.puback(1)
        desk.lose(.requested)
        desk.replace(qos: .atMostOnce, topics: Topics(base: "other", statusBase: "st", scannerID: "s"))
        #expect(desk.sessionCounters.published.total == 1 && desk.sessionCounters.unconfirmed.total == 1 && desk.sessionCounters.connects == 1)
        desk.connect()
        desk.hear(3)
        desk.fill()
        desk.takeAll()
        #expect(desk.sessionCounters.published.total == 2 && desk.sessionCounters.connects == 2 && desk.isBalanced)
        #expect(String(decoding: desk.taken, as: UTF8.self).contains("other/s/00:00:00:00:00:03"))
        desk.lose(.requested)
        desk.replace(qos: .atLeastOnce)
        #expect(desk.sessionCounters.published.total == 2 && desk.sessionCounters.connects == 2)
    }

    /// Seeds; 3,000 events each.
    @Test(arguments: UInt64(1)...10, [QoS.atMostOnce, .atLeastOnce])
    func `whatever happens, the statistics lines add up, in total and for each adapter`(seed: UInt64, qos: QoS) {
        var random = SplitMix64(seed: seed)
        let desk = Desk(
            qos: qos, maxInflight: Int.random(in: 1...50, using: &random), ringSize: 4096,
            filter: AdvertisementFilter(stride(from: 0, to: 1_000, by: 5).map(denied)))
        var isOnline = false
        var acknowledged = 0
        for step in 0..<3_000 {
            desk.now += UInt64.random(in: 0..<20_000_000, using: &random)
            let adapter = UInt8.random(in: 0..<16, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<40: desk.hear(UInt64.random(in: 0..<1_000, using: &random), [9], adapter: adapter)
            case 40..<50:
                desk.hear(
                    extendedEvent(
                        extendedReport(
                            UInt64.random(in: 0..<20, using: &random), status: UInt16.random(in: 0..<3, using: &random),
                            data: [UInt8](repeating: 1, count: Int.random(in: 0...200, using: &random)))), adapter: adapter)
            case 50..<70: desk.fill()
            case 70..<78: desk.take(Int.random(in: 0...desk.pending, using: &random))
            case 78..<82: desk.takeAll()
            case 82..<96 where isOnline && acknowledged < desk.handedOver.count:
                // Sometimes too early.
                if desk.pending > 0, Int.random(in: 0..<20, using: &random) > 0 { desk.takeAll() }
                if let id = desk.handedOver[acknowledged].packetID { desk.puback(id) }
                acknowledged += 1
            case 96 where isOnline:
                desk.lose()
                isOnline = false
                acknowledged = desk.handedOver.count
            case 97: desk.dropAll()
            default:
                if !isOnline { desk.connect() }
                isOnline = true
            }
            guard step % 10 != 0 || desk.isBalanced else {
                Issue.record("step \(step): \(desk.statistics().line)")
                return
            }
        }
        let session = desk.sessionCounters
        #expect(
            session.published.total > 20 && desk.counters.droppedShutdown.total > 0 && desk.intakeCounters.filtered.total > 20,
            "\(desk.statistics().line)")
    }
}
