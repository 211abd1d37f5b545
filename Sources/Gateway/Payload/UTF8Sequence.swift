import Bytes

/// UTF-8 as it comes, sound or not.
enum UTF8Sequence {
    /// The sequence that begins at `index` with a byte above 0x7F: its length if it is well-formed, else the length of the
    /// maximal subpart that one U+FFFD stands for. Unicode table 3-7.
    static func measure(at index: Int, in text: RawSpan, before end: Int) -> (length: Int, isValid: Bool) {
        let first = text.byte(at: index)
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        let length: Int
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, low) = (3, 0xA0)
        case 0xE1...0xEC, 0xEE...0xEF: length = 3
        case 0xED: (length, high) = (3, 0x9F)
        case 0xF0: (length, low) = (4, 0x90)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, high) = (4, 0x8F)
        default: return (1, false)
        }
        for position in 1..<length {
            guard index + position < end, (low...high).contains(text.byte(at: index + position)) else {
                return (position, false)
            }
            low = 0x80
            high = 0xBF
        }
        return (length, true)
    }
}
