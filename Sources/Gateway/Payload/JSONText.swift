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
            let (length, isValid) = UTF8Sequence.measure(at: index, in: text, before: end)
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
}

/// Puts commas between the members of a JSON object or array.
struct JSONList {
    private var isEmpty = true

    mutating func separate(_ writer: inout ByteWriter) {
        if isEmpty { isEmpty = false } else { writer.u8(UInt8(ascii: ",")) }
    }
}
