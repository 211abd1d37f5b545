import Testing

@testable import Gateway

@Suite struct GatherRhythmTests {
    private static let longest: UInt64 = 5_000_000

    /// A scanner thread in numbers: when it reads, and how much it finds, for packets that come at these times; ns.
    private static func play(_ arrivals: [UInt64], longest: UInt64 = longest, receiveBuffer: Int = 4 << 20) -> [(time: UInt64, packets: Int)] {
        var rhythm = GatherRhythm()
        var reads: [(time: UInt64, packets: Int)] = []
        var now: UInt64 = 0
        var next = 0
        while next < arrivals.count {
            let pause = rhythm.pause(atMost: longest, receiveBuffer: receiveBuffer)
            if pause == 0 || rhythm.awaitsPacket { now = max(now, arrivals[next]) }
            // The read itself takes 10 µs.
            now += pause + 10_000
            let end = arrivals[next...].firstIndex { $0 > now } ?? arrivals.count
            rhythm.found(end - next, at: now, longest: longest)
            reads.append((now, end - next))
            next = end
        }
        return reads
    }

    private static func evenly(_ perSecond: UInt64, milliseconds: UInt64, from start: UInt64 = 1_000_000_000) -> [UInt64] {
        (0..<perSecond * milliseconds / 1000).map { start + $0 * 1_000_000_000 / perSecond }
    }

    @Test func `a thousand packets a second are read five at a time, and none waits longer than the longest pause`() {
        let arrivals = Self.evenly(1000, milliseconds: 1000)
        let reads = Self.play(arrivals)
        #expect(reads.count < 220)
        var next = 0
        for read in reads {
            if read.packets > 0 { #expect(read.time - arrivals[next] <= Self.longest + 10_000) }
            next += read.packets
        }
    }

    @Test func `packets that come alone are read at once, and followed by no empty reads`() {
        let arrivals = Self.evenly(20, milliseconds: 1000)
        #expect(Self.play(arrivals).map(\.time) == arrivals.map { $0 + 10_000 })
    }

    @Test func `an advertisement and its scan response are read together, however rarely they come`() {
        let arrivals = Self.evenly(20, milliseconds: 1000).flatMap { [$0, $0 + 400_000] }
        #expect(Self.play(arrivals).dropFirst(2).allSatisfy { $0.packets == 2 })
    }

    @Test func `what has come alone for a while is not waited for, and what follows closely is again`() {
        let arrivals = Self.evenly(1000, milliseconds: 100) + Self.evenly(20, milliseconds: 1000, from: 2_000_000_000)
            + Self.evenly(1000, milliseconds: 100, from: 4_000_000_000)
        let reads = Self.play(arrivals)
        let alone = reads.filter { (2_500_000_000..<4_000_000_000).contains($0.time) }
        #expect(alone.map(\.time) == arrivals.filter { (2_500_000_000..<4_000_000_000).contains($0) }.map { $0 + 10_000 })
        #expect(reads.last!.packets > 1)
    }

    @Test func `a stream that ends is followed by one empty read at most`() {
        let reads = Self.play(Self.evenly(1000, milliseconds: 100) + [5_000_000_000])
        #expect(reads.filter { $0.packets == 0 }.count <= 1)
        #expect(reads.last!.time == 5_000_000_000 + Self.longest + 10_000, "one that comes alone costs no trust yet")
    }

    @Test func `where nothing is to gather each packet is read at once`() {
        let arrivals = Self.evenly(1000, milliseconds: 100)
        let reads = Self.play(arrivals, longest: 0)
        #expect(reads.map(\.time) == arrivals.map { $0 + 10_000 })
        var rhythm = GatherRhythm()
        rhythm.found(20, at: 1, longest: 0)
        #expect(rhythm.pause(atMost: 0) == 0)
    }

    @Test(arguments: [5_000, 10_000, 20_000, 100_000] as [UInt64])
    func `the faster packets come the shorter are the pauses`(perSecond: UInt64) {
        let reads = Self.play(Self.evenly(perSecond, milliseconds: 1000))
        // Once it has found its rhythm, no read finds much more than one call can take.
        let later = reads.drop { $0.time < 1_100_000_000 }
        #expect(later.allSatisfy { $0.packets <= 3 * GatherRhythm.most })
        #expect(later.reduce(0) { $0 + $1.packets } > 4 * later.count)
    }

    @Test func `what pauses were shortened for passes`() {
        let reads = Self.play(Self.evenly(20_000, milliseconds: 200) + Self.evenly(1000, milliseconds: 200, from: 1_200_000_000))
        #expect(reads.suffix(10).allSatisfy { $0.packets >= 4 })
    }

    @Test(arguments: [0, 5, 20, 100] as [UInt64])
    func `whatever begins in a pause, half the smallest receive buffer holds it`(milliseconds: UInt64) {
        // What a kernel grants by default: some 240 packets.
        let arrivals = Self.evenly(20_000, milliseconds: 500)
        let reads = Self.play(arrivals, longest: milliseconds * 1_000_000, receiveBuffer: 212_992 / 2)
        #expect(reads.allSatisfy { $0.packets <= 120 })
    }

    @Test func `a read that has left something is followed by another without a pause`() {
        var rhythm = GatherRhythm()
        rhythm.found(128, at: 1_000_000, longest: Self.longest, leftSome: true)
        #expect(rhythm.pause(atMost: Self.longest) == 0 && rhythm.awaitsPacket)
        rhythm.found(3, at: 1_010_000, longest: Self.longest)
        #expect(rhythm.pause(atMost: Self.longest) > 0 && !rhythm.awaitsPacket)
    }
}
