import Bluetooth
import Bytes
import Gateway
import YAMLSchema

extension Format<AdapterSelector> {
    static var adapter: Self {
        .written(
            "hciN such as hci0, an address such as AA:BB:CC:DD:EE:FF, or all", read: { AdapterSelector($0) }, text: { $0.description })
    }
}

extension Format<FilterRule.Action> {
    static var action: Self { .choice([("allow", .allow), ("deny", .deny)]) }
}

extension Format<DeviceAddress> {
    static var address: Self {
        .written("an address such as AA:BB:CC:DD:EE:FF", read: { FilterRule.AddressPattern($0)?.whole }, text: { $0.description })
    }
}

extension Format<FilterRule.AddressPattern> {
    static var addressPattern: Self {
        .written(
            "an address such as AA:BB:CC:DD:EE:FF, or its first bytes such as AA:BB:CC", read: { FilterRule.AddressPattern($0) },
            text: { String("\(DeviceAddress($0.value))".prefix(3 * $0.bytes - 1)) },
            advice: { $0.utf8.last == UInt8(ascii: "*") || $0.utf8.last == UInt8(ascii: ":") ? "the first bytes alone are a prefix" : nil })
    }
}

extension FilterRule.AddressPattern {
    /// Reads 1 to 6 bytes in hexadecimal with colons, the most significant first; `nil` for anything else.
    init?(_ text: String) {
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
        self.init(value: value << UInt64(48 - 8 * bytes), bytes: bytes)
    }

    /// The address, if it is all of one.
    var whole: DeviceAddress? { bytes == 6 ? DeviceAddress(value) : nil }
}

extension Format<AddressType> {
    /// As the payload names it.
    static var addressType: Self {
        .choice(
            [AddressType.public, .random, .publicIdentity, .randomIdentity, .anonymous].compactMap { type in
                type.name.map { (word: $0.description, value: type) }
            })
    }
}

extension Format<NamePattern> {
    static var namePattern: Self {
        .written(
            #"1 to 248 bytes of text, in which * is any run of characters, ? one, and \ makes the *, ? or \ after it literal"#, isText: true,
            mayHoldNumberSign: true, read: { (1...248).contains($0.utf8.count) && hasWholeEscapes($0) ? NamePattern($0) : nil }, text: { $0.glob },
            advice: { hasWholeEscapes($0) ? nil : #"write \\ for a backslash"# })
    }

    /// Every backslash stands before `*`, `?` or a backslash.
    private static func hasWholeEscapes(_ text: String) -> Bool {
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                guard byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "\\") else { return false }
                isEscaped = false
            } else {
                isEscaped = byte == UInt8(ascii: "\\")
            }
        }
        return !isEscaped
    }
}

extension Format<UInt16> {
    /// Decimal without leading zeros, or `0x` and up to four digits.
    static var companyID: Self {
        .written(
            "a number such as 0x004C or 76, 0 to 0xFFFF", read: companyID, text: { "0x" + Printable.hex(UInt32($0), digits: 4) },
            advice: { text in
                guard text.utf8.count == 4, UInt128(digits: text) != nil else { return nil }
                return "hexadecimal begins with 0x, and what payloads call 4c00, in the order of the air, is 0x004C"
            })
    }

    private static func companyID(_ text: String) -> UInt16? {
        let digits = text.utf8
        if digits.starts(with: "0x".utf8) {
            let digits = String(decoding: digits.dropFirst(2), as: UTF8.self)
            return (1...4).contains(digits.utf8.count) ? UInt128(digits: digits).map { UInt16($0) } : nil
        }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0"), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt16(text)
    }
}

extension Format<UInt128> {
    /// 128 bits, or 16 or 32 bits with or without `0x`, which stand for a UUID of the Bluetooth base.
    static var serviceUUID: Self {
        .written(
            "a UUID such as 180f, 0x180F or 0000180f-0000-1000-8000-00805f9b34fb", read: { longUUID($0) ?? shortUUID($0) }, text: text)
    }

    /// 128 bits: 32 digits, in groups of 8-4-4-4-12 or without dashes.
    static var longUUID: Self {
        .written("a UUID of 128 bits such as fda50693-a4e2-4fb1-afcf-c6eb07647825", read: longUUID, text: text)
    }

    private static func longUUID(_ text: String) -> UInt128? {
        var digits = Array(text.utf8)
        if digits.count == 36 {
            for dash in [23, 18, 13, 8] {
                guard digits.remove(at: dash) == UInt8(ascii: "-") else { return nil }
            }
        }
        return digits.count == 32 ? UInt128(digits: String(decoding: digits, as: UTF8.self)) : nil
    }

    /// 0000xxxx-0000-1000-8000-00805F9B34FB (Bluetooth Core 5.4, Vol 3, Part B, 2.5.1).
    private static func shortUUID(_ text: String) -> UInt128? {
        let digits = text.lowercased().utf8.starts(with: "0x".utf8) ? String(decoding: text.utf8.dropFirst(2), as: UTF8.self) : text
        guard digits.utf8.count == 4 || digits.utf8.count == 8, let short = UInt128(digits: digits) else { return nil }
        return short << 96 | 0x0000_1000_8000_00805F9B34FB
    }

    /// Lower case, with dashes.
    @Sendable private static func text(_ uuid: UInt128) -> String {
        let digits = uuid.digits
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits.dropFirst($0.lowerBound).prefix($0.count)) }.joined(separator: "-")
    }
}

extension Format<[UInt8]> {
    /// A key of 128 bits.
    static var key: Self {
        .written(
            "32 hexadecimal digits, the most significant byte first",
            read: { text in
                guard text.utf8.count == 32, let value = UInt128(digits: text) else { return nil }
                return (0..<16).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * (15 - $0))) }
            },
            text: { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }.digits },
            advice: { text in
                if text == Printable.mask { return "--print-config hides it, write the key itself" }
                if isBase64Key(text) {
                    return
                        #"it looks like base64, where Home Assistant and Apple have the least significant byte first; the digits to write are printed by  base64 -d | od -An -tx1 | tr ' ' '\n' | tac | tr -d '\n'"#
                }
                let digits = text.utf8.filter { Hex.value($0) != nil }.count
                return text.utf8.count > digits && digits >= 32
                    ? "leave out 0x and whatever stands between the digits" : "it has \(digits) digits"
            })
    }

    /// Whether a text is 16 bytes in base64: 22 characters, with or without the two `=` after them.
    private static func isBase64Key(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 22 || bytes.count == 24 && bytes.suffix(2).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return false }
        return bytes.prefix(22).allSatisfy { byte in
            switch byte {
            case 0x2B, 0x2D, 0x2F, 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
            default: false
            }
        }
    }
}

extension UInt128 {
    /// 1 to 32 hexadecimal digits and nothing else.
    fileprivate init?(digits: String) {
        // The library would take a sign.
        guard (1...32).contains(digits.utf8.count), digits.utf8.allSatisfy({ Hex.value($0) != nil }) else { return nil }
        self.init(digits, radix: 16)
    }

    /// 32 digits in lower case.
    fileprivate var digits: String {
        let text = String(self, radix: 16)
        return String(repeating: "0", count: 32 - text.utf8.count) + text
    }
}
