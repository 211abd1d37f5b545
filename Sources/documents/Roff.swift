/// Text for manual pages, man(7): what the typesetter would read as a request or an escape is escaped.
struct Roff {
    /// The page so far.
    private(set) var text = ""
    /// A paragraph begins there by itself.
    private var isUnderHeading = false

    /// Begins a page. The corresponding macro is `.TH`.
    /// - Parameters:
    ///   - section: of the manual, as in `8`.
    ///   - version: at the foot of the page.
    init(title: String, section: Int, version: String) {
        text = ".TH \(Self.argument(title)) \(section) \"\" \(Self.argument("blemqttd \(version)")) \"\"\n"
    }

    /// `.SH`
    mutating func section(_ title: String) { heading(".SH", title) }

    /// `.SS`
    mutating func subsection(_ title: String) { heading(".SS", title) }

    private mutating func heading(_ request: String, _ title: String) {
        text += "\(request) \(Self.argument(title))\n"
        isUnderHeading = true
    }

    /// A paragraph, with literals between backticks, in bold. `.PP`
    mutating func paragraph(_ sentences: String) {
        let parts = sentences.split(separator: "`", omittingEmptySubsequences: false).map { Self.escaped(String($0)) }
        text += (isUnderHeading ? "" : ".PP\n") + Self.lines(parts.enumerated().map { $0.offset % 2 == 0 ? $0.element : "\\fB\($0.element)\\fR" }.joined(), isEscaped: true)
        isUnderHeading = false
    }

    /// A term in bold, its argument in italics, and what they mean. `.TP`
    mutating func item(_ term: String, argument: String? = nil, _ sentences: String) {
        text += ".TP\n\\fB\(Self.escaped(term))\\fR\(argument.map { " \\fI\(Self.escaped($0))\\fR" } ?? "")\n" + Self.lines(sentences)
        isUnderHeading = false
    }

    /// Lines as they are. `.EX`
    mutating func example(_ lines: String) {
        text += ".PP\n.in +4n\n.EX\n" + Self.lines(lines) + ".EE\n.in\n"
    }

    private static func lines(_ text: String, isEscaped: Bool = false) -> String {
        (isEscaped ? text : escaped(text)).split(separator: "\n", omittingEmptySubsequences: false).map { line in
            (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
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
