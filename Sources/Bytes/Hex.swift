/// Hexadecimal digits.
public enum Hex {
    /// Both lower-case digits of a byte as the two bytes of text, in memory order.
    @inlinable @inline(__always) public static func lower(_ byte: UInt8) -> UInt16 {
        pair(byte, letterGap: UInt16(UInt8(ascii: "a") - UInt8(ascii: "9") - 1))
    }

    /// Both upper-case digits of a byte as the two bytes of text, in memory order.
    @inlinable @inline(__always) public static func upper(_ byte: UInt8) -> UInt16 {
        pair(byte, letterGap: UInt16(UInt8(ascii: "A") - UInt8(ascii: "9") - 1))
    }

    /// The eight lower-case digits of a value, the most significant first, as the eight bytes of text, in memory order.
    @inlinable @inline(__always) public static func lower(_ value: UInt32) -> UInt64 {
        var nibbles = UInt64(value.byteSwapped)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles >> 4 | nibbles << 8) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (0x3030_3030_3030_3030 &+ nibbles &+ letters &* UInt64(UInt8(ascii: "a") - UInt8(ascii: "9") - 1)).littleEndian
    }

    /// The high nibble's digit is the first byte of the text: the low byte of a little-endian word.
    @inlinable @inline(__always) static func pair(_ byte: UInt8, letterGap: UInt16) -> UInt16 {
        let nibbles = UInt16(byte >> 4) | UInt16(byte & 15) << 8
        let letters = (nibbles + 0x0606) >> 4 & 0x0101
        return (0x3030 + nibbles + letters &* letterGap).littleEndian
    }

    /// The value of a hexadecimal digit in either case, nil for anything else.
    public static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
