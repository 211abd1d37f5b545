/// Everything that a configuration is read from, the later winning over the earlier. Offsets are in bytes of all of them, one behind
/// the other.
public struct Sources: Sendable {
    /// What the bytes are.
    enum Meaning: Equatable {
        case file
        /// An environment variable: the value of a row of the table.
        case value(row: Int)
        /// The same of a list, which is written in YAML.
        case list(row: Int)
        /// Nothing to us, and why, with what to do.
        case refused(String)
    }

    /// A file or an environment variable.
    struct Source {
        /// As it stands in messages.
        let name: String
        let text: SourceText
        /// The offset of its first byte.
        let start: Int
        let meaning: Meaning

        /// Whether it is a single value, which has no lines to point to.
        var isValue: Bool {
            switch meaning {
            case .file, .list: false
            case .value, .refused: true
            }
        }
    }

    private(set) var all: [Source] = []

    /// None.
    public init() {}

    /// Their names, in order.
    public var names: [String] { all.map(\.name) }

    /// Adds a file behind the others.
    public mutating func append(_ name: String, _ bytes: [UInt8]) { append(name, bytes, .file) }

    /// Adds others behind them.
    public mutating func append(_ others: Sources) {
        for source in others.all { append(source.name, Array(source.text.bytes), source.meaning) }
    }

    /// Adds those of some environment variables that are meant for the schema, keys in the table's order, then what is refused.
    public mutating func append(environment: [(name: String, value: [UInt8])], _ outline: Outline) {
        let meant = environment.compactMap { name, value in outline.meaning(ofVariable: name, value).map { (name, value, $0) } }
        func order(_ meaning: Meaning) -> Int {
            switch meaning {
            case .value(let row), .list(let row): row
            case .file, .refused: outline.keys.count
            }
        }
        for (name, value, meaning) in meant.sorted(by: { (order($0.2), $0.0) < (order($1.2), $1.0) }) { append(name, value, meaning) }
    }

    private mutating func append(_ name: String, _ bytes: [UInt8], _ meaning: Meaning) {
        // One more than the bytes: the end of a file is a place in it.
        let start = all.last.map { $0.start + $0.text.count + 1 } ?? 0
        all.append(Source(name: name, text: SourceText(bytes), start: start, meaning: meaning))
    }

    /// The index of the source that a place is in.
    func index(of offset: Int) -> Int { all.lastIndex { $0.start <= offset } ?? 0 }

    /// The same issue, and what in its line only looks like a blank, where there is such a thing.
    func naming(_ issue: Issue) -> Issue {
        let source = all[index(of: issue.offset)]
        guard issue.hasExcerpt, !source.isValue, let blank = source.text.oddBlank(inLineOf: issue.offset - source.start),
            !issue.message.contains(blank.text)
        else { return issue }
        return Issue(offset: issue.offset, key: issue.key, message: issue.message + "; this line holds \(blank.text), which is no blank")
    }

    /// A place as people name it, `config.yaml:3`; an environment variable by its name.
    func shown(_ offset: Int) -> String {
        let source = all[index(of: offset)]
        let line = source.meaning == .file ? ":\(source.text.position(of: offset - source.start).line)" : ""
        return Printable.escaped(source.name) + line
    }
}
