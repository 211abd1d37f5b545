/// Bluetooth UUIDs as people write them. Bytes are most significant first.
enum UUIDText {
    /// 0000xxxx-0000-1000-8000-00805F9B34FB (Bluetooth Core 5.4, Vol 3, Part B, 2.5.1).
    private static let base: [UInt8] = [0, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0x80, 0x5F, 0x9B, 0x34, 0xFB]

    /// 128 bits: 32 digits, in groups of 8-4-4-4-12 or without dashes; `nil` for anything else.
    static func long(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        if digits.count == 36 {
            for dash in [23, 18, 13, 8] {
                guard digits.remove(at: dash) == UInt8(ascii: "-") else { return nil }
            }
        }
        return digits.count == 32 ? Hex.bytes(digits[...]) : nil
    }

    /// 128 bits, or 16 or 32 bits with or without `0x`, which stand for a UUID of the Bluetooth base.
    static func any(_ text: String) -> [UInt8]? {
        if let uuid = long(text) { return uuid }
        var digits = Array(text.utf8)[...]
        if digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8) { digits = digits.dropFirst(2) }
        guard digits.count == 4 || digits.count == 8, let short = Hex.bytes(digits) else { return nil }
        var uuid = base
        uuid.replaceSubrange(4 - short.count..<4, with: short)
        return uuid
    }

    /// Lower case, with dashes.
    static func text(_ uuid: [UInt8]) -> String {
        var text = ""
        for (position, byte) in uuid.enumerated() {
            if [4, 6, 8, 10].contains(position) { text += "-" }
            text += Hex.upper(byte).lowercased()
        }
        return text
    }
}
