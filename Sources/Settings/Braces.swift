import YAMLSchema

/// Text in which names in braces, the placeholders, stand for something else.
enum Braces {
    /// A part of it.
    enum Piece {
        case text(String)
        /// What stands between braces.
        case name(String)
        /// A brace without its other.
        case stray(String)
    }

    static func pieces(of text: String) -> [Piece] {
        let bytes = Array(text.utf8)
        var pieces: [Piece] = []
        var start = 0
        func piece(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        while start < bytes.count {
            switch bytes[start] {
            case UInt8(ascii: "{"):
                let rest = bytes[(start + 1)...]
                if let end = rest.firstIndex(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }), bytes[end] == UInt8(ascii: "}") {
                    pieces.append(.name(piece(start + 1..<end)))
                    start = end + 1
                } else {
                    pieces.append(.stray("{"))
                    start += 1
                }
            case UInt8(ascii: "}"):
                pieces.append(.stray("}"))
                start += 1
            default:
                let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") } ?? bytes.count
                pieces.append(.text(piece(start..<end)))
                start = end
            }
        }
        return pieces
    }

    /// What is wrong with the braces of a text; `nil` where each encloses one of these names.
    static func problem(_ text: String, _ known: [String]) -> String? {
        for piece in pieces(of: text) {
            switch piece {
            case .text: break
            case .stray(let brace): return "a \(brace) stands alone; braces enclose a placeholder"
            case .name(let name):
                if known.contains(name) { continue }
                let shown = Printable.escaped(Printable.shortened("{\(name)}"))
                if let home = home(of: name) { return "\(shown) is filled in in \(home) only" }
                let near = Suggestion.nearest(name, known)
                return "\(shown) is no placeholder" + (near.map { "; did you mean {\($0)}?" } ?? "")
            }
        }
        return nil
    }

    /// Where a placeholder that is known somewhere else belongs.
    private static func home(of name: String) -> String? {
        if name == ScannerIDTemplate.placeholder { return "scanner_id" }
        return switch TopicTemplate.Placeholder(rawValue: name) {
        case .scannerID: "topics"
        case .mac, .macBare, .adapter: "topic.advertisement"
        case nil: nil
        }
    }
}
