import CYAML

/// libyaml's refusal in words that help, at the place a person must look.
struct SyntaxExplanation {
    /// In bytes.
    let offset: Int
    let message: String

    /// - Parameter parser: has just failed.
    init(_ parser: yaml_parser_t, _ source: SourceText, _ words: SecretWords) {
        let problem = parser.problem.map { String(cString: $0) } ?? "out of memory"
        let context = parser.context.map { String(cString: $0) } ?? ""
        var place = parser.problem_mark.index
        var advice: String?
        switch problem {
        case "found unexpected end of stream" where context == "while scanning a quoted scalar":
            place = parser.context_mark.index
            advice = "this quote is never closed"
        case "found unexpected document indicator":
            advice = "a quote above is never closed"
        case "found character that cannot start any token":
            advice = Self.advice(onStartAt: source.offset(ofScalar: place), source, words)
        case "did not find expected comment or line break":
            // After | or >, in the line that it stands in; the mark is behind it.
            place = parser.context_mark.index
            advice = "put the value in quotes" + Self.quotes(at: source.offset(ofScalar: place), source, words)
        case "mapping values are not allowed in this context":
            advice = "put a value that holds a colon and a blank in quotes, or fix the indentation"
        case "could not find expected ':'":
            advice = "a key needs a colon and a blank after it"
        case "did not find expected key":
            advice = "fix the indentation, the quotes or the commas here or above"
        case "did not find expected ',' or '}'", "did not find expected ',' or ']'":
            // At the end of the file it is the opening bracket that needs a look.
            if source.offset(ofScalar: place) == source.count { place = parser.context_mark.index }
            advice = "a bracket is not closed, or a comma is missing"
        case "did not find expected alphabetic or numeric character":
            advice = "put a value that begins with * or & in quotes"
        case "found unknown escape character":
            advice = "in double quotes write a backslash as \\\\, or use single quotes"
        default:
            break
        }
        offset = source.offset(ofScalar: place)
        message = "not valid YAML: \(problem)\(context.isEmpty ? "" : " \(context)")\(advice.map { "; \($0)" } ?? "")"
    }

    private static func advice(onStartAt offset: Int, _ source: SourceText, _ words: SecretWords) -> String {
        guard offset < source.count else { return "put the value in quotes" }
        return source[offset] == UInt8(ascii: "\t") ? "a tab: use blanks to indent" : "put the value in quotes" + quotes(at: offset, source, words)
    }

    /// `: "@attic"`, the rest of the line in quotes; empty where that may be a secret, or is no single value.
    private static func quotes(at offset: Int, _ source: SourceText, _ words: SecretWords) -> String {
        let line = source.line(around: offset)
        guard offset < line.upperBound, SecretLines(source, words).hidden(inLineAt: line.lowerBound) == nil else { return "" }
        let text = String(decoding: (offset..<line.upperBound).map { source[$0] }, as: UTF8.self)
        let isSingle = text.unicodeScalars.allSatisfy { !" \t,{}[]\"'#".unicodeScalars.contains($0) }
        // What may be credentials is not shown in the middle of a text either.
        guard isSingle, Printable.shortened(text) == text, !words.mayBe(in: String(text.dropFirst())) else { return "" }
        return ": " + Printable.quoted(text)
    }
}
