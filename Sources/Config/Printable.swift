import Bytes

/// Text from the world, made safe and short enough for a message.
enum Printable {
    /// What stands for a secret.
    static let mask = "•••"

    /// Whether a terminal would obey, hide or reorder by this scalar instead of showing it.
    static func isHazard(_ scalar: Unicode.Scalar) -> Bool { PrintableText.isHazard(scalar) }

    /// YAML's double-quoted escape of a scalar.
    static func escape(_ scalar: Unicode.Scalar) -> String { PrintableText.escape(scalar) }

    /// The text with hazards escaped.
    static func escaped(_ text: String) -> String { PrintableText.line(text) }

    /// A YAML double-quoted scalar.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                result += "\\"
                result.unicodeScalars.append(scalar)
            } else if isHazard(scalar) {
                result += escape(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// At most `limit` scalars, the last of them `…` when something is missing.
    static func shortened(_ text: String, limit: Int = 48) -> String {
        guard text.unicodeScalars.prefix(limit + 1).count > limit else { return text }
        var result = String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))
        result.append("…")
        return String(result)
    }

    /// A whole number without fraction, others in the shortest form that reads back the same.
    static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
        return value.description
    }

    /// Bytes with the largest unit that divides them.
    static func size(_ bytes: Int) -> String {
        if bytes > 0, bytes % (1 << 20) == 0 { return "\(bytes >> 20) MiB" }
        if bytes > 0, bytes % (1 << 10) == 0 { return "\(bytes >> 10) KiB" }
        return String(bytes)
    }

    /// One word of a shell's command line.
    static func shellWord(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x2B...0x3A, 0x40...0x5A, 0x5F, 0x61...0x7A: true
            default: false
            }
        }
        if isPlain, !text.isEmpty { return text }
        return "'" + escaped(text).split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    /// `a, b or c`.
    static func alternatives(_ words: [String]) -> String {
        var text = ""
        for (number, word) in words.enumerated() {
            if number > 0 { text += number == words.count - 1 ? " or " : ", " }
            text += word
        }
        return text
    }

    /// `a, b, c`.
    static func list(_ words: [String]) -> String {
        var text = ""
        for (number, word) in words.enumerated() {
            if number > 0 { text += ", " }
            text += word
        }
        return text
    }
}
