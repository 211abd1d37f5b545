import Bytes
import Testing

@Suite struct SplitMix64Tests {
    /// Numbers that other implementations of the published algorithm give for the same seeds.
    @Test(arguments: [
        (UInt64(1_234_567), [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423] as [UInt64]),
        (UInt64(0), [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]),
    ])
    func `a seed gives the published numbers`(seed: UInt64, numbers: [UInt64]) {
        var random = SplitMix64(seed: seed)
        #expect(numbers.map { _ in random.next() } == numbers)
    }

    @Test func `the same seed gives the same numbers, another gives others`() {
        var one = SplitMix64(seed: 42)
        var same = SplitMix64(seed: 42)
        var other = SplitMix64(seed: 43)
        let numbers = (0..<100).map { _ in one.next() }
        #expect((0..<100).map { _ in same.next() } == numbers)
        #expect(Set((0..<100).map { _ in other.next() }).isDisjoint(with: numbers))
        #expect(Set(numbers).count == 100)
    }

    @Test func `mixing maps nothing to nothing and one bit to many`() {
        #expect(SplitMix64.mix(0) == 0)
        for bit in 0..<64 {
            let spread = SplitMix64.mix(1 << UInt64(bit)).nonzeroBitCount
            #expect((12...52).contains(spread), "bit \(bit) gives \(spread) bits")
        }
    }
}
