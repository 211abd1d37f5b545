import Bytes
import MQTTWire
import Testing

@testable import Gateway

@Suite struct PublisherTests {
    @Test func `a record leaves as PUBLISH on its topic, with its payload`() {
        let desk = Desk(qos: .atMostOnce)
        desk.connect()
        desk.hear(0xAABB_CCDD_EEFF, ad(0x09, "x"))
        desk.fill()
        desk.takeAll()
        let topic = "b/s/AA:BB:CC:DD:EE:FF"
        let payload =
            #"{"scanner_id":"s","mac_address":"AA:BB:CC:DD:EE:FF","rssi":-50,"timestamp":"1970-01-01T00:00:00.000Z","manufacturer_data":{},"#
            + #""service_uuids":[],"local_name":"x"}"#
        let length = 2 + topic.utf8.count + payload.utf8.count
        #expect(
            desk.taken.suffix(length + 3)
                == [0x30, UInt8(length % 128 | 128), UInt8(length / 128), 0, UInt8(topic.utf8.count)] + Array(topic.utf8)
                + Array(payload.utf8))
        #expect(desk.handedOver.map(\.address) == [0xAABB_CCDD_EEFF] && desk.handedOver[0].packetID == nil && desk.isBalanced)
    }

    @Test func `filling stops when the ring is empty`() {
        let desk = Desk()
        desk.connect()
        for address in UInt64(1)...5 { desk.hear(address) }
        #expect(!desk.fill())
        #expect(desk.handedOver.map(\.address) == [1, 2, 3, 4, 5] && desk.handedOver.map(\.packetID) == [1, 2, 3, 4, 5])
        #expect(desk.queued == 0 && desk.inFlight == 5 && !desk.isDrained)
        desk.takeAll()
        for id in UInt16(1)...5 { desk.puback(id) }
        #expect(desk.isDrained && desk.isBalanced && desk.sessionCounters.published.total == 5)
    }

    @Test func `filling stops when the window closes, and what waits stays in the ring`() {
        let desk = Desk(maxInflight: 3)
        desk.connect()
        for address in UInt64(1)...5 { desk.hear(address) }
        #expect(!desk.fill())
        #expect(desk.handedOver.count == 3 && desk.queued == 2 && desk.held == 0 && desk.isBalanced)
        desk.takeAll()
        #expect(!desk.fill() && desk.handedOver.count == 3)
        desk.puback(1)
        desk.fill()
        #expect(desk.handedOver.map(\.address) == [1, 2, 3, 4] && desk.queued == 1 && desk.isBalanced)
    }

    @Test func `filling stops at a batch and asks to be called again`() {
        let desk = Desk(qos: .atMostOnce)
        desk.connect()
        for address in UInt64(1)...400 { desk.hear(address) }
        #expect(desk.fill())
        #expect(desk.pending >= Publisher.batch && desk.pending < Publisher.batch + 400)
        let first = desk.handedOver.count
        #expect(first < 400 && desk.queued == 400 - first)
        #expect(desk.fill() && desk.handedOver.count == first)
        var rounds = 0
        repeat {
            desk.takeAll()
            rounds += 1
        } while desk.fill()
        #expect(rounds > 1 && desk.handedOver.map(\.address) == Array(1...400) && desk.queued == 0)
    }

    @Test func `nothing is filled while offline`() {
        let desk = Desk()
        desk.hear(1)
        #expect(!desk.fill() && desk.intakeCounters.droppedOffline.total == 1 && desk.pending == 0 && desk.isBalanced)
    }

    /// Messages of 110,000 bytes: one fits into the outbox, but not beside 25,000 others.
    private static func wide(qos: QoS = .atMostOnce) -> Desk { Desk(qos: qos, scannerID: String(repeating: "a", count: 110_000)) }

    @Test func `a record that finds the outbox full waits, and goes first`() {
        let desk = Self.wide()
        desk.connect()
        #expect(desk.publishOwn(25_000))
        for address in UInt64(1)...3 { desk.hear(address) }
        #expect(desk.fill() && desk.handedOver.isEmpty)
        #expect(desk.held == 1 && desk.queued == 3 && !desk.isDrained && desk.isBalanced)
        desk.take(1)
        #expect(desk.fill() && desk.held == 1 && desk.queued == 3 && desk.isBalanced)
        desk.takeAll()
        #expect(desk.fill() && desk.handedOver.map(\.address) == [1] && desk.held == 0)
        desk.takeAll()
        desk.fill()
        desk.takeAll()
        desk.fill()
        desk.takeAll()
        #expect(desk.handedOver.map(\.address) == [1, 2, 3] && desk.isDrained && desk.sessionCounters.published.total == 3 && desk.isBalanced)
    }

    @Test func `a malformed advertisement is counted once, even when the outbox was full at first`() {
        let desk = Self.wide()
        desk.connect()
        #expect(desk.publishOwn(25_000))
        desk.hear(1, [9])
        for _ in 0..<3 {
            desk.fill()
            #expect(desk.held == 1 && desk.counters.malformed == 0)
        }
        desk.takeAll()
        desk.fill()
        #expect(desk.held == 0 && desk.counters.malformed == 1)
        desk.takeAll()
        desk.hear(2, [])
        desk.fill()
        #expect(desk.counters.malformed == 1 && desk.handedOver.count == 2)
    }

    @Test func `a message that no outbox can take is dropped, counted, and holds up nobody`() {
        let desk = Desk(qos: .atLeastOnce, scannerID: String(repeating: "a", count: 131_000))
        desk.connect()
        desk.hear(1, [9])
        desk.hear(2)
        #expect(!desk.fill())
        #expect(desk.counters.droppedOversize.total == 2 && desk.counters.malformed == 0 && desk.handedOver.isEmpty)
        #expect(desk.queued == 0 && desk.inFlight == 0 && desk.isDrained && desk.isBalanced)
    }

    @Test func `a message beside others is not oversize before the outbox is empty`() {
        let desk = Desk(qos: .atMostOnce, scannerID: String(repeating: "a", count: 131_000))
        desk.connect()
        #expect(desk.publishOwn(10))
        desk.hear(1)
        #expect(desk.fill() && desk.held == 1 && desk.counters.droppedOversize.total == 0)
        desk.takeAll()
        #expect(!desk.fill() && desk.held == 0 && desk.counters.droppedOversize.total == 1 && desk.isBalanced)
    }

    @Test func `latency runs from the receive stamp to the write of the last byte`() {
        let desk = Desk(qos: .atMostOnce)
        desk.connect()
        desk.hear(1)
        desk.fill()
        desk.now += 4_000_000
        desk.take(desk.pending - 1)
        #expect(desk.latencies == 0)
        desk.now += 1_000_000
        desk.take(1)
        let median = desk.medianMilliseconds ?? 0
        #expect(desk.latencies == 1 && median > 5 && median < 5.4)
        desk.beginInterval()
        #expect(desk.latencies == 0)
        // A stamp that lies in the future is no latency.
        desk.hear(2)
        desk.fill()
        desk.now -= 1_000_000
        desk.takeAll()
        #expect(desk.medianMilliseconds == 0.001)
    }

    @Test func `at QoS 0 the latency includes what a message waits unsent, and it is in flight until then`() {
        let desk = Desk(qos: .atMostOnce)
        desk.connect()
        desk.hear(1)
        desk.hear(2)
        desk.fill()
        desk.unsent = desk.pending - 1
        desk.take(desk.pending - 1)
        #expect(desk.latencies == 0 && desk.inFlight == 2 && desk.sessionCounters.published.total == 0 && desk.isBalanced)
        desk.now += 20 * second
        desk.unsent = 0
        desk.takeAll()
        #expect(desk.latencies == 2 && desk.inFlight == 0 && desk.sessionCounters.published.total == 2 && desk.isBalanced)
        #expect((20_000...21_500).contains(desk.medianMilliseconds ?? 0))
    }
}
