/// Text for manual pages, man(7): what the typesetter would read as a request or an escape is escaped.
public struct Roff {
    /// The page so far.
    public private(set) var text = ""

    /// Begins a page. The corresponding macro is `.TH`.
    /// - Parameters:
    ///   - section: of the manual, as in `8`.
    ///   - version: at the foot of the page.
    public init(title: String, section: Int, version: String) {
        text = ".TH \(Self.argument(title)) \(section) \"\" \(Self.argument("blemqttd \(version)")) \"\"\n"
    }

    /// `.SH`
    public mutating func section(_ title: String) { text += ".SH \(Self.argument(title))\n" }

    /// `.SS`
    public mutating func subsection(_ title: String) { text += ".SS \(Self.argument(title))\n" }

    /// A paragraph. `.PP`
    public mutating func paragraph(_ sentences: String) { text += ".PP\n" + Self.lines(sentences) }

    /// A term in bold, its argument in italics, and what they mean. `.TP`
    public mutating func item(_ term: String, argument: String? = nil, _ sentences: String) {
        text += ".TP\n\\fB\(Self.escaped(term))\\fR\(argument.map { " \\fI\(Self.escaped($0))\\fR" } ?? "")\n" + Self.lines(sentences)
    }

    /// Lines as they are. `.EX`
    public mutating func example(_ lines: String) {
        text += ".PP\n.in +4n\n.EX\n" + Self.lines(lines) + ".EE\n.in\n"
    }

    private static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let line = escaped(String(line))
            return (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
        }.joined()
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            default: result.append(character)
            }
        }
        return result
    }

    private static func argument(_ text: String) -> String {
        "\"\(escaped(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\(dq"))\""
    }
}
