import Bluetooth
import Bytes

/// Which of an advertisement's AD structures is its local name: the first complete one, else the first shortened one.
///
/// A name ends at its first NUL, for devices fill up a field of a fixed size, and leave an older name behind it. A name without a
/// letter before that is no name, and hides no other.
struct LocalName {
    /// The name within the advertising data; never empty.
    private(set) var range: Range<Int>?
    private var isComplete = false

    /// Looks at a structure of any type; they come in their order.
    mutating func take(_ structure: ADStructure, in data: RawSpan) {
        switch structure.type {
        case ADType.completeLocalName:
            guard !isComplete, let name = Self.text(structure.data, in: data) else { return }
            range = name
            isComplete = true
        case ADType.shortenedLocalName:
            if range == nil { range = Self.text(structure.data, in: data) }
        default: break
        }
    }

    /// What stands before the first NUL; nil where nothing does.
    private static func text(_ field: Range<Int>, in data: RawSpan) -> Range<Int>? {
        var end = field.lowerBound
        while end < field.upperBound, data.byte(at: end) != 0 { end += 1 }
        return end > field.lowerBound ? field.lowerBound..<end : nil
    }
}
