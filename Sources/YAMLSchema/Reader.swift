/// Reads sources into a value, each over those before, and collects what is wrong.
struct Reader {
    /// Why reading ends early.
    enum Stop: Error {
        case tooDeep, tooMany
    }

    /// Levels of nesting in what is misplaced.
    private static var maximumDepth: Int { 16 }

    let outline: Outline
    let words: SecretWords
    /// Makes a pass over the value, or over a copy of it.
    let pass: (_ keys: Keys, _ isOnCopy: Bool) -> Void
    /// A key's default as YAML.
    private let standard: (_ row: Int) -> String?
    private(set) var issues: [Issue] = []
    /// What is valid and probably not meant.
    private(set) var warnings: [Issue] = []
    private(set) var secrets: [Range<Int>] = []
    /// Where secret keys have a value, and their paths.
    private(set) var heldSecrets: [(place: Int, path: String)] = []
    var keysSet: KeysSet
    /// Whether every source was read to its end: what is absent is known to be missing only then.
    private(set) var isWhole = true

    /// Of the source that is being read.
    var source = SourceText([])
    /// Where it begins among all of them.
    var start = 0
    private var hasAlias = false
    /// The element of a list that is being read.
    var element: (list: String, index: Int)?
    /// First place of each key and section met. An array: a hash table for forty names costs more memory than it saves.
    var firstPlaces: [(path: String, place: Int)] = []

    init(_ outline: Outline, standard: @escaping (_ row: Int) -> String?, pass: @escaping (_ keys: Keys, _ isOnCopy: Bool) -> Void) {
        self.outline = outline
        self.standard = standard
        self.pass = pass
        words = outline.secretWords
        keysSet = KeysSet(outline.keys)
    }

    // MARK: Sources

    /// Reads another source.
    mutating func take(_ taken: Sources.Source) {
        guard issues.count < Issue.maximum else { return }
        (source, start, hasAlias, firstPlaces) = (taken.text, taken.start, false, [])
        switch taken.meaning {
        case .refused(let problem): return issues.append(Issue(offset: start, key: nil, message: problem))
        case .value(let row): return take(value: row)
        case .file, .list: break
        }
        if let (offset, problem) = source.firstUnreadable() {
            issues.append(Issue(offset: start + offset, key: nil, message: problem, hasExcerpt: !source.isUTF16))
            return isWhole = false
        }
        if let (offset, blank) = source.firstOddIndentation {
            let message = "\(blank.text) stands where a line is indented, which takes blanks; replace it here, and wherever else it was pasted"
            issues.append(Issue(offset: start + offset, key: nil, message: message))
            return isWhole = false
        }
        let document = Document(source, words)
        do throws(Stop) {
            if case .list(let row) = taken.meaning { try readList(row, document.root) } else if let node = document.root { try readFile(node) }
            if let second = document.second {
                let advice = taken.meaning == .file ? "; remove the --- and what is not wanted" : ""
                try report(second, nil, "a second document is not allowed\(advice)")
            }
            if let failure = document.failure { report(failure) }
            isWhole = isWhole && document.isWhole
        } catch {
            isWhole = false
        }
        element = nil
    }

    /// Takes a variable's value as it is: as text without quotes in a file.
    private mutating func take(value row: Int) {
        let key = outline.keys[row]
        keysSet.note(.refused, row: row, element: nil)
        func issue(_ problem: String) -> Issue { Issue(offset: start, key: key.path, message: "\(key.path): \(problem)") }
        guard let text = String(validating: source.bytes, as: UTF8.self) else { return issues.append(issue("the value is not UTF-8")) }
        let scalar = Scalar(text: text, isPlain: true)
        guard let allowed = assign(scalar, row) else { return keysSet.note(.accepted(at: start), row: row, element: nil) }
        let isHidden = key.mayMeetSecret || words.mayBe(in: text)
        let isQuoted = text.utf8.count > 1 && text.utf8.first == text.utf8.last && (text.utf8.first == 0x22 || text.utf8.first == 0x27)
        issues.append(
            issue(
                "\(isHidden && !text.isEmpty ? Printable.mask : scalar.shown) is not allowed (\(allowed))"
                    + (isQuoted ? "; the quotes belong to the value here, leave them out" : "")))
    }

    private mutating func report(_ failure: SyntaxExplanation) {
        guard let missing = MissingBlank.last(before: failure.offset, source, outline) else {
            return issues.append(Issue(offset: start + failure.offset, key: nil, message: failure.message))
        }
        // The same line may have been refused by itself, for the same reason.
        let offset = start + missing.offset
        guard !issues.contains(where: { $0.offset == offset }) else { return }
        issues.append(Issue(offset: offset, key: nil, message: "not valid YAML: \(missing.advice)"))
    }

    /// What is wrong with the whole, beside what is wrong with each source.
    mutating func check(rules: [KeyProblem], others: () -> [KeyProblem]) {
        let given = keysSet
        issues.removeAll { issue in
            guard issue.isBlank, let key = issue.key, case .accepted = given.of(key) else { return false }
            return true
        }
        let hadIssues = !issues.isEmpty
        for (row, key) in outline.keys.enumerated() where key.elementOf == nil && keysSet.of(row: row) == .absent {
            guard let example = key.example else { continue }
            let message = "\(key.path) is required: add a line such as  \(key.path): \(example.message)"
            issues.append(Issue(offset: 0, key: key.path, message: message, hasExcerpt: false))
        }
        issues += rules.map { $0.issue(keysSet) }
        if !hadIssues, issues.isEmpty { issues = others().map { $0.issue(keysSet) } }
    }

    /// What of it is valid and probably not meant, of values that count: another source may have said otherwise since.
    func doubts(_ sources: Sources, _ found: [KeyProblem]) -> [Issue] {
        let losses = warnings.filter { warning in
            let path = warning.key.map { $0.prefix { $0 != "[" } } ?? ""
            guard case .accepted(let place) = keysSet.of(String(path)) else { return true }
            return sources.index(of: place) == sources.index(of: warning.offset)
        }
        return losses + found.map { $0.issue(keysSet) }
    }

    // MARK: Sections

    private mutating func readFile(_ node: Node) throws(Stop) {
        if let problem = property(of: node) { try report(node.start, nil, problem) }
        switch node.content {
        case .section(let entries): try readSection("", entries)
        case .scalar(let scalar) where scalar.isNull: break
        default:
            // Not the text itself: it is most of a file that is no YAML.
            if let text = node.scalar?.text, let missing = MissingBlank(text, outline) { return try report(node.start, nil, missing.advice) }
            try report(node.start, nil, "\(node.kind) is not allowed here (keys such as \(outline.words.exampleLine))")
            try skip(node)
        }
    }

    mutating func readSection(_ section: String, _ entries: [(key: Node, value: Node?)]) throws(Stop) {
        let path = section.isEmpty ? nil : shownPath(section)
        for (key, value) in entries {
            if let problem = property(of: key) { try report(key.start, path, problem) }
            guard let name = key.scalar?.text else {
                try report(key.start, path, "\(key.kind) is not allowed as a key (allowed: \(outline.listing(of: section)))")
                try skip(key)
                if let value { try skip(value) }
                continue
            }
            switch outline.entry(name, in: section) {
            case .key(let row):
                try checkRepetition(outline.keys[row].path, key)
                guard let value else { continue }
                if outline.keys[row].list != nil { try readList(row, value) } else { try readValue(row, value) }
            case .section(let path):
                try checkRepetition(path, key)
                if let value { try readSectionValue(path, value) }
            case nil: try readUnknown(name, in: section, key, value)
            }
        }
    }

    private mutating func readSectionValue(_ path: String, _ value: Node) throws(Stop) {
        if let problem = property(of: value) { try report(value.start, path, "\(path): \(problem)") }
        switch value.content {
        case .section(let entries): try readSection(path, entries)
        case .scalar(let scalar) where scalar.isNull: break
        case .alias: try reportAlias(value, path, isHidden: true)
        default:
            let allowed = "a section with \(outline.names(in: path).count == 1 ? "the key" : "the keys") \(outline.listing(of: path))"
            let list = outline.keys.first { $0.section == path && $0.list != nil }
            let advice = value.scalar == nil ? list.map { "; the list goes into \($0.path)" } ?? "" : sectionAdvice(path, value)
            try report(value.start, path, "\(path): \(shown(value)) is not allowed (\(allowed)\(advice))")
            try skip(value)
        }
    }

    private mutating func readUnknown(_ name: String, in section: String, _ key: Node, _ value: Node?) throws(Stop) {
        let holdsSecret = words.isIn(key: name)
        if holdsSecret { hide(key) }
        guard let value else { return }
        let path = Outline.path(section, name)
        let suggestions = outline.suggestions(for: name, in: section)
        let advice: String
        if name.utf8.contains(UInt8(ascii: ".")), outline.isKnown(path) || outline.isKnown(name) {
            advice = "; write it as sections, one level to a line, not with points"
        } else if name == "<<" {
            advice = "; merge keys are not part of YAML 1.2, write the values out"
        } else if let missing = MissingBlank(name, outline) {
            advice = "; \(missing.advice)"
        } else if suggestions.isEmpty {
            advice = " (allowed here: \(outline.listing(of: section)))"
        } else {
            advice = "; did you mean \(Printable.alternatives(suggestions.map { self.shownPath($0) }))?"
        }
        // Nobody knows what an unknown key holds, so its value is shown only when it seems to be a known, public one.
        let isPublic =
            !suggestions.isEmpty && !words.areMentioned(in: name) && !(value.scalar.map { words.mayBe(in: $0.text) } ?? false)
            && !suggestions.contains { path in outline.keys.contains { $0.path == path && $0.isHidden } }
        if !isPublic { hide(value) }
        let shown = holdsSecret ? Printable.mask : name.isEmpty ? "\"\"" : Printable.escaped(Printable.shortened(name))
        let shownPath = self.shownPath(Outline.path(section, shown))
        try report(key.start, shownPath, "\(shownPath): unknown key\(advice)")
        try skip(value)
    }

    // MARK: Values

    private mutating func readValue(_ row: Int, _ value: Node) throws(Stop) {
        let key = outline.keys[row]
        let path = shownPath(key.path)
        if key.takesSeveral, case .list(let values) = value.content, !value.isTagged, !value.isAnchored {
            return try readValues(row, value, values)
        }
        if key.isHidden { hide(value) }
        var given = KeysSet.Given.refused
        if let problem = property(of: value, isHidden: key.isHidden) {
            try report(value.start, path, "\(path): \(problem)")
        } else if let scalar = value.scalar {
            if let allowed = assign(scalar, row) {
                let text = key.isHidden && !scalar.isNull && !scalar.text.isEmpty ? Printable.mask : shown(value)
                let advice = value.style == .block && scalar.text.isEmpty && key.facts.isText ? "; | and > begin a block of lines; put the value in quotes" : ""
                let isBlank = key.example != nil && key.elementOf == nil && scalar.isPlain && scalar.text.isEmpty
                try report(value.start, path, "\(path): \(text) is not allowed (\(allowed)\(advice))", isBlank: isBlank)
            } else {
                given = .accepted(at: start + value.start)
                if key.isSecret, !scalar.isNull { heldSecrets.append((start + value.start, key.path)) }
                warnOfLoss(key, path, scalar, value)
            }
        } else if case .alias = value.content {
            try reportAlias(value, path, isHidden: key.isHidden)
        } else {
            let advice = key.facts.isText ? bracketAdvice(value, row) : ""
            try report(value.start, path, "\(path): \(value.kind) is not allowed (\(key.allowed)\(advice))")
        }
        keysSet.note(given, row: row, element: element?.index)
        try skip(value)
    }

    /// Reads a scalar into its property. Returns `nil`, or what to add to "… is not allowed": what is, and advice. Nothing is changed when the
    /// scalar is not accepted.
    func assign(_ scalar: Scalar, _ row: Int, toCopy isOnCopy: Bool = false) -> String? {
        let key = outline.keys[row]
        let advice: String?
        if scalar.isNull, !key.facts.isNullable {
            advice = key.absenceAdvice { standard(row) }
        } else {
            let keys = Keys(.read(scalar, row: row))
            pass(keys, isOnCopy)
            if keys.isRead { return nil }
            advice = key.facts.choices.map { outline.choiceAdvice(scalar.text, $0()) } ?? keys.advice
        }
        return advice.map { "\(key.allowed); \($0)" } ?? key.allowed
    }

    /// Reports the first alias, and what is nested too deep, in a node whose content is not looked at.
    mutating func skip(_ node: Node) throws(Stop) {
        var alias: Node?
        var deep: Node?
        func look(_ node: Node, depth: Int) {
            guard deep == nil else { return }
            switch node.content {
            case .scalar: break
            case .alias: alias = alias ?? node
            case .list, .section:
                if depth == Self.maximumDepth { deep = node }
                for node in node.parts { look(node, depth: depth + 1) }
            }
        }
        look(node, depth: 0)
        if !hasAlias, let alias { try reportAlias(alias, nil, isHidden: true) }
        guard let deep else { return }
        try report(deep.start, nil, "more than \(Self.maximumDepth) levels of nesting are not allowed")
        throw .tooDeep
    }

    // MARK: Mistakes

    mutating func reportAlias(_ node: Node, _ path: String?, isHidden: Bool) throws(Stop) {
        hasAlias = true
        let quotes = quotes(around: node, isHidden: isHidden)
        try report(
            node.start, path,
            (path.map { $0 + ": " } ?? "") + "an alias (a word that begins with *) is not allowed; write the value out, or put it in quotes" + quotes)
    }

    private mutating func checkRepetition(_ path: String, _ key: Node) throws(Stop) {
        guard let first = firstPlaces.first(where: { $0.path == path }) else { return firstPlaces.append((path, key.start)) }
        let path = shownPath(path)
        try report(key.start, path, "\(path): given twice, first on line \(source.position(of: first.place).line)")
    }

    /// - Parameter offset: in bytes of this source.
    mutating func report(_ offset: Int, _ key: String?, _ message: String, isBlank: Bool = false) throws(Stop) {
        issues.append(Issue(offset: start + offset, key: key, message: message, isBlank: isBlank))
        guard issues.count >= Issue.maximum else { return }
        issues.append(Issue(offset: start + offset, key: nil, message: "too many errors; the rest of the file was not read", hasExcerpt: false))
        throw .tooMany
    }

    mutating func warn(_ offset: Int, _ key: String, _ message: String) {
        guard warnings.count < Issue.maximum else { return }
        warnings.append(Issue(offset: start + offset, key: key, message: message))
    }

    /// A schema's path as it stands in messages: with the element's number where it is one of its keys, `adapters[0].mode`.
    func shownPath(_ path: String) -> String {
        guard let element, path.hasPrefix(element.list + "[]") else { return path }
        return "\(element.list)[\(element.index)]\(path.dropFirst(element.list.count + 2))"
    }

    /// Takes a node for a secret.
    mutating func hide(_ node: Node) { secrets.append(start + node.start..<start + node.end) }

    /// Takes a part of the source for a secret.
    mutating func hide(_ range: Range<Int>) { secrets.append(start + range.lowerBound..<start + range.upperBound) }

    /// A value in a message. Where that leaves out what may be credentials, its source is hidden too.
    mutating func shown(_ node: Node) -> String {
        guard let scalar = node.scalar else { return node.kind }
        guard words.mayBe(in: scalar.text) else { return scalar.shown }
        hide(node)
        return Printable.mask
    }
}
