/// Device addresses as people write them: bytes in hexadecimal with colons, the most significant first.
enum AddressText {
    /// 1 to 6 bytes; `nil` for anything else.
    static func pattern(_ text: String) -> Configuration.AddressPattern? {
        let characters = text.utf8
        guard characters.count <= 17, characters.count % 3 == 2 else { return nil }
        var value: UInt64 = 0
        for (position, byte) in characters.enumerated() {
            if position % 3 == 2 {
                guard byte == UInt8(ascii: ":") else { return nil }
            } else {
                guard let digit = Hex.value(byte) else { return nil }
                value = value << 4 | UInt64(digit)
            }
        }
        let bytes = (characters.count + 1) / 3
        return .init(value: value << UInt64(48 - 8 * bytes), bytes: bytes)
    }

    /// All 6 bytes; `nil` for anything else.
    static func address(_ text: String) -> UInt64? {
        guard let pattern = pattern(text), pattern.bytes == 6 else { return nil }
        return pattern.value
    }

    /// The first bytes of an address, upper case.
    static func text(_ value: UInt64, bytes: Int = 6) -> String {
        var text = ""
        for position in 0..<bytes {
            if position > 0 { text += ":" }
            text += Hex.upper(UInt8(truncatingIfNeeded: value >> UInt64(8 * (5 - position))))
        }
        return text
    }
}
