import Bytes
import MQTTWire
import Testing

@testable import Gateway

@Suite struct PublisherTests {
    @Test func `a record leaves as PUBLISH on its topic, with its payload`() {
        let pipeline = TestPipeline(qos: .atMostOnce)
        pipeline.connect()
        pipeline.hear(0xAABB_CCDD_EEFF, ad(0x09, "x"))
        pipeline.fill()
        pipeline.takeAll()
        let topic = "b/s/AA:BB:CC:DD:EE:FF"
        let payload =
            #"{"scanner_id":"s","mac_address":"AA:BB:CC:DD:EE:FF","rssi":-50,"timestamp":"1970-01-01T00:00:00.000Z","manufacturer_data":{},"#
            + #""service_uuids":[],"local_name":"x"}"#
        let length = 2 + topic.utf8.count + payload.utf8.count
        let header = [0x30, UInt8(length % 128 | 128), UInt8(length / 128), 0, UInt8(topic.utf8.count)]
        #expect(pipeline.taken.suffix(length + 3) == header + Array((topic + payload).utf8))
        #expect(pipeline.handedOver.map(\.address) == [0xAABB_CCDD_EEFF] && pipeline.handedOver[0].packetID == nil && pipeline.isBalanced)
    }

    @Test func `filling stops when the ring is empty`() {
        let pipeline = TestPipeline()
        pipeline.connect()
        for address in UInt64(1)...5 { pipeline.hear(address) }
        #expect(!pipeline.fill())
        #expect(pipeline.handedOver.map(\.address) == [1, 2, 3, 4, 5] && pipeline.handedOver.map(\.packetID) == [1, 2, 3, 4, 5])
        #expect(pipeline.queued == 0 && pipeline.inFlight == 5 && !pipeline.isDrained)
        pipeline.takeAll()
        for id in UInt16(1)...5 { pipeline.puback(id) }
        #expect(pipeline.isDrained && pipeline.isBalanced && pipeline.sessionCounters.published.total == 5)
    }

    @Test func `filling stops when the window closes, and what waits stays in the ring`() {
        let pipeline = TestPipeline(maxInflight: 3)
        pipeline.connect()
        for address in UInt64(1)...5 { pipeline.hear(address) }
        #expect(!pipeline.fill())
        #expect(pipeline.handedOver.count == 3 && pipeline.queued == 2 && pipeline.held == 0 && pipeline.isBalanced)
        pipeline.takeAll()
        #expect(!pipeline.fill() && pipeline.handedOver.count == 3)
        pipeline.puback(1)
        pipeline.fill()
        #expect(pipeline.handedOver.map(\.address) == [1, 2, 3, 4] && pipeline.queued == 1 && pipeline.isBalanced)
    }

    @Test func `filling stops at a batch and asks to be called again`() {
        let pipeline = TestPipeline(qos: .atMostOnce)
        pipeline.connect()
        for address in UInt64(1)...400 { pipeline.hear(address) }
        #expect(pipeline.fill())
        #expect(pipeline.pending >= Publisher.batch && pipeline.pending < Publisher.batch + 400)
        let first = pipeline.handedOver.count
        #expect(first < 400 && pipeline.queued == 400 - first)
        #expect(pipeline.fill() && pipeline.handedOver.count == first)
        var rounds = 0
        repeat {
            pipeline.takeAll()
            rounds += 1
        } while pipeline.fill()
        #expect(rounds > 1 && pipeline.handedOver.map(\.address) == Array(1...400) && pipeline.queued == 0)
    }

    @Test func `nothing is filled while offline`() {
        let pipeline = TestPipeline()
        pipeline.hear(1)
        #expect(!pipeline.fill() && pipeline.intakeCounters.droppedOffline.total == 1 && pipeline.pending == 0 && pipeline.isBalanced)
    }

    /// Messages of 110,000 bytes: one fits into the outbox, but not beside 25,000 others.
    private static func wide(qos: QoS = .atMostOnce) -> TestPipeline { TestPipeline(qos: qos, scannerID: String(repeating: "a", count: 110_000)) }

    @Test func `a record that finds the outbox full waits, and goes first`() {
        let pipeline = Self.wide()
        pipeline.connect()
        #expect(pipeline.publishOwn(25_000))
        for address in UInt64(1)...3 { pipeline.hear(address) }
        #expect(pipeline.fill() && pipeline.handedOver.isEmpty)
        #expect(pipeline.held == 1 && pipeline.queued == 3 && !pipeline.isDrained && pipeline.isBalanced)
        pipeline.take(1)
        #expect(pipeline.fill() && pipeline.held == 1 && pipeline.queued == 3 && pipeline.isBalanced)
        pipeline.takeAll()
        #expect(pipeline.fill() && pipeline.handedOver.map(\.address) == [1] && pipeline.held == 0)
        pipeline.takeAll()
        pipeline.fill()
        pipeline.takeAll()
        pipeline.fill()
        pipeline.takeAll()
        #expect(pipeline.handedOver.map(\.address) == [1, 2, 3] && pipeline.isDrained && pipeline.sessionCounters.published.total == 3 && pipeline.isBalanced)
    }

    @Test func `a malformed advertisement is counted once, even when the outbox was full at first`() {
        let pipeline = Self.wide()
        pipeline.connect()
        #expect(pipeline.publishOwn(25_000))
        pipeline.hear(1, [9])
        for _ in 0..<3 {
            pipeline.fill()
            #expect(pipeline.held == 1 && pipeline.counters.malformed == 0)
        }
        pipeline.takeAll()
        pipeline.fill()
        #expect(pipeline.held == 0 && pipeline.counters.malformed == 1)
        pipeline.takeAll()
        pipeline.hear(2, [])
        pipeline.fill()
        #expect(pipeline.counters.malformed == 1 && pipeline.handedOver.count == 2)
    }

    @Test func `a message that no outbox can take is dropped, counted, and holds up nobody`() {
        let pipeline = TestPipeline(qos: .atLeastOnce, scannerID: String(repeating: "a", count: 131_000))
        pipeline.connect()
        pipeline.hear(1, [9])
        pipeline.hear(2)
        #expect(!pipeline.fill())
        #expect(pipeline.counters.droppedOversize.total == 2 && pipeline.counters.malformed == 0 && pipeline.handedOver.isEmpty)
        #expect(pipeline.queued == 0 && pipeline.inFlight == 0 && pipeline.isDrained && pipeline.isBalanced)
    }

    @Test func `a message beside others is not oversize before the outbox is empty`() {
        let pipeline = TestPipeline(qos: .atMostOnce, scannerID: String(repeating: "a", count: 131_000))
        pipeline.connect()
        #expect(pipeline.publishOwn(10))
        pipeline.hear(1)
        #expect(pipeline.fill() && pipeline.held == 1 && pipeline.counters.droppedOversize.total == 0)
        pipeline.takeAll()
        #expect(!pipeline.fill() && pipeline.held == 0 && pipeline.counters.droppedOversize.total == 1 && pipeline.isBalanced)
    }

    @Test func `latency runs from the receive stamp to the write of the last byte`() {
        let pipeline = TestPipeline(qos: .atMostOnce)
        pipeline.connect()
        pipeline.hear(1)
        pipeline.fill()
        pipeline.now += 4_000_000
        pipeline.take(pipeline.pending - 1)
        #expect(pipeline.latencies == 0)
        pipeline.now += 1_000_000
        pipeline.take(1)
        let median = pipeline.medianMilliseconds ?? 0
        #expect(pipeline.latencies == 1 && median > 5 && median < 5.4)
        pipeline.beginInterval()
        #expect(pipeline.latencies == 0)
        // A stamp that lies in the future is no latency.
        pipeline.hear(2)
        pipeline.fill()
        pipeline.now -= 1_000_000
        pipeline.takeAll()
        #expect(pipeline.medianMilliseconds == 0.001)
    }

    @Test func `at QoS 0 the latency includes what a message waits unsent, and it is in flight until then`() {
        let pipeline = TestPipeline(qos: .atMostOnce)
        pipeline.connect()
        pipeline.hear(1)
        pipeline.hear(2)
        pipeline.fill()
        pipeline.unsent = pipeline.pending - 1
        pipeline.take(pipeline.pending - 1)
        #expect(pipeline.latencies == 0 && pipeline.inFlight == 2 && pipeline.sessionCounters.published.total == 0 && pipeline.isBalanced)
        pipeline.now += 20 * second
        pipeline.unsent = 0
        pipeline.takeAll()
        #expect(pipeline.latencies == 2 && pipeline.inFlight == 0 && pipeline.sessionCounters.published.total == 2 && pipeline.isBalanced)
        #expect((20_000...21_500).contains(pipeline.medianMilliseconds ?? 0))
    }
}
