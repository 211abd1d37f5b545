/// Hexadecimal digits, for addresses and escapes.
enum Hex {
    private static func digit(_ nibble: UInt32) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(nibble < 10 ? 48 + nibble : 55 + nibble))
    }

    /// Two upper-case digits.
    static func upper(_ byte: UInt8) -> String { upper(UInt32(byte), digits: 2) }

    /// Upper-case digits, most significant first, at least `digits` of them.
    static func upper(_ value: UInt32, digits: Int) -> String {
        var text = String.UnicodeScalarView()
        for position in (0..<8).reversed() where position < digits || value >> UInt32(position * 4) != 0 {
            text.append(digit(value >> UInt32(position * 4) & 0xF))
        }
        return String(text)
    }

    /// The value of one digit of either case.
    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    /// The bytes of an even number of digits; `nil` for anything else.
    static func bytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var rest = digits
        while let first = rest.popFirst(), let second = rest.popFirst() {
            guard let high = value(first), let low = value(second) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
