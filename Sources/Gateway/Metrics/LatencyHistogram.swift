/// Counts durations in buckets that are at most 1/16 wide, from 1 µs to over an hour, in 2.5 KiB.
public struct LatencyHistogram: ~Copyable {
    private static let size = 33 * 16
    private let buckets: UnsafeMutableBufferPointer<UInt32>
    /// Durations counted.
    public private(set) var count: UInt64 = 0

    public init() {
        buckets = .allocate(capacity: Self.size)
        buckets.initialize(repeating: 0)
    }

    deinit { buckets.deallocate() }

    public mutating func record(nanoseconds: UInt64) {
        buckets[Self.index(nanoseconds / 1000)] &+= 1
        count += 1
    }

    /// The duration in milliseconds that the share `quantile` of all does not exceed, as the upper edge of its bucket; nil before the first.
    public func milliseconds(quantile: Double) -> Double? {
        guard count > 0 else { return nil }
        // Rounded up, without libm: it would be resident for this alone.
        let exact = Double(count) * quantile
        let rank = max(1, UInt64(exact) + (Double(UInt64(exact)) < exact ? 1 : 0))
        var seen: UInt64 = 0
        for index in 0..<Self.size {
            seen += UInt64(buckets[index])
            if seen >= rank { return Double(Self.upperEdge(index)) / 1000 }
        }
        return nil
    }

    public mutating func reset() {
        buckets.update(repeating: 0)
        count = 0
    }

    /// Below 16 µs a bucket is one microsecond; above, each power of two has 16.
    private static func index(_ microseconds: UInt64) -> Int {
        guard microseconds >= 16 else { return Int(microseconds) }
        let exponent = 63 - microseconds.leadingZeroBitCount
        return min((exponent - 3) * 16 + Int(microseconds >> UInt64(exponent - 4) & 15), size - 1)
    }

    /// The largest number of microseconds in a bucket, plus one.
    private static func upperEdge(_ index: Int) -> UInt64 {
        guard index >= 16 else { return UInt64(index) + 1 }
        let exponent = UInt64(index / 16 + 3)
        return (UInt64(16 + index % 16) + 1) << (exponent - 4)
    }
}
