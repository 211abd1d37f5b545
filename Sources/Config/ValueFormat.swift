/// How values of one type are written. They may stand in quotes.
struct ValueFormat<Value: Sendable>: Sendable {
    /// What may be written, in words.
    let allowed: String
    /// `nil` for what is not allowed.
    let read: @Sendable (String) -> Value?
    /// As YAML that needs no quotes.
    let text: @Sendable (Value) -> String
    /// For a text that is not allowed, where the mistake is a known one.
    var advice: @Sendable (String) -> String? = { _ in nil }
}

extension ValueFormat<AdapterSelector> {
    static var adapter: Self {
        .init(
            allowed: "hciN such as hci0, an address such as AA:BB:CC:DD:EE:FF, or all", read: { AdapterSelector($0) },
            text: { $0.description })
    }
}

extension ValueFormat<UInt64> {
    static var address: Self {
        .init(allowed: "an address such as AA:BB:CC:DD:EE:FF", read: AddressText.address, text: { AddressText.text($0) })
    }
}

extension ValueFormat<Configuration.AddressPattern> {
    static var addressPattern: Self {
        .init(
            allowed: "an address such as AA:BB:CC:DD:EE:FF, or its first bytes such as AA:BB:CC", read: AddressText.pattern,
            text: { AddressText.text($0.value, bytes: $0.bytes) },
            advice: { $0.utf8.last == UInt8(ascii: "*") || $0.utf8.last == UInt8(ascii: ":") ? "the first bytes alone are a prefix" : nil })
    }
}

extension ValueFormat<UInt16> {
    /// Decimal without leading zeros, or `0x` and up to four digits.
    static var companyID: Self {
        .init(
            allowed: "a number such as 0x004C or 76, 0 to 0xFFFF", read: companyID, text: { "0x" + Hex.upper(UInt32($0), digits: 4) },
            advice: { text in
                guard text.utf8.count == 4, Hex.bytes(Array(text.utf8)[...]) != nil else { return nil }
                return "hexadecimal begins with 0x, and what payloads call 4c00, in the order of the air, is 0x004C"
            })
    }

    private static func companyID(_ text: String) -> UInt16? {
        let digits = text.utf8
        if digits.starts(with: "0x".utf8) {
            let digits = digits.dropFirst(2)
            guard (1...4).contains(digits.count), digits.allSatisfy({ Hex.value($0) != nil }) else { return nil }
            return UInt16(Substring(digits), radix: 16)
        }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0"), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt16(text)
    }
}

extension ValueFormat<[UInt8]> {
    static var serviceUUID: Self {
        .init(allowed: "a UUID such as 180f, 0x180F or 0000180f-0000-1000-8000-00805f9b34fb", read: UUIDText.any, text: UUIDText.text)
    }

    static var longUUID: Self {
        .init(
            allowed: "a UUID of 128 bits such as fda50693-a4e2-4fb1-afcf-c6eb07647825", read: UUIDText.long, text: UUIDText.text)
    }

    /// A key of 128 bits.
    static var key: Self {
        .init(
            allowed: "32 hexadecimal digits, the most significant byte first",
            read: { $0.utf8.count == 32 ? Hex.bytes(Array($0.utf8)[...]) : nil },
            text: { $0.reduce(into: "") { $0 += Hex.upper($1).lowercased() } },
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
}

/// Whether a text is 16 bytes in base64: 22 characters, with or without the two `=` after them.
private func isBase64Key(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 22 || bytes.count == 24 && bytes.suffix(2).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return false }
    return bytes.prefix(22).allSatisfy { byte in
        switch byte {
        case 0x2B, 0x2D, 0x2F, 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }
}

/// A format and the property that its values live in.
struct WrittenValue: Sendable {
    let allowed: String
    let advice: @Sendable (String) -> String?
    /// Whether the text is allowed; only then the configuration changes.
    let assign: @Sendable (String, inout Configuration, Int) -> Bool
    /// As YAML that needs no quotes outside brackets.
    let texts: @Sendable (Configuration, Int) -> [String]
    let isSeveral: Bool

    init<Value>(_ format: ValueFormat<Value>, _ access: Key.Access<Value>) {
        allowed = format.allowed
        advice = format.advice
        assign = { text, configuration, element in
            guard let value = format.read(text) else { return false }
            access.set(&configuration, element, value)
            return true
        }
        texts = { access.values($0, $1).map(format.text) }
        isSeveral = access.isSeveral
    }
}
