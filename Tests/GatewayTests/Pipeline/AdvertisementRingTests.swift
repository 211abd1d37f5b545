import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// A ring and the arrays that it should be equal to.
private final class Pair {
    private var ring: AdvertisementRing
    private let buffer = RecordBuffer()
    private var model: [(advertisement: Advertisement, data: [UInt8])] = []
    private var tally = Tally()
    var dropped: Int { Int(tally.total) }

    init(capacity: Int) { ring = AdvertisementRing(capacity: capacity) }

    var count: Int { ring.count }
    var used: Int { ring.used }
    var free: Int { ring.free }
    var capacity: Int { ring.capacity }
    private var modelUsed: Int { model.reduce(0) { $0 + AdvertisementRing.size(ofData: $1.data.count) } }
    private var modelTally: Tally { model.reduce(into: Tally()) { $0.add($1.advertisement.adapter) } }
    var agrees: Bool {
        ring.count == model.count && ring.used == modelUsed && ring.free == ring.capacity - modelUsed && ring.tally == modelTally
    }

    /// Whether the ring dropped exactly as many of the oldest as it takes, and counted them by adapter.
    func push(_ advertisement: Advertisement, _ data: [UInt8]) -> Bool {
        var expected = tally
        while modelUsed + AdvertisementRing.size(ofData: data.count) > ring.capacity {
            expected.add(model.removeFirst().advertisement.adapter)
        }
        model.append((advertisement, data))
        ring.push(advertisement, data.span.bytes, dropped: &tally)
        return tally == expected
    }

    /// Whether the ring gave what the model gives.
    func pop() -> Bool {
        let record = ring.pop(into: buffer.memory)
        guard !model.isEmpty else { return record == nil }
        let expected = model.removeFirst()
        guard let record else { return false }
        return record.advertisement == expected.advertisement && buffer.prefix(record.length) == expected.data
    }

    func removeAll() -> Bool {
        let expected = modelTally
        model = []
        return ring.removeAll() == expected
    }
}

@Suite struct AdvertisementRingTests {
    private static let least = AdvertisementRing.size(ofData: AdvertisingData.maximumSize)

    private static func data(_ count: Int, seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ seed) }
    }

    @Test func `an empty ring gives nothing`() {
        let pair = Pair(capacity: Self.least)
        #expect(pair.count == 0 && pair.used == 0 && pair.free == Self.least && pair.capacity == Self.least)
        #expect(pair.pop() && pair.agrees)
    }

    @Test func `records come out in the order they went in, with all their fields`() {
        let pair = Pair(capacity: 65_536)
        for index in 0..<40 {
            let one = advertisement(
                address: UInt64(index) << 40 | 0x1234, type: .scanResponse, addressType: .anonymous, rssi: Int8(-index),
                txPower: Int8(index),
                sid: UInt8(index), primary: .le1M, secondary: .leCoded, time: -Int64(index) * 1_000_003, received: UInt64.max - UInt64(index),
                adapter: UInt8(index % 16), truncated: index % 2 == 0)
            #expect(pair.push(one, Self.data(index * 7, seed: index)))
        }
        for _ in 0..<41 { #expect(pair.pop()) }
        #expect(pair.agrees && pair.used == 0)
    }

    @Test func `the wrap falls on every byte of a record`() {
        // Each round moves the head by an amount that shares no factor with the capacity.
        let size = AdvertisementRing.size(ofData: 61)
        let capacity = Self.least + 1
        #expect(capacity % size != 0)
        let pair = Pair(capacity: capacity)
        var heads: Set<Int> = []
        var head = 0
        for round in 0..<capacity {
            guard pair.push(advertisement(address: UInt64(round)), Self.data(61, seed: round)), pair.pop() else {
                Issue.record("at head \(head)")
                return
            }
            heads.insert(head)
            head = (head + size) % capacity
        }
        #expect(heads.count > capacity / 8)
        // One byte of data more or less moves the wrap through the header, the length and the data.
        for offset in 0..<200 {
            let other = Pair(capacity: capacity)
            #expect(other.push(advertisement(), Self.data(AdvertisingData.maximumSize - offset, seed: 1)) && other.pop())
            #expect(other.push(advertisement(address: 7), Self.data(200, seed: offset)) && other.pop() && other.agrees)
        }
    }

    @Test func `a full ring drops the oldest, as many as the newest needs and no more`() {
        let small = AdvertisementRing.size(ofData: 0)
        let capacity = Self.least + small * 3
        let pair = Pair(capacity: capacity)
        let fits = capacity / small
        for index in 0..<fits { #expect(pair.push(advertisement(address: UInt64(index)), [])) }
        #expect(pair.dropped == 0 && pair.count == fits)
        #expect(pair.push(advertisement(address: 1_000), []) && pair.dropped == 1)
        // The largest record pushes out as many small ones as make up its size.
        let room = pair.free
        #expect(pair.push(advertisement(address: 1_001), Self.data(AdvertisingData.maximumSize, seed: 3)))
        #expect(pair.dropped == 1 + (Self.least - room + small - 1) / small)
        while pair.count > 0 { #expect(pair.pop()) }
    }

    @Test func `a record that fits to the byte drops nothing`() {
        let pair = Pair(capacity: Self.least + AdvertisementRing.size(ofData: 10))
        #expect(pair.push(advertisement(), Self.data(10, seed: 0)))
        #expect(pair.push(advertisement(), Self.data(AdvertisingData.maximumSize, seed: 0)))
        #expect(pair.free == 0 && pair.dropped == 0 && pair.pop() && pair.pop())
    }

    @Test func `a ring that was emptied begins anew`() {
        let pair = Pair(capacity: Self.least)
        for index in 0..<5 { #expect(pair.push(advertisement(address: UInt64(index)), [1, 2, 3])) }
        #expect(pair.removeAll() && pair.agrees && pair.pop())
        #expect(pair.removeAll())
        #expect(pair.push(advertisement(), [9]) && pair.pop() && pair.agrees)
    }

    @Test(arguments: UInt64(1)...20) func `under random use the ring equals an array`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pair = Pair(capacity: Self.least + Int.random(in: 0...5000, using: &random))
        for step in 0..<5_000 {
            let isFine: Bool
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<50:
                let size = Bool.random(using: &random) ? Int.random(in: 0...31, using: &random) : Int.random(in: 0...1650, using: &random)
                isFine = pair.push(
                    advertisement(
                        address: random.next() & 0xFFFF_FFFF_FFFF, time: Int64(truncatingIfNeeded: random.next()),
                        adapter: UInt8.random(in: 0..<16, using: &random)),
                    Self.data(size, seed: step))
            case 50..<99: isFine = pair.pop()
            default: isFine = pair.removeAll()
            }
            guard isFine, pair.agrees else {
                Issue.record("step \(step)")
                return
            }
        }
        #expect(pair.dropped > 10)
    }
}
