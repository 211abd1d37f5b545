import Bytes
import Testing

@testable import MQTTWire

/// A second, naive session beside the real one, under random events.
private struct Model {
    struct Sent {
        var id: UInt16?
        var tag: UInt8
        /// Bytes of this connection up to and with its last.
        var end: Int
        var isAcknowledged = false
    }

    let qos: QoS
    var open: [Sent] = []
    var taken = 0
    var published = Tally()
    var unconfirmed = Tally()
    var lost = Tally()
    var refused = Tally()
    var unexpected: UInt64 = 0

    mutating func take(_ count: Int) {
        taken += count
        guard qos == .atMostOnce else { return }
        for sent in open where sent.end <= taken { published.add(sent.tag) }
        open.removeAll { $0.end <= taken }
    }

    mutating func puback(_ id: UInt16) {
        if let index = open.firstIndex(where: { $0.id == id && $0.end <= taken }) {
            published.add(open.remove(at: index).tag)
        } else {
            unexpected += 1
        }
    }

    mutating func lose() {
        for sent in open {
            if sent.end <= taken { unconfirmed.add(sent.tag) } else { lost.add(sent.tag) }
        }
        open = []
        taken = 0
    }

    var inFlight: Tally { open.reduce(into: Tally()) { $0.add($1.tag) } }
}

@Suite struct SessionModelTests {
    /// Seeds × QoS; 3,000 events each.
    @Test(arguments: UInt64(1)...30, [QoS.atMostOnce, .atLeastOnce])
    func `whatever happens, every message is in exactly one place under its tag, and no deadline stays in the past`(seed: UInt64, qos: QoS) {
        var random = SplitMix64(seed: seed)
        let window = Int.random(in: 1...20, using: &random)
        let driver = Driver(
            qos: qos, maxInflight: window, keepAlive: [0, 5, 60].randomElement(using: &random)!,
            backoff: Backoff(initial: second, maximum: 8 * second))
        var model = Model(qos: qos)
        var online = 0
        var closes = 0

        for step in 0..<3000 {
            if driver.state == .idle { driver.start() }
            let before = driver.state
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<35:
                let payload = [UInt8](repeating: 1, count: [0, 10, 200, 9_000, 40_000].randomElement(using: &random)!)
                let tag = UInt8.random(in: 0..<16, using: &random)
                let result = driver.publish(tag: tag, payload: payload)
                if case .accepted(let id) = result { model.open.append(.init(id: id, tag: tag, end: model.taken + driver.pending.count)) }
                // When messages are refused is SizeLimit's affair; they are of those sizes that a close can be blamed on.
                if case .refused = result {
                    model.refused.add(tag)
                    #expect(payload.count >= 9_000)
                }
                if before != .online { #expect(result == .busy) }
            case 35..<60:
                let all = driver.pending.count
                let count = Bool.random(using: &random) ? all : Int.random(in: 0...all, using: &random)
                driver.take(count)
                model.take(count)
            case 60..<80 where before == .online || before == .disconnecting:
                let known = model.open.randomElement(using: &random)?.id
                let id = known ?? UInt16.random(in: 1...60_000, using: &random)
                driver.puback(id)
                model.puback(id)
            case 80..<82 where before == .online: driver.hear([0xD0, 0])
            case 82: driver.fail(.closedByBroker)
            case 83: driver.now += UInt64.random(in: 0..<70 * second, using: &random)
            case 84 where before == .online: driver.disconnect()
            case 85 where Int.random(in: 0..<4, using: &random) == 0: driver.close()
            case 86 where Int.random(in: 0..<4, using: &random) == 0 && before == .online: driver.hear([0xFF])
            default:
                driver.now += UInt64.random(in: 0..<second, using: &random)
                if before == .connecting { driver.open() }
                if before == .awaitingConnack, driver.pending.isEmpty {
                    driver.hear([0x20, 2, 0, Int.random(in: 0..<8, using: &random) == 0 ? 3 : 0])
                }
            }
            for case .close in driver.poll() {
                model.lose()
                closes += 1
            }
            if driver.state == .online { online += 1 }

            let counters = driver.counters
            let agrees =
                counters.published == model.published && counters.unconfirmed == model.unconfirmed && counters.connectionLost == model.lost
                && counters.refused == model.refused
                && counters.unexpectedAcknowledgements == model.unexpected && driver.inFlightTally == model.inFlight
            guard agrees, driver.isBalanced, qos == .atMostOnce || driver.inFlight <= window else {
                Issue.record("step \(step): \(counters), \(driver.inFlight) in flight; \(model)")
                return
            }
            // After everything that is due was done, the next deadline lies ahead.
            if let deadline = driver.deadline, deadline <= driver.now {
                Issue.record("step \(step), \(driver.state): deadline \(deadline) at \(driver.now)")
                return
            }
        }
        #expect(online > 300 && closes > 5 && driver.counters.published.total > 50, "\(online) \(closes) \(driver.counters)")
    }
}
