/// Everything that a configuration is read from, the later winning over the earlier. Offsets are in bytes of all of them, one behind
/// the other.
struct Sources {
    /// A file or an environment variable.
    struct Source {
        /// As it stands in messages.
        let name: String
        let text: SourceText
        /// The offset of its first byte.
        let start: Int
        /// Of a variable, what it means.
        let meaning: Environment.Meaning?

        /// Whether it is a single value, which has no lines to point to.
        var isValue: Bool {
            switch meaning {
            case nil: false
            case .key(let row): KeyTable.keys[row].list == nil
            case .refused: true
            }
        }
    }

    private(set) var all: [Source] = []

    /// Adds a source behind the others.
    mutating func append(_ name: String, _ bytes: [UInt8], _ meaning: Environment.Meaning? = nil) {
        // One more than the bytes: the end of a file is a place in it.
        let start = all.last.map { $0.start + $0.text.count + 1 } ?? 0
        all.append(Source(name: name, text: SourceText(bytes), start: start, meaning: meaning))
    }

    /// The index of the source that a place is in.
    func index(of offset: Int) -> Int { all.lastIndex { $0.start <= offset } ?? 0 }

    /// The same issue, and what in its line only looks like a blank, where there is such a thing.
    func naming(_ issue: Reader.Issue) -> Reader.Issue {
        let source = all[index(of: issue.offset)]
        guard issue.hasExcerpt, !source.isValue, let blank = source.text.oddBlank(inLineOf: issue.offset - source.start),
            !issue.message.contains(blank.text)
        else { return issue }
        return .init(offset: issue.offset, key: issue.key, message: issue.message + "; this line holds \(blank.text), which is no blank")
    }

    /// A place as people name it, `config.yaml:3`.
    func shown(_ offset: Int) -> String {
        let source = all[index(of: offset)]
        if source.meaning != nil { return Printable.escaped(source.name) }
        return "\(Printable.escaped(source.name)):\(source.text.position(of: offset - source.start).line)"
    }
}

extension ConfigurationErrors {
    /// One mistake that is about a file as a whole.
    init(file: String, _ message: String) {
        errors = [ConfigurationError(file: file, position: nil, key: nil, message: message, excerpt: "")]
    }

    /// Sorts by place and renders, with every secret masked.
    init(_ issues: [Reader.Issue], _ sources: Sources, hiding secrets: [Range<Int>]) {
        // The sort is not promised to be stable, the index makes it so.
        let sorted = issues.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }.map(\.element)
        var errors: [ConfigurationError] = []
        for (index, source) in sources.all.enumerated() {
            var excerpts = Excerpt(
                source.text, hiding: secrets.filter { sources.index(of: $0.lowerBound) == index }.map { $0.lowerBound - source.start..<$0.upperBound - source.start })
            for issue in sorted where sources.index(of: issue.offset) == index {
                let offset = issue.offset - source.start
                let position = source.text.position(of: offset)
                errors.append(
                    ConfigurationError(
                        file: source.name, position: source.isValue ? nil : position, key: issue.key, message: issue.message,
                        excerpt: issue.hasExcerpt && !source.isValue ? excerpts.text(at: offset, line: position.line) : ""))
            }
        }
        self.errors = errors
    }
}
