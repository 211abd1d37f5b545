/// A YAML scalar as it stands in the file.
@usableFromInline struct Scalar: Sendable, Equatable {
    /// After unfolding and unescaping.
    @usableFromInline var text: String
    /// Neither quoted nor a block scalar: only such a scalar can be a number, a boolean or null (YAML 1.2, core schema).
    var isPlain: Bool

    /// `null`, `~` or nothing at all.
    @usableFromInline var isNull: Bool {
        isPlain && (text.isEmpty || text == "null" || text == "~" || text == "Null" || text == "NULL")
    }

    /// `true` or `false` in the spellings of the core schema.
    var bool: Bool? {
        guard isPlain else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return nil
        }
    }

    /// One of the words that are booleans in YAML 1.1 and plain text in 1.2.
    var isOldBool: Bool {
        guard isPlain else { return false }
        switch text.lowercased() {
        case "yes", "no", "on", "off", "y", "n": return true
        default: return false
        }
    }

    /// Decimal digits with an optional sign, and no overflow.
    var integer: Int? { isPlain ? Self.integer(text) : nil }

    /// A decimal number with an optional fraction and exponent; neither infinity nor NaN.
    var number: Double? { isPlain ? Self.number(text) : nil }

    /// What the text would be without its quotes: for the advice to remove them.
    var unquoted: Scalar { Scalar(text: text, isPlain: true) }

    /// How a message shows it: quoted where the file quotes it, hazards escaped, long ones shortened.
    var shown: String {
        if isPlain, text.isEmpty { return "an empty value" }
        let text = Printable.shortened(text)
        return isPlain ? Printable.escaped(text) : Printable.quoted(text)
    }

    private static func integer(_ text: String) -> Int? {
        guard digits(text.utf8.dropFirst(text.utf8.first.map(isSign) == true ? 1 : 0)) else { return nil }
        return Int(text)
    }

    private static func number(_ text: String) -> Double? {
        var rest = Substring(text).utf8
        if let first = rest.first, isSign(first) { rest = rest.dropFirst() }
        if let exponent = rest.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            var power = rest[exponent...].dropFirst()
            if let first = power.first, isSign(first) { power = power.dropFirst() }
            guard digits(power) else { return nil }
            rest = rest[..<exponent]
        }
        if let point = rest.firstIndex(of: UInt8(ascii: ".")) {
            let whole = rest[..<point]
            let fraction = rest[point...].dropFirst()
            guard whole.isEmpty ? digits(fraction) : digits(whole) && (fraction.isEmpty || digits(fraction)) else { return nil }
        } else {
            guard digits(rest) else { return nil }
        }
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    private static func isSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") }

    private static func digits(_ bytes: Substring.UTF8View) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
