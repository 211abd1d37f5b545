import Bytes
import Testing

@testable import MQTTWire

/// PUBLISH, PINGREQ and DISCONNECT as the transport gets them, MQTT 3.1.1 sections 3.3, 3.12, 3.14.
@Suite struct PublishPacketTests {
    @Test func `PUBLISH at QoS 0 has no packet identifier`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        #expect(driver.publish(topic: "a/b", payload: [0x7B, 0x7D]) == .accepted(packetID: nil))
        #expect(
            driver.pending
                == wire(
                    [0x30],  // PUBLISH, no DUP [MQTT-3.3.1-2], QoS 0, no retain
                    [7],  // Remaining Length
                    [0, 3, 0x61, 0x2F, 0x62],  // topic
                    [0x7B, 0x7D]  // payload
                ))
    }

    @Test func `PUBLISH at QoS 1 has one behind its topic`() {
        let driver = Driver(qos: .atLeastOnce)
        driver.connect()
        #expect(driver.publish(topic: "a/b", payload: [0x7B, 0x7D]) == .accepted(packetID: 1))
        #expect(driver.publish(topic: "c", payload: []) == .accepted(packetID: 2))
        #expect(
            driver.pending
                == wire(
                    [0x32],  // PUBLISH, QoS 1
                    [9], [0, 3, 0x61, 0x2F, 0x62],
                    [0, 1],  // packet identifier
                    [0x7B, 0x7D],
                    [0x32], [5], [0, 1, 0x63],
                    [0, 2]
                ))
    }

    @Test func `own messages carry QoS and retain of their own`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        #expect(driver.publish(own: note("on", qos: .atLeastOnce, retain: true)))
        #expect(driver.publish(own: note("", qos: .atMostOnce, retain: true)))
        #expect(driver.publish(own: note("x", qos: .atLeastOnce, retain: false)))
        #expect(driver.publish(own: note("y", qos: .atMostOnce, retain: false)))
        #expect(
            driver.pending
                == wire(
                    [0x33], [12], field("status"),
                    [0xEA, 0x61],  // packet identifier 60001
                    [0x6F, 0x6E],
                    [0x31], [8], field("status"),
                    [0x32], [11], field("status"), [0xEA, 0x62], [0x78],
                    [0x30], [9], field("status"), [0x79]
                ))
    }

    /// Bytes of payload. With topic `t` the Remaining Length is 3 more at QoS 0 and 5 more at QoS 1.
    static let sizes = [0, 1, 122, 123, 124, 125, 126, 127, 128, 16_378, 16_379, 16_380, 16_381, 16_383, 16_384, 20_000, 131_000]

    @Test(arguments: sizes, [QoS.atMostOnce, .atLeastOnce])
    func `a payload of any size arrives whole`(size: Int, qos: QoS) throws {
        let driver = Driver(qos: qos)
        driver.connect()
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
        let id: UInt16? = qos == .atLeastOnce ? 1 : nil
        #expect(driver.publish(payload: payload) == .accepted(packetID: id))
        let all = try #require(packets(driver.pending))
        #expect(all.count == 1)
        #expect(all[0].first == (qos == .atLeastOnce ? 0x32 : 0x30))
        #expect(all[0].body == wire([0, 1, 0x74], qos == .atLeastOnce ? [0, 1] : [], payload))
    }

    @Test func `PINGREQ is two bytes`() {
        let driver = Driver(keepAlive: 60)
        driver.connect()
        driver.pass(30)
        #expect(driver.pending == wire([0xC0], [0]))
    }

    @Test func `DISCONNECT is two bytes`() {
        let driver = Driver()
        driver.connect()
        driver.disconnect()
        #expect(driver.pending == wire([0xE0], [0]))
    }

    @Test func `a message is oversize only where an empty outbox cannot take it`() {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        // 1 type, 3 Remaining Length, 3 topic.
        let most = PublishSession.outboxCapacity - 7
        #expect(driver.publish(payload: [UInt8](repeating: 1, count: most + 1)) == .oversize)
        #expect(driver.publish(payload: [UInt8](repeating: 1, count: 1_000_000)) == .oversize)
        #expect(driver.pending.isEmpty && driver.inFlight == 0)
        #expect(driver.publish(payload: [UInt8](repeating: 1, count: most)) == .accepted(packetID: nil))
        #expect(driver.pending.count == PublishSession.outboxCapacity)
        #expect(driver.publish() == .busy)
        #expect(!driver.publish(own: note()))
        #expect(driver.inFlight == 1)
    }

    @Test func `with something in the outbox a message too large is busy first and oversize once it is empty`() {
        let driver = Driver(qos: .atLeastOnce)
        driver.connect()
        driver.publish()
        let huge = [UInt8](repeating: 1, count: PublishSession.outboxCapacity)
        #expect(driver.publish(payload: huge) == .busy)
        driver.takeAll()
        #expect(driver.publish(payload: huge) == .oversize)
        // It has cost no packet identifier.
        #expect(driver.publish() == .accepted(packetID: 2))
    }

    @Test func `a message that finds room only after the taken bytes are cleared away is written once`() throws {
        let driver = Driver(qos: .atMostOnce)
        driver.connect()
        let block = [UInt8](repeating: 0xAA, count: 60_000)
        driver.publish(payload: block)
        driver.publish(payload: block)
        // One half is gone, the other has begun; a third fits only where the first was.
        driver.take(100_000)
        #expect(driver.publish(payload: [UInt8](repeating: 0xBB, count: 60_000)) == .accepted(packetID: nil))
        driver.takeAll()
        let all = try #require(packets(driver.taken))
        #expect(all.map(\.body.count) == [60_003, 60_003, 60_003])
        #expect(all[2].body.dropFirst(3).allSatisfy { $0 == 0xBB })
        #expect(all[1].body.dropFirst(3).allSatisfy { $0 == 0xAA })
        #expect(driver.counters.published.total == 3)
    }
}
