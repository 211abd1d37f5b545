import Bytes
import MQTTWire
import Testing

@testable import Gateway

/// Where advertisements go that are not published: each is counted under one reason.
@Suite struct PublisherLossTests {
    @Test func `what waits when the connection goes is dropped as offline`() {
        let pipeline = TestPipeline(maxInflight: 2)
        pipeline.connect()
        for address in UInt64(1)...5 { pipeline.hear(address) }
        pipeline.fill()
        pipeline.take(10)
        pipeline.lose()
        #expect(pipeline.sessionCounters.connectionLost.total == 2 && pipeline.intakeCounters.droppedOffline.total == 3)
        #expect(pipeline.counters.droppedOffline.total == 0)
        #expect(pipeline.queued == 0 && pipeline.inFlight == 0 && pipeline.isBalanced)
        pipeline.hear(6)
        #expect(pipeline.intakeCounters.droppedOffline.total == 4 && pipeline.isBalanced)
        pipeline.connect()
        pipeline.hear(7)
        pipeline.fill()
        pipeline.takeAll()
        #expect(pipeline.handedOver.map(\.address) == [1, 2, 7] && pipeline.isBalanced)
    }

    @Test func `a record that waits for the outbox when the connection goes is dropped as offline`() {
        let pipeline = TestPipeline(qos: .atMostOnce, scannerID: String(repeating: "a", count: 110_000))
        pipeline.connect()
        #expect(pipeline.publishOwn(25_000))
        pipeline.hear(1)
        pipeline.fill()
        #expect(pipeline.held == 1)
        pipeline.lose()
        #expect(pipeline.held == 0 && pipeline.counters.droppedOffline.total == 1 && pipeline.isBalanced)
        #expect(pipeline.statistics().line.contains(" dropped_offline=1 "))
        pipeline.gate(isOnline: false)
        #expect(pipeline.counters.droppedOffline.total == 1)
        pipeline.connect()
        pipeline.hear(2)
        pipeline.fill()
        #expect(pipeline.handedOver.map(\.address) == [2] && pipeline.isBalanced)
    }

    @Test func `what waits when the program ends is dropped as shutdown`() {
        let pipeline = TestPipeline(maxInflight: 1)
        pipeline.connect()
        for address in UInt64(1)...4 { pipeline.hear(address) }
        pipeline.fill()
        pipeline.dropAll()
        #expect(pipeline.counters.droppedShutdown.total == 3 && pipeline.inFlight == 1 && pipeline.isBalanced)
        pipeline.dropAll()
        #expect(pipeline.counters.droppedShutdown.total == 3)
        pipeline.takeAll()
        pipeline.lose(.requested)
        #expect(pipeline.sessionCounters.unconfirmed.total == 1 && pipeline.inFlight == 0 && pipeline.isBalanced)
    }

    @Test func `a record that waits for the outbox when the program ends is dropped as shutdown`() {
        let pipeline = TestPipeline(qos: .atMostOnce, scannerID: String(repeating: "a", count: 110_000))
        pipeline.connect()
        #expect(pipeline.publishOwn(25_000))
        pipeline.hear(1)
        pipeline.hear(2)
        pipeline.fill()
        pipeline.dropAll()
        #expect(pipeline.counters.droppedShutdown.total == 2 && pipeline.held == 0 && pipeline.queued == 0 && pipeline.isBalanced)
    }

    @Test func `a ring that overflows drops the oldest, and the newest are published`() {
        let pipeline = TestPipeline(qos: .atMostOnce, ringSize: 2048)
        pipeline.connect()
        for address in UInt64(1)...100 { pipeline.hear(address) }
        let dropped = pipeline.intakeCounters.droppedRingFull.total
        #expect(dropped > 0 && pipeline.isBalanced)
        while pipeline.fill() { pipeline.takeAll() }
        pipeline.takeAll()
        #expect(pipeline.handedOver.map(\.address) == Array((dropped + 1)...100) && pipeline.isBalanced)
    }

    @Test func `another session goes on with the counters of the last`() {
        let pipeline = TestPipeline(qos: .atLeastOnce)
        pipeline.connect()
        pipeline.hear(1)
        pipeline.hear(2)
        pipeline.fill()
        pipeline.takeAll()
        pipeline.puback(1)
        pipeline.lose(.requested)
        pipeline.replace(qos: .atMostOnce, topics: Topics(base: "other", statusBase: "st", scannerID: "s"))
        #expect(pipeline.sessionCounters.published.total == 1 && pipeline.sessionCounters.unconfirmed.total == 1 && pipeline.sessionCounters.connects == 1)
        pipeline.connect()
        pipeline.hear(3)
        pipeline.fill()
        pipeline.takeAll()
        #expect(pipeline.sessionCounters.published.total == 2 && pipeline.sessionCounters.connects == 2 && pipeline.isBalanced)
        #expect(String(decoding: pipeline.taken, as: UTF8.self).contains("other/s/00:00:00:00:00:03"))
        pipeline.lose(.requested)
        pipeline.replace(qos: .atLeastOnce)
        #expect(pipeline.sessionCounters.published.total == 2 && pipeline.sessionCounters.connects == 2)
    }

    /// Seeds; 3,000 events each.
    @Test(arguments: UInt64(1)...10, [QoS.atMostOnce, .atLeastOnce])
    func `whatever happens, the statistics lines add up, in total and for each adapter`(seed: UInt64, qos: QoS) {
        var random = SplitMix64(seed: seed)
        let pipeline = TestPipeline(
            qos: qos, maxInflight: Int.random(in: 1...50, using: &random), ringSize: 4096,
            filter: AdvertisementFilter(stride(from: 0, to: 1_000, by: 5).map(denied)))
        var isOnline = false
        var acknowledged = 0
        for step in 0..<3_000 {
            pipeline.now += UInt64.random(in: 0..<20_000_000, using: &random)
            let adapter = UInt8.random(in: 0..<16, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<40: pipeline.hear(UInt64.random(in: 0..<1_000, using: &random), [9], adapter: adapter)
            case 40..<50:
                pipeline.hear(
                    extendedEvent(
                        extendedReport(
                            UInt64.random(in: 0..<20, using: &random), status: UInt16.random(in: 0..<3, using: &random),
                            data: [UInt8](repeating: 1, count: Int.random(in: 0...200, using: &random)))), adapter: adapter)
            case 50..<70: pipeline.fill()
            case 70..<78: pipeline.take(Int.random(in: 0...pipeline.pending, using: &random))
            case 78..<82: pipeline.takeAll()
            case 82..<96 where isOnline && acknowledged < pipeline.handedOver.count:
                // Sometimes too early.
                if pipeline.pending > 0, Int.random(in: 0..<20, using: &random) > 0 { pipeline.takeAll() }
                if let id = pipeline.handedOver[acknowledged].packetID { pipeline.puback(id) }
                acknowledged += 1
            case 96 where isOnline:
                pipeline.lose()
                isOnline = false
                acknowledged = pipeline.handedOver.count
            case 97: pipeline.dropAll()
            default:
                if !isOnline { pipeline.connect() }
                isOnline = true
            }
            guard step % 10 != 0 || pipeline.isBalanced else {
                Issue.record("step \(step): \(pipeline.statistics().line)")
                return
            }
        }
        let session = pipeline.sessionCounters
        #expect(
            session.published.total > 20 && pipeline.counters.droppedShutdown.total > 0 && pipeline.intakeCounters.filtered.total > 20,
            "\(pipeline.statistics().line)")
    }
}
