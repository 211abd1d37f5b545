import Bluetooth
import Bytes
import Testing

@testable import Gateway

@Suite struct OccurrenceTableTests {
    /// Looks at the table for an advertisement with these keys; which of them were the first of their kind.
    private static func run(_ table: inout OccurrenceTable, _ keys: [UInt128]) -> [Bool] {
        table.begin(entries: keys.count)
        // Places as in structures of four bytes, the first key behind a length and a type.
        return keys.indices.map { index in table.isFirst(keys[index], at: 2 + 4 * index) { keys[($0 - 2) / 4] } }
    }

    /// The definition.
    private static func firsts(_ keys: [UInt128]) -> [Bool] { keys.indices.map { !keys[..<$0].contains(keys[$0]) } }

    @Test(arguments: UInt64(1)...4) func `the first of a kind is distinguished from its repetitions`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var table = OccurrenceTable(seed: random.next())
        for _ in 0..<500 {
            let kinds = UInt64.random(in: 1...600, using: &random)
            let keys = (0..<Int.random(in: 1...412, using: &random)).map { _ in
                UInt128(UInt64.random(in: 0..<kinds, using: &random)) << (Bool.random(using: &random) ? 0 : 96)
            }
            let firsts = Self.run(&table, keys)
            var repetitions: [Int] = []
            table.forEachRepetition { repetitions.append(($0 - 2) / 4) }
            guard firsts == Self.firsts(keys), repetitions == keys.indices.filter({ !firsts[$0] }) else {
                Issue.record("\(keys)")
                return
            }
        }
    }

    @Test(arguments: [2, 26, 103, 412]) func `the cost of an entry does not grow with the number of entries`(count: Int) {
        var random = SplitMix64(seed: UInt64(count))
        let different = (0..<count).map { UInt128($0) }
        let same = [UInt128](repeating: 0x004C, count: count)
        let pairs = (0..<count).map { ServiceUUID.short(UInt32($0 / 2)).value }
        for keys in [different, same, pairs] {
            var lookups = 0
            for _ in 0..<100 {
                var table = OccurrenceTable(seed: random.next())
                _ = Self.run(&table, keys)
                lookups += table.lookups
            }
            // A hundred times: twice as many lookups as entries at most.
            #expect(lookups <= 200 * count, "\(lookups)")
        }
    }
}
