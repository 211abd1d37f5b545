/// The keys that a YAML file may have, the properties of `Root` that their values live in, and the rules between them.
public struct Schema<Root: Equatable & Sendable>: Sendable {
    /// The keys as a tree.
    public let outline: Outline
    /// In the order of prints and documents; those of one section stand together.
    public let rows: [Row<Root>]
    /// Every default. Of required keys whatever stands there.
    public let standard: Root
    let checks: [Check<Root>]
    let derive: @Sendable (inout Root, Presence) -> Void

    /// - Parameters:
    ///   - derive: sets what follows from other keys where the sources leave it out.
    ///   - checks: rules between keys.
    public init(
        standard: Root, rows: [Row<Root>], words: Outline.Words = .init(), derive: @escaping @Sendable (inout Root, Presence) -> Void = { _, _ in },
        checks: [Check<Root>] = []
    ) {
        self.standard = standard
        self.rows = rows.map { row in
            var row = row
            if row.key.elementOf == nil, row.key.example == nil { row.key.defaultText = row.text(in: standard) }
            return row
        }
        outline = Outline(keys: self.rows.map(\.key), words: words)
        self.derive = derive
        self.checks = checks
    }

    /// Reads sources over each other: what a later one says of a key counts, of a list as of any other.
    /// - Parameter complaints: what is wrong with the world that values without mistakes speak of, such as a file that is missing.
    /// - Throws: every mistake at once, in the order of the sources, and of each by position.
    public func read(_ sources: Sources, complaints: (Root) -> [Complaint] = { _ in [] }) throws(ConfigurationErrors) -> Reading<Root> {
        var reader = Reader(self)
        for source in sources.all { reader.take(source) }
        reader.check(complaints)
        let words = outline.secretWords
        func findings(_ issues: [Issue], isWarning: Bool) -> [Finding] {
            Finding.all(issues.map(sources.naming), sources, hiding: reader.secrets, words, isWarning: isWarning)
        }
        guard reader.issues.isEmpty else { throw ConfigurationErrors(findings(reader.issues, isWarning: false)) }
        return Reading(
            root: reader.root, warnings: findings(reader.doubts(sources), isWarning: true), presence: reader.presence, sources: sources,
            secrets: reader.heldSecrets)
    }

    /// The keys in which two values differ, in the table's order, a list as a whole.
    public func differences(_ old: Root, _ new: Root) -> [Key] {
        rows.filter { $0.key.elementOf == nil && !$0.isSame(old, new) }.map(\.key)
    }

    /// Whether the key's value is its default.
    func isStandard(_ row: Row<Root>, in root: Root) -> Bool { row.isSame(root, standard) }

    /// All values as YAML: every key but those that `isShown` leaves out, secrets as `•••`. Ends with a newline. Reads back as the same values,
    /// secrets aside.
    /// - Parameter origin: where a key's value comes from, for a comment behind it.
    public func printed(_ root: Root, isShown: (Key) -> Bool = { _ in true }, origin: (Key) -> String? = { _ in nil }) -> String {
        var page = Page()
        for row in rows where row.key.elementOf == nil && isShown(row.key) {
            let comment = isStandard(row, in: root) ? "" : origin(row.key).map { "  # " + $0 } ?? ""
            page.open(row.key)
            guard let list = row.list, list.count(root) > 0 else {
                page.line("\(row.key.name): \(row.text(in: root) ?? "")\(comment)")
                continue
            }
            page.line("\(row.key.name):\(comment)")
            let elementRows = rows.filter { $0.key.elementOf == row.key.path[...] }
            for element in 0..<list.count(root) {
                page.element(elementRows.compactMap { row in row.text(in: root, element: element).map { "\(row.key.name): \($0)" } })
            }
        }
        return page.text
    }
}

/// What sources come to that hold no mistakes.
public struct Reading<Root: Equatable & Sendable>: Sendable {
    /// The values.
    public var root: Root
    /// What is valid and probably not meant, in the order of the sources.
    public let warnings: [Finding]
    let presence: Presence
    let sources: Sources
    let secrets: [(place: Int, path: String)]

    /// Where the last source that gives a key gives it, such as `config.yaml:3`; of a list as a whole. `nil` where none does.
    public func origin(of path: String) -> String? {
        guard case .accepted(let place) = presence.of(path) else { return nil }
        return sources.shown(place)
    }

    /// The secret keys that have a value in a source, by their paths, each once.
    public func secrets(in name: String) -> [String] {
        let held = secrets.filter { sources.all[sources.index(of: $0.place)].name == name }.map(\.path)
        return presence.keys.filter(held.contains)
    }
}

/// Nested YAML, written line by line.
public struct Page {
    /// The page so far.
    public private(set) var text = ""
    private var parts: [Substring] = []

    /// An empty page.
    public init() {}

    /// Opens the section of a key that is written next, and those above it.
    /// - Parameter heading: lines over a section that is opened, by its path and level.
    public mutating func open(_ key: Key, heading: (String, Int) -> String = { _, _ in "" }) {
        let wanted = key.section.split(separator: ".")
        let common = zip(parts, wanted).prefix { $0 == $1 }.count
        for level in common..<wanted.count {
            parts = Array(wanted[..<level])
            line(heading(wanted[...level].joined(separator: "."), level) + "\(wanted[level]):")
        }
        parts = wanted
    }

    /// Whether a key stands in another section than the one before, or below it.
    public func isApart(_ key: Key) -> Bool { key.section.split(separator: ".") != parts }

    /// Lines in the section that is open.
    public mutating func line(_ lines: String) {
        for line in lines.split(separator: "\n") { text += String(repeating: "  ", count: parts.count) + line + "\n" }
    }

    /// A list's element, given by its lines.
    public mutating func element(_ lines: [String]) {
        for (number, text) in lines.enumerated() { line((number == 0 ? "  - " : "    ") + text) }
    }

    /// An empty line.
    public mutating func blank() { text += "\n" }
}
