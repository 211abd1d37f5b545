/// One mistake in a configuration, or something valid that is probably not meant. Never holds the value of a secret.
public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
    /// The name of the file or variable as the caller gave it.
    public let file: String
    /// Where, or `nil` when the file as a whole is meant (missing, unreadable, too big).
    public let position: Position?
    /// Dotted path of the key, as in `adapters[1].mode`, or `nil` when no key is meant (YAML syntax).
    public let key: String?
    /// What is wrong and what to do; begins with the key when there is one.
    public let message: String
    /// Source line and caret line, or empty.
    public let excerpt: String
    /// Whether it is valid.
    public let isWarning: Bool

    /// A place in the file.
    public struct Position: Sendable, Equatable {
        /// Line, from 1.
        public let line: Int
        /// Column in Unicode scalars, from 1.
        public let column: Int
    }

    /// `PATH:LINE:COLUMN: message`, with `warning: ` in front of a warning's, then the excerpt on lines of its own. No newline at the end.
    public var description: String {
        let place = position.map { ":\($0.line):\($0.column)" } ?? ""
        return "\(Printable.escaped(file))\(place): \(isWarning ? "warning: " : "")\(message)\(excerpt.isEmpty ? "" : "\n" + excerpt)"
    }

    /// Sorted by place, with every secret masked.
    static func all(_ issues: [Issue], _ sources: Sources, hiding secrets: [Range<Int>], _ words: SecretWords, isWarning: Bool) -> [Diagnostic] {
        // The sort is not promised to be stable, the index makes it so.
        let sorted = issues.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }.map(\.element)
        var diagnostics: [Diagnostic] = []
        for (index, source) in sources.all.enumerated() {
            let hidden = secrets.filter { sources.index(of: $0.lowerBound) == index }
            var excerpts = Excerpt(source.text, words, hiding: hidden.map { $0.lowerBound - source.start..<$0.upperBound - source.start })
            for issue in sorted where sources.index(of: issue.offset) == index {
                let offset = issue.offset - source.start
                let position = source.isValue ? nil : source.text.position(of: offset)
                diagnostics.append(
                    Diagnostic(
                        file: source.name, position: position, key: issue.key, message: issue.message,
                        excerpt: issue.hasExcerpt ? position.map { excerpts.text(at: offset, line: $0.line) } ?? "" : "", isWarning: isWarning))
            }
        }
        return diagnostics
    }
}

/// A mistake, not yet rendered: which secrets a file holds is known only at its end.
struct Issue {
    /// In bytes of all sources.
    let offset: Int
    let key: String?
    let message: String
    var hasExcerpt = true
    /// A required key stands there without a value, which another source may give.
    var isBlank = false

    /// After this many mistakes the rest is not read, and no more warnings are given.
    static let maximum = 100
}

/// Everything that is wrong with a configuration, in the order of the files that it is read from, and of each by position.
public struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never empty; at most 100 and one that says so.
    public let errors: [Diagnostic]

    init(_ errors: [Diagnostic]) { self.errors = errors }

    /// One mistake that is about a file as a whole.
    public init(file: String, _ message: String) {
        errors = [Diagnostic(file: file, position: nil, key: nil, message: message, excerpt: "", isWarning: false)]
    }

    /// All messages, each with its source line and caret where it has a place. No newline at the end.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
