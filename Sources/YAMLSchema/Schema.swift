/// The keys that a YAML file may have, the properties of `Root` that their values live in, and the rules between them.
public struct Schema<Root: Keyed>: Sendable {
    /// The keys as a tree.
    public let outline: Outline
    /// Every default. Of required keys whatever stands there.
    public let standard: Root
    let checks: [Check<Root>]
    let derive: @Sendable (inout Root, KeysSet) -> Void

    /// - Parameters:
    ///   - derive: sets what follows from other keys where the sources leave it out.
    ///   - checks: rules between keys.
    public init(
        standard: Root, words: Outline.Words = .init(), derive: @escaping @Sendable (inout Root, KeysSet) -> Void = { _, _ in },
        checks: [Check<Root>] = []
    ) {
        let described = Keys(.describe)
        var copy = standard
        copy.name(described)
        outline = Outline(keys: described.keys, words: words)
        self.standard = standard
        self.derive = derive
        self.checks = checks
    }

    /// The outline with the defaults, for documents.
    public var documented: Outline {
        var keys = outline.keys
        let texts = standard.texts
        for row in keys.indices where keys[row].elementOf == nil && keys[row].example == nil { keys[row].defaultText = texts[row][0] }
        return Outline(keys: keys, words: outline.words)
    }

    /// Reads sources over each other: what a later one says of a key counts, of a list as of any other.
    /// - Parameter problems: what is wrong with what values without mistakes name, such as a file that is missing.
    /// - Throws: every mistake at once, in the order of the sources, and of each by position.
    public func read(_ sources: Sources, problems: (Root) -> [KeyProblem] = { _ in [] }) throws(ConfigurationErrors) -> Reading<Root> {
        var root = standard
        var reader = Reader(outline, standard: { standard.texts[$0][0] }) { keys, isOnCopy in
            guard isOnCopy else { return root.name(keys) }
            var copy = root
            copy.name(keys)
        }
        for source in sources.all { reader.take(source) }
        if reader.isWhole {
            derive(&root, reader.keysSet)
            reader.check(rules: found(root, reader.keysSet, isWarning: false)) { problems(root) }
        }
        let words = outline.secretWords
        func diagnostics(_ issues: [Issue], isWarning: Bool) -> [Diagnostic] {
            Diagnostic.all(issues.map(sources.naming), sources, hiding: reader.secrets, words, isWarning: isWarning)
        }
        guard reader.issues.isEmpty else { throw ConfigurationErrors(diagnostics(reader.issues, isWarning: false)) }
        let doubts = reader.doubts(sources, found(root, reader.keysSet, isWarning: true))
        return Reading(
            root: root, warnings: diagnostics(doubts, isWarning: true), keysSet: reader.keysSet, sources: sources, secrets: reader.heldSecrets)
    }

    private func found(_ root: Root, _ keysSet: KeysSet, isWarning: Bool) -> [KeyProblem] {
        var found: [KeyProblem] = []
        for index in 0..<checks.count where checks[index].isWarning == isWarning { found += checks[index].find(root, keysSet) }
        return found
    }

    /// The keys in which two values differ, in the table's order, a list as a whole.
    public func differences(_ old: Root, _ new: Root) -> [Key] {
        let (old, new) = (old.texts, new.texts)
        return outline.keys.indices.filter { outline.keys[$0].elementOf == nil && rows(of: $0).contains { old[$0] != new[$0] } }.map { outline.keys[$0] }
    }

    /// A key's row; of a list those of its elements too, which follow it.
    private func rows(of row: Int) -> Range<Int> {
        let path = outline.keys[row].path[...]
        return row..<(outline.keys[(row + 1)...].firstIndex { $0.elementOf != path } ?? outline.keys.count)
    }

    /// All values as YAML: every key but those that `isShown` leaves out, secrets as `•••`. Ends with a newline. Reads back as the same values,
    /// secrets aside.
    /// - Parameter origin: where a key's value comes from, for a comment behind it.
    public func printed(_ root: Root, isShown: (Key) -> Bool = { _ in true }, origin: (Key) -> String? = { _ in nil }) -> String {
        var page = Page()
        let (texts, standard) = (root.texts, standard.texts)
        for (row, key) in outline.keys.enumerated() where key.elementOf == nil && isShown(key) {
            let rows = rows(of: row)
            let comment = rows.contains { texts[$0] != standard[$0] } ? origin(key).map { "  # " + $0 } ?? "" : ""
            page.open(key)
            let text = texts[row][0].map { " " + masked($0, key) } ?? ""
            page.line("\(key.name):\(text)\(comment)")
            for element in 0..<(rows.dropFirst().first.map { texts[$0].count } ?? 0) {
                page.element(
                    rows.dropFirst().compactMap { row in
                        texts[row][element].map { "\(outline.keys[row].name): \(masked($0, outline.keys[row]))" }
                    })
            }
        }
        return page.text
    }

    private func masked(_ text: String, _ key: Key) -> String { key.isSecret && text != "null" ? Printable.mask : text }
}

/// What sources come to that hold no mistakes.
public struct Reading<Root: Keyed>: Sendable {
    /// The values.
    public var root: Root
    /// What is valid and probably not meant, in the order of the sources.
    public let warnings: [Diagnostic]
    let keysSet: KeysSet
    let sources: Sources
    let secrets: [(place: Int, path: String)]

    /// Where the last source that gives a key gives it, such as `config.yaml:3`; of a list as a whole. `nil` where none does.
    public func origin(of path: String) -> String? {
        guard case .accepted(let place) = keysSet.of(path) else { return nil }
        return sources.shown(place)
    }

    /// The secret keys that have a value in a source, by their paths, each once.
    public func secrets(in name: String) -> [String] {
        let held = secrets.filter { sources.all[sources.index(of: $0.place)].name == name }.map(\.path)
        return keysSet.keys.filter(held.contains)
    }
}

/// Nested YAML, written line by line.
private struct Page {
    /// The page so far.
    private(set) var text = ""
    private var parts: [Substring] = []

    /// Opens the section of a key that is written next, and those above it.
    mutating func open(_ key: Key) {
        let wanted = key.section.split(separator: ".")
        let common = zip(parts, wanted).prefix { $0 == $1 }.count
        for level in common..<wanted.count {
            parts = Array(wanted[..<level])
            line("\(wanted[level]):")
        }
        parts = wanted
    }

    /// A line in the section that is open.
    mutating func line(_ line: String) { text += String(repeating: "  ", count: parts.count) + line + "\n" }

    /// A list's element, given by its lines.
    mutating func element(_ lines: [String]) {
        for (number, text) in lines.enumerated() { line((number == 0 ? "  - " : "    ") + text) }
    }
}
