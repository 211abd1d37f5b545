import Testing

@testable import Bytes

@Suite struct TallyTests {
    @Test func `a new tally counts nothing`() {
        let tally = Tally()
        #expect((0..<Tally.slots).allSatisfy { tally[$0] == 0 } && tally.total == 0 && tally == Tally())
        #expect(tally.description == "[]")
    }

    @Test func `each slot counts for itself, and the total is their sum`() {
        var tally = Tally()
        for slot in UInt8(0)..<16 {
            for _ in 0...slot { tally.add(slot) }
        }
        #expect((0..<16).allSatisfy { tally[$0] == UInt64($0 + 1) } && tally[UInt8(15)] == 16 && tally.total == 136)
        tally.remove(15)
        #expect(tally[15] == 15 && tally.total == 135)
    }

    @Test func `a slot can be set by either kind of number`() {
        var tally = Tally()
        tally[3] = 7
        tally[UInt8(4)] = 9
        #expect(tally[UInt8(3)] == 7 && tally[4] == 9 && tally.total == 16)
        #expect(tally.description == "[3: 7, 4: 9]")
    }

    @Test func `tallies are added and compared slot by slot`() {
        var one = Tally()
        var other = Tally()
        one[0] = 1
        one[15] = 2
        other[15] = 3
        other[7] = 4
        let sum = one + other
        #expect(sum[0] == 1 && sum[7] == 4 && sum[15] == 5 && sum.total == one.total + other.total)
        one += other
        #expect(one == sum && one != other)
        // The same total is not the same tally.
        var moved = sum
        moved.remove(7)
        moved.add(8)
        #expect(moved.total == sum.total && moved != sum)
    }

    @Test func `a tally lies inline, 128 bytes`() {
        #expect(MemoryLayout<Tally>.size == 128)
    }
}
