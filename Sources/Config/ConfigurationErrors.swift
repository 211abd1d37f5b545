/// Everything that is wrong with a configuration, in the order of the files that it is read from, and of each by position.
public struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never empty; at most `Configuration.maximumErrors` and one that says so.
    public let errors: [ConfigurationError]

    /// All messages, each with its source line and caret where it has a place. No newline at the end.
    public var description: String {
        var text = ""
        for (number, error) in errors.enumerated() {
            if number > 0 { text += "\n" }
            text += error.description
        }
        return text
    }
}

/// One mistake in a configuration. Never holds the value of a secret.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file's name as the caller gave it.
    public let file: String
    /// Where, or `nil` when the file as a whole is meant (missing, unreadable, too big).
    public let position: Position?
    /// Dotted path of the key, as in `adapters[1].mode`, or `nil` when no key is meant (YAML syntax).
    public let key: String?
    /// What is wrong and what to do; begins with the key when there is one.
    public let message: String
    /// Source line and caret line, or empty.
    public let excerpt: String

    /// A place in the file.
    public struct Position: Sendable, Equatable {
        /// Line, from 1.
        public let line: Int
        /// Column in Unicode scalars, from 1.
        public let column: Int
    }

    /// `PATH:LINE:COLUMN: message`, then the excerpt on lines of its own. No newline at the end.
    public var description: String { text(mark: "") }

    /// The same with a word before the message.
    func text(mark: String) -> String {
        var text = Printable.escaped(file)
        if let position { text += ":\(position.line):\(position.column)" }
        text += ": \(mark)\(message)"
        if !excerpt.isEmpty { text += "\n\(excerpt)" }
        return text
    }
}
