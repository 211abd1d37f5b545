import Bytes

extension ByteWriter {
    /// `text` as a JSON string with its quotes.
    ///
    /// What is not UTF-8 becomes U+FFFD, one for each maximal subpart of an ill-formed sequence (Unicode 3.9, the practice it recommends).
    /// Quotes, backslashes and all controls (C0, DEL, C1) are escaped, so that the text is safe in a terminal too.
    mutating func jsonString(_ text: RawSpan) {
        u8(UInt8(ascii: "\""))
        var index = 0
        let end = text.byteCount
        while index < end {
            let byte = text.byte(at: index)
            if byte < 0x80 {
                jsonASCII(byte)
                index += 1
                continue
            }
            let (length, isValid) = Self.sequence(at: index, in: text)
            if !isValid {
                self.text("\u{FFFD}")
            } else if byte == 0xC2, text.byte(at: index + 1) < 0xA0 {
                // U+0080…U+009F
                jsonUnicodeEscape(text.byte(at: index + 1))
            } else {
                bytes(text.extracting(index..<index + length))
            }
            index += length
        }
        u8(UInt8(ascii: "\""))
    }

    private mutating func jsonASCII(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): text("\\\"")
        case UInt8(ascii: "\\"): text("\\\\")
        case 0x08: text("\\b")
        case 0x09: text("\\t")
        case 0x0A: text("\\n")
        case 0x0C: text("\\f")
        case 0x0D: text("\\r")
        case 0..<0x20, 0x7F: jsonUnicodeEscape(byte)
        default: u8(byte)
        }
    }

    private mutating func jsonUnicodeEscape(_ byte: UInt8) {
        text("\\u00")
        hex(byte)
    }

    /// The UTF-8 sequence that begins at `index` with a byte above 0x7F: its length if it is well-formed, else the length of the
    /// maximal subpart that one U+FFFD stands for. Unicode table 3-7.
    private static func sequence(at index: Int, in text: RawSpan) -> (length: Int, isValid: Bool) {
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
            guard index + position < text.byteCount, (low...high).contains(text.byte(at: index + position)) else {
                return (position, false)
            }
            low = 0x80
            high = 0xBF
        }
        return (length, true)
    }
}

/// Puts commas between the members of a JSON object or array.
struct JSONList {
    private var isEmpty = true

    mutating func separate(_ writer: inout ByteWriter) {
        if isEmpty { isEmpty = false } else { writer.u8(UInt8(ascii: ",")) }
    }
}
