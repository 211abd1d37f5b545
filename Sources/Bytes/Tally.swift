/// A count for each of 16 slots, without a heap: what the scanner counts for each adapter.
///
/// Layout: | 16 × 8 counts, native byte order, slot 0 first |.
public struct Tally: BitwiseCopyable, Sendable {
    /// Slots are 0…15; any other is a mistake of the caller and traps.
    public static let slots = 16

    @usableFromInline var counts = InlineArray<16, UInt64>(repeating: 0)

    /// All counts are zero.
    @inlinable public init() {}

    /// The count of `slot`, 0…15.
    @inlinable public subscript(slot: Int) -> UInt64 {
        get { counts[slot] }
        set { counts[slot] = newValue }
    }

    /// The count of `slot`, 0…15.
    @inlinable public subscript(slot: UInt8) -> UInt64 {
        get { counts[Int(slot)] }
        set { counts[Int(slot)] = newValue }
    }

    /// One more in `slot`, 0…15.
    @inlinable public mutating func add(_ slot: UInt8) { counts[Int(slot)] += 1 }

    /// One less in `slot`, 0…15, which must not be empty.
    @inlinable public mutating func remove(_ slot: UInt8) { counts[Int(slot)] -= 1 }

    /// The sum of all slots.
    @inlinable public var total: UInt64 {
        var sum: UInt64 = 0
        for slot in 0..<Self.slots { sum += counts[slot] }
        return sum
    }

    /// Adds slot by slot.
    @inlinable public static func += (sum: inout Tally, other: Tally) {
        for slot in 0..<slots { sum.counts[slot] += other.counts[slot] }
    }

    /// The sums, slot by slot.
    @inlinable public static func + (one: Tally, other: Tally) -> Tally {
        var sum = one
        sum += other
        return sum
    }
}

extension Tally: Equatable {
    @inlinable public static func == (one: Tally, other: Tally) -> Bool {
        for slot in 0..<slots where one.counts[slot] != other.counts[slot] { return false }
        return true
    }
}

extension Tally: CustomStringConvertible {
    /// The slots that are not zero: `[0: 12, 3: 4]`.
    public var description: String {
        let counted = (0..<Self.slots).filter { counts[$0] > 0 }.map { "\($0): \(counts[$0])" }
        return "[\(counted.joined(separator: ", "))]"
    }
}
