import Bytes
import Testing

@testable import MQTTWire

/// The value under test behind a reference, for the macros cannot change a value.
private final class Limit {
    private var value = SizeLimit()

    func accepted(_ size: Int) { value.accepted(size) }
    func wrote(_ size: Int, at now: UInt64) { value.wrote(size, at: now) }
    func refuses(_ size: Int, at now: UInt64) -> Bool { value.refuses(size, at: now) }
    @discardableResult func connectionEnded(byBroker: Bool, largest: Int, at now: UInt64) -> (size: Int, time: UInt64)? {
        value.connectionEnded(byBroker: byBroker, largest: largest, at: now)
    }
}

/// A broker that closes the connection on large messages.
@Suite struct SizeLimitTests {
    static let start: UInt64 = 1_000 * second

    @Test func `a first end over a large message refuses nothing, the second in a row does`() throws {
        let limit = Limit()
        #expect(limit.connectionEnded(byBroker: true, largest: 9_000, at: Self.start) == nil)
        #expect(!limit.refuses(9_000, at: Self.start))
        let refusal = try #require(limit.connectionEnded(byBroker: true, largest: 5_000, at: Self.start))
        #expect(refusal == (5_000, SizeLimit.firstTime))
        #expect(limit.refuses(5_000, at: Self.start) && limit.refuses(.max - 1, at: Self.start) && !limit.refuses(4_999, at: Self.start))
        #expect(limit.refuses(5_000, at: Self.start + 60 * second - 1) && !limit.refuses(5_000, at: Self.start + 60 * second))
    }

    @Test func `the time doubles with each further end, up to an hour`() {
        let limit = Limit()
        var now = Self.start
        var times: [UInt64] = []
        for _ in 0..<10 {
            if let refusal = limit.connectionEnded(byBroker: true, largest: 2_000, at: now) {
                times.append(refusal.time / second)
                now += refusal.time
            }
        }
        #expect(times == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
    }

    @Test func `the smallest suspect counts, so the broker's limit is closed in on`() {
        let limit = Limit()
        for size in [8_000, 3_000, 6_000, 2_500] { limit.connectionEnded(byBroker: true, largest: size, at: Self.start) }
        #expect(limit.refuses(2_500, at: Self.start) && !limit.refuses(2_499, at: Self.start))
    }

    @Test func `a message that was accepted is not suspected, nor one that is smaller`() {
        let limit = Limit()
        for _ in 0..<5 {
            limit.accepted(4_000)
            #expect(limit.connectionEnded(byBroker: true, largest: 4_000, at: Self.start) == nil)
        }
        #expect(!limit.refuses(100_000, at: Self.start))
    }

    @Test func `legacy advertisements are never suspected`() {
        let limit = Limit()
        for _ in 0..<5 { #expect(limit.connectionEnded(byBroker: true, largest: SizeLimit.floor, at: Self.start) == nil) }
        #expect(limit.connectionEnded(byBroker: true, largest: SizeLimit.floor + 1, at: Self.start) == nil)
        #expect(limit.connectionEnded(byBroker: true, largest: SizeLimit.floor + 1, at: Self.start)?.size == SizeLimit.floor + 1)
    }

    @Test func `an end for another reason between two is not the second in a row`() {
        let limit = Limit()
        for _ in 0..<5 {
            #expect(limit.connectionEnded(byBroker: true, largest: 9_000, at: Self.start) == nil)
            #expect(limit.connectionEnded(byBroker: false, largest: 9_000, at: Self.start) == nil)
            #expect(limit.connectionEnded(byBroker: true, largest: 9_000, at: Self.start) == nil)
            #expect(limit.connectionEnded(byBroker: true, largest: 0, at: Self.start) == nil)
        }
    }

    @Test func `at QoS 0 a message is accepted once the connection has lived with it for five seconds`() {
        for (age, isSuspected) in [(UInt64(4_999_999_999), true), (5_000_000_000, false)] {
            let limit = Limit()
            limit.wrote(2_000, at: Self.start)
            limit.connectionEnded(byBroker: true, largest: 0, at: Self.start)
            limit.wrote(2_000, at: Self.start)
            // More of the same size does not make it younger.
            limit.wrote(2_000, at: Self.start + 4 * second)
            limit.wrote(1_500, at: Self.start + 4 * second)
            #expect((limit.connectionEnded(byBroker: true, largest: 0, at: Self.start + age) != nil) == isSuspected)
        }
    }

    @Test func `once the time is over one end is enough to refuse again, and one acceptance to forget`() {
        let limit = Limit()
        for _ in 0..<2 { limit.connectionEnded(byBroker: true, largest: 2_000, at: Self.start) }
        var later = Self.start + 61 * second
        // An end with nothing large on the way does not end the suspicion.
        #expect(limit.connectionEnded(byBroker: true, largest: 500, at: later) == nil)
        #expect(limit.connectionEnded(byBroker: true, largest: 2_000, at: later)?.time == 120 * second)
        later += 121 * second
        limit.accepted(1_999)
        #expect(limit.connectionEnded(byBroker: true, largest: 2_000, at: later)?.time == 240 * second)
        later += 241 * second
        limit.wrote(3_000, at: later)
        limit.wrote(1_500, at: later + 5 * second)
        #expect(limit.connectionEnded(byBroker: false, largest: 0, at: later + 6 * second) == nil)
        #expect(limit.connectionEnded(byBroker: true, largest: 2_000, at: later) == nil && !limit.refuses(9_000, at: later))
    }

    // MARK: In the session

    /// Plays a broker that closes on packets beyond `limit` for `seconds` of a mixed stream, and acknowledges all others.
    private func play(_ qos: QoS, cleanSession: Bool, limit: Int, seconds: Int) -> (driver: Driver, connections: Int, refusals: [PublishSession.Refusal]) {
        let driver = Driver(
            qos: qos, keepAlive: 0, cleanSession: cleanSession, backoff: Backoff(initial: second, maximum: 8 * second, jitter: 0))
        var connections = 0
        var refusals: [PublishSession.Refusal] = []
        for round in 0..<(seconds * 4) {
            driver.now += second / 4
            driver.poll()
            if driver.state == .idle { driver.start() }
            if driver.state == .connecting {
                connections += 1
                driver.open()
                driver.takeAll()
                driver.hear(Driver.connackAccepted)
                driver.forgetAll()
            }
            for tag in UInt8(0)..<3 { driver.publish(tag: tag, payload: [UInt8](repeating: 0x20, count: tag == 2 && round % 4 == 0 ? 4_000 : 400)) }
            driver.takeAll()
            var rest = driver.taken[...]
            while let packet = cut(rest) {
                rest = rest.dropFirst(packet.size)
                if packet.size > limit {
                    driver.fail(round % 2 == 0 ? .closedByBroker : .transport(errno: 104))
                    break
                }
                if packet.first & 0xF6 == 0x32 { driver.hear([0x40, 2] + packet.body[3...4]) }
            }
            driver.forgetAll()
            driver.poll()
            if let refusal = driver.takeRefusal() { refusals.append(refusal) }
            #expect(driver.isBalanced)
        }
        return (driver, connections, refusals)
    }

    @Test(arguments: [(QoS.atMostOnce, true), (.atLeastOnce, true), (.atLeastOnce, false)])
    func `a broker that closes on large messages gets the small ones through eight connections in 20 minutes at most`(qos: QoS, cleanSession: Bool) {
        let (driver, connections, refusals) = play(qos, cleanSession: cleanSession, limit: 2_000, seconds: 1_200)
        #expect(connections <= 8, "\(connections)")
        #expect(refusals.count <= 6 && refusals.allSatisfy { if case .sizes(let from, _) = $0 { from > 4_000 } else { false } }, "\(refusals)")
        // Three of four seconds' twelve messages are small ones; connections and backoff cost a little.
        #expect(driver.counters.published.total > 1_200 * 10 && driver.counters.refused.total > 1_100, "\(driver.counters)")
        #expect(driver.counters.refused[0] == 0 && driver.counters.refused[1] == 0)
    }

    @Test(arguments: [QoS.atMostOnce, .atLeastOnce]) func `a broker without a limit loses no message to this`(qos: QoS) {
        let (driver, connections, refusals) = play(qos, cleanSession: true, limit: .max, seconds: 600)
        #expect(connections == 1 && refusals.isEmpty && driver.counters.refused.total == 0 && driver.counters.published.total == driver.handedOver.total)
        #expect(driver.handedOver.total > 590 * 12)
    }

    @Test func `a status that is too large for the broker is left unsaid`() {
        let driver = Driver(qos: .atMostOnce, keepAlive: 0)
        let large = note(String(repeating: "x", count: 2_000))
        for _ in 0..<2 {
            driver.connect()
            #expect(driver.publish(own: large) && driver.pending.count > 2_000)
            driver.takeAll()
            driver.fail(.closedByBroker)
            driver.poll()
        }
        driver.connect()
        #expect(!driver.publish(own: large) && driver.pending == [] && driver.isDrained)
        #expect(driver.publish(own: note()) && driver.pending.count > 0)
    }

    @Test(arguments: [QoS.atMostOnce, .atLeastOnce]) func `a message's size is known before it is written`(qos: QoS) {
        for length in [0, 100, 110, 111, 112, 113, 114, 115, 116, 120, 127, 128, 16_360, 16_370, 16_375, 16_380, 16_384, 65_000] {
            let driver = Driver(qos: qos, keepAlive: 0)
            driver.connect()
            let message = note(String(repeating: "x", count: length), qos: qos)
            #expect(driver.publish(own: message) && driver.pending.count == message.packetSize, "\(length)")
        }
    }
}
