import Bytes
import Testing

@testable import Gateway

@Suite struct IntakeRandomTests {
    /// Something like what a controller sends: mostly sound, sometimes cut, sometimes noise.
    private static func event(_ random: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8]
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4:
            let reports = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                legacyReport(
                    UInt64.random(in: 0..<50, using: &random), type: UInt8.random(in: 0...5, using: &random),
                    data: noise(Int.random(in: 0...31, using: &random), &random))
            }
            bytes = GatewayTests.event(subevent: 0x02, reports)
        case 4..<8:
            let reports = (0..<Int.random(in: 1...2, using: &random)).map { _ in
                extendedReport(
                    UInt64.random(in: 0..<20, using: &random), type: [0, 0, 0, 1, 8, 0x13, 0x1B].randomElement(using: &random)!,
                    status: [0, 1, 1, 1, 2, 3].randomElement(using: &random)!, sid: UInt8.random(in: 0..<2, using: &random),
                    data: noise(Int.random(in: 0...80, using: &random), &random))
            }
            bytes = GatewayTests.event(subevent: 0x0D, reports)
        case 8: bytes = [0x04, 0x3E] + noise(Int.random(in: 0...60, using: &random), &random)
        default: bytes = noise(Int.random(in: 0...258, using: &random), &random)
        }
        if Int.random(in: 0..<8, using: &random) == 0, !bytes.isEmpty {
            if Bool.random(using: &random) {
                bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
                // Half of these keep a length that agrees, so that the damage is inside.
                if bytes.count > 3, Bool.random(using: &random) { bytes[2] = UInt8(bytes.count - 3) }
            } else {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
        }
        return bytes
    }

    private static func noise(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    @Test(arguments: UInt64(1)...10) func `over ten thousand events each, nothing is lost or made up, by no adapter`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let door = Door(
            ringSize: 8192, filter: AdvertisementFilter(stride(from: 0, to: 50, by: 7).map(denied)),
            thinning: ThinningTable(.interval(second / 5), devices: 10))
        var now: UInt64 = 0
        for step in 0..<10_000 {
            now += UInt64.random(in: 0..<100_000_000, using: &random)
            door.take(Self.event(&random), at: now, adapter: [0, 1, 7, 15].randomElement(using: &random)!)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<40: _ = door.pop()
            case 60: while door.pop() != nil {}
            case 61: door.isOpen.toggle()
            case 62: door.flush()
            case 63: door.expire(at: now)
            case 64: door.beginInterval()
            case 65..<68: door.isOpen = true
            default: break
            }
            guard door.isBalanced, door.counters.events == UInt64(step + 1) else {
                Issue.record("step \(step): \(door.counters), \(door.popped) popped")
                return
            }
        }
        let counters = door.counters
        let seen = [
            counters.badEvents, counters.unknownEvents, counters.reports, counters.filtered.total, counters.thinned.total,
            counters.droppedRingFull.total, counters.droppedOffline.total, counters.fragmentsJoined, counters.fragmentsTruncated,
            door.popped.total,
        ]
        #expect(seen.allSatisfy { $0 > 0 }, "\(counters), \(door.popped) popped")
    }
}
