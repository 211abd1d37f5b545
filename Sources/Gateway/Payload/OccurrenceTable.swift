import Bluetooth
import Bytes

/// Distinguishes the first entry of a key in an advertisement from its repetitions, whatever the number of entries: each costs one lookup.
///
/// A hash table over the places of keys within the advertising data. Its memory is allocated once, and an advertisement clears no
/// more of it than its entries need.
struct OccurrenceTable: Sendable {
    /// Where in the data the key of a slot stands; 0 for a free slot, for no key stands before its length and type.
    private var slots: [UInt16]
    private var mask = 0
    /// Where the keys stand that were there before, in order of appearance.
    private var repetitions: [UInt16]
    private var repetitionCount = 0
    private let seeds: (high: UInt64, low: UInt64)
    /// Slots that were read since `begin`.
    private(set) var lookups = 0

    /// - Parameter seed: of the hash, so that an attacker cannot choose keys that fall onto one slot.
    init(seed: UInt64) {
        slots = [UInt16](repeating: 0, count: AdvertisingData.mostEntries.nextPowerOfTwo * 2)
        repetitions = [UInt16](repeating: 0, count: AdvertisingData.mostEntries)
        seeds = (SplitMix64.mix(seed), SplitMix64.mix(seed ^ 0x9E37_79B9_7F4A_7C15))
    }

    /// Forgets all keys.
    /// - Parameter entries: how many will come at most.
    mutating func begin(entries: Int) {
        let size = entries.nextPowerOfTwo * 2
        precondition(size <= slots.count)
        for slot in 0..<size { slots[slot] = 0 }
        mask = size - 1
        lookups = 0
        repetitionCount = 0
    }

    /// Whether the key was not there before; from now on it is. One that was there is noted as a repetition.
    /// - Parameters:
    ///   - place: where the key stands in the data.
    ///   - keyAt: the key that stands at an earlier place.
    mutating func isFirst(_ key: UInt128, at place: Int, _ keyAt: (Int) -> UInt128) -> Bool {
        // Twice: with keys that differ in one half only, once is a product with one number, and that may be an unlucky one.
        let high = UInt64(truncatingIfNeeded: key >> 64) ^ seeds.high
        let hash = Self.fold(Self.fold(high, UInt64(truncatingIfNeeded: key) ^ seeds.low), 0xBF58_476D_1CE4_E5B9)
        var slot = Int(truncatingIfNeeded: hash) & mask
        lookups += 1
        while slots[slot] != 0 {
            if keyAt(Int(slots[slot])) == key {
                repetitions[repetitionCount] = UInt16(place)
                repetitionCount += 1
                return false
            }
            slot = (slot + 1) & mask
            lookups += 1
        }
        slots[slot] = UInt16(place)
        return true
    }

    /// Both halves of the product, which has bits of each factor in every place.
    private static func fold(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }

    var hasRepetitions: Bool { repetitionCount > 0 }

    /// Calls `body` with the place of each key that was there before.
    func forEachRepetition(_ body: (Int) -> Void) {
        for index in 0..<repetitionCount { body(Int(repetitions[index])) }
    }
}

extension Int {
    /// Of a positive number: itself, or the next power of two above it.
    fileprivate var nextPowerOfTwo: Int { 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
