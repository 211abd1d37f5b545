/// External text (names, paths, messages of a peer) in a form that is safe in a log line and on a terminal.
///
/// Each character that a terminal would obey, hide or reorder by is written as an escape; all others stay. What was escaped before stays
/// as it is.
public enum PrintableText {
    /// Whether a terminal would obey, hide or reorder by this scalar instead of showing it: controls, format and bidirectional characters,
    /// separators of lines and paragraphs (general categories Cc, Cf, Zl and Zp), and what is reserved for such (U+2060–206F and
    /// U+E0000–E007F).
    public static func isHazard(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: return false
        case 0...0x9F, 0x2060...0x206F, 0xE0000...0xE007F: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// The escape of a scalar, as YAML, JSON (but for `\x`) and C have it in double quotes.
    public static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x09: "\\t"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0...0xFF: "\\x" + hex(scalar.value, digits: 2)
        case 0x100...0xFFFF: "\\u" + hex(scalar.value, digits: 4)
        default: "\\U" + hex(scalar.value, digits: 8)
        }
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// The text in one line, each hazard escaped, line feeds too.
    public static func line(_ text: String) -> String { escaped(text) { isHazard($0) } }

    /// The text in the lines and with the tabs that it has, each other hazard escaped.
    public static func lines(_ text: String) -> String { escaped(text) { $0 != "\n" && $0 != "\t" && isHazard($0) } }

    /// One word of a shell's command line.
    public static func shellWord(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x2B...0x3A, 0x40...0x5A, 0x5F, 0x61...0x7A: true
            default: false
            }
        }
        if isPlain, !text.isEmpty { return text }
        return "'" + line(text).split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    private static func escaped(_ text: String, _ isEscaped: (Unicode.Scalar) -> Bool) -> String {
        guard text.unicodeScalars.contains(where: isEscaped) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isEscaped(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }
}
