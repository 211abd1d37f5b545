/// Reads one file's events into a configuration and collects what is wrong. Keeps no tree: memory does not follow the file.
struct Reader: ~Copyable {
    /// Levels of nesting; the table needs four.
    private static let maximumDepth = 16

    /// Why reading ends early.
    private enum Stop: Error {
        case syntax, tooDeep, tooMany
    }

    /// What the file says of a row.
    enum Given: Equatable {
        case absent
        case refused
        /// The value's place, in bytes.
        case accepted(at: Int)
    }

    /// A mistake, not yet rendered: which secrets the file holds is known only at its end.
    struct Issue {
        /// In bytes.
        let offset: Int
        let key: String?
        let message: String
        var hasExcerpt = true
    }

    private let source: SourceText
    private var events: YAMLEvents
    private(set) var configuration = Configuration(scannerID: "")
    private(set) var issues: [Issue] = []
    private(set) var secrets: [Range<Int>] = []
    /// By row of the table.
    private(set) var given = [Given](repeating: .absent, count: KeyTable.keys.count)
    /// First place of each key and section, in bytes, by path.
    private var firstPlaces: [String: Int] = [:]

    /// `bytes` are the source's, and outlive the reader.
    init(_ source: SourceText, _ bytes: UnsafeBufferPointer<UInt8>) {
        self.source = source
        events = YAMLEvents(bytes)
    }

    /// Reads everything. Returns whether the end was reached: what is absent is known to be missing only then.
    mutating func read() -> Bool {
        do throws(Stop) {
            try readStream()
            return true
        } catch {
            return false
        }
    }

    // MARK: Document

    private mutating func readStream() throws(Stop) {
        _ = try next()
        guard try next().kind == .documentStart else { return }
        let root = try next()
        switch root.kind {
        case .mappingStart:
            try readSection("")
        case .scalar(let scalar) where scalar.isNull:
            break
        default:
            try report(place(root), nil, "\(Self.name(root.kind)) is not allowed here (keys such as scanner_id: living-room)")
            try skip(root)
        }
        _ = try next()
        let after = try next()
        if after.kind == .documentStart {
            try report(place(after), nil, "a second document is not allowed; remove the --- and what is not wanted")
        }
    }

    /// From after a mapping's start to its end.
    private mutating func readSection(_ section: String) throws(Stop) {
        while true {
            let key = try next()
            if key.kind == .mappingEnd { return }
            guard case .scalar(let name) = key.kind else {
                let path = section.isEmpty ? nil : section
                try report(place(key), path, "\(Self.name(key.kind)) is not allowed as a key (allowed: \(Schema.listing(of: section)))")
                try skip(key)
                try skip(next())
                continue
            }
            switch Schema.entry(name.text, in: section) {
            case .key(let row):
                try checkRepetition(KeyTable.keys[row].path, key)
                try readValue(row)
            case .section(let path):
                try checkRepetition(path, key)
                try readSectionValue(path)
            case nil:
                try readUnknown(name.text, in: section, key)
            }
        }
    }

    private mutating func readSectionValue(_ path: String) throws(Stop) {
        let value = try next()
        switch value.kind {
        case .mappingStart:
            try readSection(path)
        case .scalar(let scalar) where scalar.isNull:
            break
        case .alias:
            try reportAlias(value, path)
        default:
            try report(
                place(value), path,
                "\(path): \(shown(value)) is not allowed (a section with the keys \(Schema.listing(of: path)))")
            try skip(value)
        }
    }

    private mutating func readValue(_ row: Int) throws(Stop) {
        let key = KeyTable.keys[row]
        let value = try next()
        given[row] = .refused
        if key.isSecret { hide(value) }
        switch value.kind {
        case .scalar where value.isTagged:
            try report(place(value), key.path, "\(key.path): a tag is not allowed; remove the word that begins with !, or put the value in quotes")
        case .scalar(let scalar):
            guard let allowed = key.assign(scalar, to: &configuration) else {
                given[row] = .accepted(at: place(value))
                return
            }
            let text = key.isSecret && !scalar.isNull && !scalar.text.isEmpty ? Printable.mask : shown(value)
            try report(place(value), key.path, "\(key.path): \(text) is not allowed (\(allowed))")
        case .alias:
            try reportAlias(value, key.path)
        default:
            try report(place(value), key.path, "\(key.path): \(Self.name(value.kind)) is not allowed (\(key.allowed))")
            try skip(value)
        }
    }

    private mutating func readUnknown(_ name: String, in section: String, _ key: YAMLEvent) throws(Stop) {
        let path = Schema.path(section, name.isEmpty ? "\"\"" : Printable.escaped(Printable.shortened(name)))
        let suggestion = Suggestion(for: name, in: section)
        let advice: String
        if name.utf8.contains(UInt8(ascii: ".")), suggestion.paths.contains(name) {
            advice = "; write it as sections, one level to a line, not with points"
        } else if suggestion.paths.isEmpty {
            advice = " (allowed here: \(Schema.listing(of: section)))"
        } else {
            advice = "; did you mean \(Printable.alternatives(suggestion.paths))?"
        }
        let value = try next()
        // Nobody knows what an unknown key holds, so its value is shown only when it seems to be a known, public one.
        let isPublic = !suggestion.paths.isEmpty && !SecretLines.isSecret(name: name)
            && !suggestion.paths.contains { path in KeyTable.keys.contains { $0.path == path && $0.isSecret } }
        if !isPublic { hide(value) }
        try report(place(key), path, "\(path): unknown key\(advice)")
        try skip(value)
    }

    /// Everything of a node whose first event is given, at any depth.
    private mutating func skip(_ first: YAMLEvent) throws(Stop) {
        var depth = 0
        var event = first
        while true {
            switch event.kind {
            case .mappingStart, .sequenceStart:
                depth += 1
                if depth > Self.maximumDepth {
                    try report(place(event), nil, "more than \(Self.maximumDepth) levels of nesting are not allowed")
                    throw .tooDeep
                }
            case .mappingEnd, .sequenceEnd:
                depth -= 1
            case .alias where !issues.contains(where: { $0.message.hasSuffix(Self.aliasMessage) }):
                try reportAlias(event, nil)
            default:
                break
            }
            if depth == 0 { return }
            event = try next()
        }
    }

    // MARK: Mistakes

    private static let aliasMessage = "an alias (a word that begins with *) is not allowed; write the value out, or put it in quotes"

    private mutating func reportAlias(_ event: YAMLEvent, _ path: String?) throws(Stop) {
        try report(place(event), path, (path.map { $0 + ": " } ?? "") + Self.aliasMessage)
    }

    private mutating func checkRepetition(_ path: String, _ key: YAMLEvent) throws(Stop) {
        let place = place(key)
        guard let first = firstPlaces[path] else {
            firstPlaces[path] = place
            return
        }
        try report(place, path, "\(path): given twice, first on line \(source.position(of: first).line)")
    }

    private mutating func report(_ offset: Int, _ key: String?, _ message: String) throws(Stop) {
        issues.append(Issue(offset: offset, key: key, message: message))
        guard issues.count >= Configuration.maximumErrors else { return }
        issues.append(Issue(offset: offset, key: nil, message: "too many errors; the rest of the file was not read", hasExcerpt: false))
        throw .tooMany
    }

    private mutating func next() throws(Stop) -> YAMLEvent {
        do throws(YAMLSyntaxError) {
            return try events.next()
        } catch {
            let explanation = SyntaxExplanation(error, source)
            issues.append(Issue(offset: explanation.offset, key: nil, message: explanation.message))
            throw .syntax
        }
    }

    // MARK: Places and texts

    private func place(_ event: YAMLEvent) -> Int { source.offset(ofScalar: event.start) }

    private mutating func hide(_ event: YAMLEvent) {
        let range = place(event)..<source.offset(ofScalar: max(event.start, event.end))
        if !range.isEmpty { secrets.append(range) }
    }

    /// A value in a message. Hides its source, too, where the message leaves out credentials.
    private mutating func shown(_ event: YAMLEvent) -> String {
        guard case .scalar(let scalar) = event.kind else { return Self.name(event.kind) }
        if scalar.holdsCredentials { hide(event) }
        return scalar.shown
    }

    private static func name(_ kind: YAMLEvent.Kind) -> String {
        switch kind {
        case .sequenceStart, .sequenceEnd: "a list"
        case .mappingStart, .mappingEnd: "a section"
        case .alias: "an alias"
        case .scalar(let scalar): scalar.shown
        case .streamStart, .streamEnd, .documentStart, .documentEnd: "nothing"
        }
    }
}
