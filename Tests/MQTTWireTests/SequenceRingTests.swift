import Bytes
import Testing

@testable import MQTTWire

@Suite struct SequenceRingTests {
    @Test func `it has what a dictionary by number has, whatever is added and removed`() {
        for seed in UInt64(1)...50 {
            var random = SplitMix64(seed: seed)
            let start = UInt64.random(in: 0...1000, using: &random)
            var ring = SequenceRing<Int>(from: start)
            var model: [UInt64: Int] = [:]
            var next = start
            for step in 0..<2000 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5:
                    #expect(ring.append(step) == next)
                    model[next] = step
                    next += 1
                case 5 where !ring.isEmpty:
                    let gap = UInt64.random(in: 0...20, using: &random)
                    ring.append(step, as: next + gap)
                    model[next + gap] = step
                    next += gap + 1
                default:
                    let number = UInt64.random(in: start...max(start, next), using: &random)
                    #expect(ring.remove(number) == model.removeValue(forKey: number))
                }
                #expect(ring.count == model.count && ring.next == next && ring.isEmpty == model.isEmpty)
                #expect(ring.oldest == model.keys.min() ?? next)
            }
            #expect(Array(ring.numbers) == model.keys.sorted())
            for number in start...next { #expect(ring[number] == model[number]) }
            ring.removeAll()
            #expect(ring.isEmpty && ring.append(1) == next)
        }
    }

    @Test func `numbers far apart are kept as they are`() {
        var ring = SequenceRing<String>(from: 65_540)
        ring.append("a", as: 65_540)
        ring.append("b", as: 65_600)
        #expect(Array(ring.numbers) == [65_540, 65_600] && ring.span == 61 && ring.count == 2)
        ring[65_600] = "c"
        #expect(ring.remove(65_540) == "a" && ring.oldest == 65_600 && ring[65_600] == "c" && ring[65_540] == nil)
    }
}
