import Bytes

/// External text, made safe and short enough for a message.
package enum Printable {
    /// What stands for a secret.
    package static let mask = "•••"

    /// The text with hazards escaped.
    package static func escaped(_ text: String) -> String { PrintableText.line(text) }

    /// A YAML double-quoted scalar.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                result += "\\"
                result.unicodeScalars.append(scalar)
            } else if PrintableText.isHazard(scalar) {
                result += PrintableText.escape(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// At most `limit` scalars, the last of them `…` when something is missing.
    package static func shortened(_ text: String, limit: Int = 48) -> String {
        guard text.unicodeScalars.prefix(limit + 1).count > limit else { return text }
        var result = String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))
        result.append("…")
        return String(result)
    }

    /// A whole number without fraction, others in the shortest form that reads back the same.
    package static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
        return value.description
    }

    /// Bytes with the largest unit that divides them.
    package static func size(_ bytes: Int) -> String {
        if bytes > 0, bytes % (1 << 20) == 0 { return "\(bytes >> 20) MiB" }
        if bytes > 0, bytes % (1 << 10) == 0 { return "\(bytes >> 10) KiB" }
        return String(bytes)
    }

    /// `a, b or c`.
    package static func alternatives(_ words: [String]) -> String {
        var text = ""
        for (number, word) in words.enumerated() {
            if number > 0 { text += number == words.count - 1 ? " or " : ", " }
            text += word
        }
        return text
    }

    /// Upper-case hexadecimal digits, at least so many.
    package static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// A YAML scalar: plain where no reader could take it for anything but text, else in double quotes.
    static func yaml(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x2D...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
            default: false
            }
        }
        guard isPlain, let first = text.utf8.first, (0x41...0x5A).contains(first & 0xDF) else { return quoted(text) }
        let scalar = Scalar(text: text, isPlain: true)
        return scalar.isNull || scalar.bool != nil || scalar.isOldBool ? quoted(text) : text
    }
}
