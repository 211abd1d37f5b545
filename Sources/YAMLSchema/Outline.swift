/// The tree that the keys' dotted paths make. The elements of a list are a section, such as `adapters[]`.
public struct Outline: Sendable {
    /// In the table's order; those of one section stand together.
    public let keys: [Key]
    let words: Words
    /// Words that announce a secret; names of the table's secrets among them.
    let secretWords: SecretWords

    init(keys: [Key], words: Words) {
        self.keys = keys
        self.words = words
        secretWords = SecretWords(names: keys.filter(\.isSecret).map { String($0.name) })
    }

    /// Every section's path but those of elements, in the table's order, parents first.
    var sections: [String] {
        keys.reduce(into: []) { sections, key in
            let parts = key.path.split(separator: ".").dropLast()
            for count in 0..<parts.count where !parts[count].hasSuffix("[]") {
                let section = parts.prefix(count + 1).joined(separator: ".")
                if !sections.contains(section) { sections.append(section) }
            }
        }
    }

    /// What the schema's user adds to its keys.
    public struct Words: Sendable {
        /// What other programs call our keys: names in lower case with `_` for what divides words, and the key that they mean in a section or
        /// below it; at the top anywhere. The first row that fits counts.
        public var otherNames: @Sendable () -> [(section: String, names: [String], path: String)] = { [] }
        /// What other programs call the words of our choices.
        public var otherWords: @Sendable () -> [String: [String]] = { [:] }
        /// What the names of environment variables begin with.
        public var variablePrefix = ""
        /// What to do with a secret that stands in the environment: of a single key, and of a list that holds some, by its path.
        public var secretAdvice: @Sendable (_ list: String?) -> String = { _ in "write it into a file" }
        /// A line to show that a file may begin with.
        public var exampleLine = ""
        /// Sections whose keys are many of one kind: for text in place of such a section no key is guessed.
        public var uniformSections: [String] = []

        /// None.
        public init() {}
    }

    /// What a name means in a section.
    enum Entry {
        /// A row, by its index in the table.
        case key(Int)
        /// A section, by its path.
        case section(String)
    }

    /// The path of a name in a section; the top's path is empty.
    static func path(_ section: String, _ name: String) -> String { section.isEmpty ? name : "\(section).\(name)" }

    /// A key's index by its path.
    func index(of path: String) -> Int? { keys.firstIndex { $0.path == path } }

    /// What `name` is in `section`, or `nil` when it is unknown there. A name with points or brackets is never known.
    func entry(_ name: String, in section: String) -> Entry? {
        guard !name.isEmpty, !name.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }) else { return nil }
        let path = Self.path(section, name)
        return index(of: path).map { .key($0) } ?? (isSection(path) ? .section(path) : nil)
    }

    /// Whether some key lives below the path.
    func isSection(_ path: String) -> Bool {
        let prefix = path + "."
        return keys.contains { $0.path.hasPrefix(prefix) }
    }

    /// Whether a path is a key's or a section's, whatever it has in brackets.
    func isKnown(_ path: String) -> Bool {
        let wanted = Self.withoutBrackets(path)
        return isSection(wanted) || keys.contains { Self.withoutBrackets($0.path) == wanted }
    }

    private static func withoutBrackets(_ path: String) -> String {
        path.split(separator: "[", omittingEmptySubsequences: false).enumerated().reduce(into: "") { text, part in
            text += part.offset == 0 ? part.element : part.element.drop { $0 != "]" }.dropFirst()
        }
    }

    /// Whether some key or section has this name, wherever it stands.
    func isName(_ name: String) -> Bool {
        keys.contains { $0.path.split(separator: ".").contains { $0 == name || $0 == name + "[]" } }
    }

    /// Names of keys and sections directly in a section, in the table's order.
    func names(in section: String) -> [String] {
        var names: [String] = []
        let prefix = section.isEmpty ? "" : section + "."
        for key in keys where key.path.hasPrefix(prefix) {
            let name = String(key.path.dropFirst(prefix.count).prefix { $0 != "." && $0 != "[" })
            if names.last != name { names.append(name) }
        }
        return names
    }

    /// The keys that a section takes, for messages.
    func listing(of section: String) -> String { names(in: section).joined(separator: ", ") }

    /// A sentence over a section, where it needs one.
    public func help(ofSection path: String) -> String? { keys.first { $0.section == path }?.sectionHelp }

    /// Advice for a text that is none of a key's words.
    func choiceAdvice(_ text: String, _ choices: [String]) -> String? {
        if choices.contains(text.lowercased()) { return "in lower case" }
        if choices.contains(text.uppercased()) { return "in upper case" }
        let word = text.lowercased()
        let others = words.otherWords()
        let meant = choices.first { others[$0]?.contains(word) ?? false } ?? nearest(Array(word.utf8), choices)
        return meant.map { "did you mean \($0)?" }
    }

    private func nearest(_ word: [UInt8], _ choices: [String]) -> String? {
        guard (3...32).contains(word.count) else { return nil }
        return choices.first { Suggestion.distance(word, Array($0.lowercased().utf8)) <= max(1, min(word.count, $0.utf8.count) / 3) }
    }
}
