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
    var integer: Int? { isPlain ? Int(text) : nil }

    /// A decimal number with an optional fraction and exponent; neither infinity nor NaN.
    var number: Double? {
        // What the library reads beyond that has other letters: hexadecimal numbers, inf, nan.
        guard isPlain, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 | 0x20 == UInt8(ascii: "e") || "+-.".utf8.contains($0) }),
            let value = Double(text), value.isFinite
        else { return nil }
        return value
    }

    /// What the text would be without its quotes: for the advice to remove them.
    var unquoted: Scalar { Scalar(text: text, isPlain: true) }

    /// How a message shows it: quoted where the file quotes it, hazards escaped, long ones shortened.
    var shown: String {
        if isPlain, text.isEmpty { return "an empty value" }
        let text = Printable.shortened(text)
        return isPlain ? Printable.escaped(text) : Printable.quoted(text)
    }
}
