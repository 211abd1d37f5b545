import Bytes

/// The characters of a local name, decoded once for however many patterns, in memory that is allocated once.
///
/// A character is a Unicode scalar. A name that is not UTF-8 is seen as it is published: one U+FFFD for each ill-formed run.
struct NameScalars: Sendable {
    /// Scalar values; nothing where there is no name.
    private(set) var values: [UInt32] = []
    /// Whether there is a name at all.
    private(set) var isThere = false

    /// The longest name: an AD structure has 255 bytes, the first of them its type.
    private static let most = 254

    init() { values.reserveCapacity(Self.most) }

    /// Replaces the name.
    /// - Parameter range: where it is, nil if none.
    mutating func decode(_ data: RawSpan, _ range: Range<Int>?) {
        values.removeAll(keepingCapacity: true)
        isThere = range != nil
        guard let range else { return }
        var position = range.lowerBound
        while position < range.upperBound {
            let (value, next) = Self.scalar(at: position, in: data, before: range.upperBound)
            values.append(value)
            position = next
        }
    }

    private static func scalar(at position: Int, in data: RawSpan, before end: Int) -> (value: UInt32, next: Int) {
        let first = data.byte(at: position)
        guard first >= 0x80 else { return (UInt32(first), position + 1) }
        let (length, isValid) = UTF8Sequence.measure(at: position, in: data, before: end)
        guard isValid else { return (0xFFFD, position + length) }
        // The first byte of a sequence of n bytes has n ones, a zero, and 7 − n bits of the scalar.
        var value = UInt32(first) & 0x7F >> UInt32(length)
        for offset in 1..<length { value = value << 6 | UInt32(data.byte(at: position + offset) & 0x3F) }
        return (value, position + length)
    }
}
