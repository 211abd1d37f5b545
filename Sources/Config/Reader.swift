/// Reads one file's events into a configuration and collects what is wrong. Keeps no tree: memory does not follow the file.
struct Reader: ~Copyable {
    /// Levels of nesting; the table needs four.
    private static let maximumDepth = 16

    /// Why reading ends early.
    enum Stop: Error {
        case syntax, tooDeep, tooMany
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
    var configuration = Configuration(scannerID: "")
    private(set) var issues: [Issue] = []
    private(set) var secrets: [Range<Int>] = []
    var presence = Presence()
    /// The element of a list that is being read.
    var element: Element?
    /// First place of each key and section met, in bytes. An array: a hash table for forty names costs more memory than it saves.
    var firstPlaces: [(path: String, place: Int)] = []
    /// The last place asked for: the next is near it.
    private var cursor = SourceText.Cursor()

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
            // Not the text itself: it is most of a file that is no YAML.
            try report(place(root), nil, "\(Self.kindName(root.kind)) is not allowed here (keys such as scanner_id: living-room)")
            try skip(root)
        }
        _ = try next()
        let after = try next()
        if after.kind == .documentStart {
            try report(place(after), nil, "a second document is not allowed; remove the --- and what is not wanted")
        }
    }

    /// From after a mapping's start to its end. Returns whether there is anything in it.
    @discardableResult
    mutating func readSection(_ section: String) throws(Stop) -> Bool {
        var isFilled = false
        while true {
            let key = try next()
            if key.kind == .mappingEnd { return isFilled }
            isFilled = true
            guard case .scalar(let name) = key.kind else {
                let path = section.isEmpty ? nil : element?.shown ?? section
                try report(place(key), path, "\(Self.kindName(key.kind)) is not allowed as a key (allowed: \(Schema.listing(of: section)))")
                try skip(key)
                try skip(next())
                continue
            }
            switch Schema.entry(name.text, in: section) {
            case .key(let row):
                try checkRepetition(KeyTable.keys[row].path, key)
                if let list = KeyTable.keys[row].list { try readList(row, list) } else { try readValue(row) }
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
        if value.isTagged { try report(place(value), path, "\(path): \(Self.tagMessage)") }
        switch value.kind {
        case .mappingStart:
            try readSection(path)
        case .scalar(let scalar) where scalar.isNull:
            break
        case .alias:
            try reportAlias(value, path)
        default:
            let allowed = "a section with \(Schema.names(in: path).count == 1 ? "the key" : "the keys") \(Schema.listing(of: path))"
            let list = KeyTable.keys.first { $0.section == path && $0.list != nil }
            let advice = value.kind == .sequenceStart ? list.map { "; the list goes into \($0.path)" } ?? "" : ""
            try report(place(value), path, "\(path): \(shown(value)) is not allowed (\(allowed)\(advice))")
            try skip(value)
        }
    }

    private mutating func readValue(_ row: Int) throws(Stop) {
        let key = KeyTable.keys[row]
        let path = shownPath(key.path)
        let value = try next()
        var given = Presence.Given.refused
        let isHidden = key.isSecret || key.mayMeetSecret
        if isHidden { hideRest(from: value) }
        switch value.kind {
        case .scalar where value.isTagged:
            try report(place(value), path, "\(path): \(Self.tagMessage)")
        case .scalar(let scalar):
            if let allowed = key.assign(scalar, to: &configuration, element: element?.index ?? 0) {
                let text = isHidden && !scalar.isNull && !scalar.text.isEmpty ? Printable.mask : shown(value)
                try report(place(value), path, "\(path): \(text) is not allowed (\(allowed))")
            } else {
                given = .accepted(at: place(value))
            }
        case .alias:
            try reportAlias(value, path)
        default:
            try report(place(value), path, "\(path): \(Self.kindName(value.kind)) is not allowed (\(key.allowed))")
        }
        presence.note(given, row: row, element: element?.index)
        let end = try skip(value)
        if isHidden { hideOnly(value, to: end) }
    }

    private mutating func readUnknown(_ name: String, in section: String, _ key: YAMLEvent) throws(Stop) {
        let path = Schema.path(section, name)
        let suggestions = Suggestion(for: name, in: section).paths
        let advice: String
        if name.utf8.contains(UInt8(ascii: ".")), Schema.isKnown(path, loosely: true) || Schema.isKnown(name, loosely: true) {
            advice = "; write it as sections, one level to a line, not with points"
        } else if name == "<<" {
            advice = "; merge keys are not part of YAML 1.2, write the values out"
        } else if suggestions.isEmpty {
            advice = " (allowed here: \(Schema.listing(of: section)))"
        } else {
            let element = element
            advice = "; did you mean \(Printable.alternatives(suggestions.map { element?.shown($0) ?? $0 }))?"
        }
        if SecretLines.holdsSecret(key: name) {
            hideRest(from: key)
            hideOnly(key, to: key.end)
        }
        let value = try next()
        // Nobody knows what an unknown key holds, so its value is shown only when it seems to be a known, public one.
        let isPublic =
            !suggestions.isEmpty && !SecretLines.mentionsSecret(name)
            && !suggestions.contains { path in KeyTable.keys.contains { $0.path == path && ($0.isSecret || $0.mayMeetSecret) } }
        if !isPublic { hideRest(from: value) }
        let shown =
            SecretLines.holdsSecret(key: name) ? Printable.mask : name.isEmpty ? "\"\"" : Printable.escaped(Printable.shortened(name))
        let shownPath = shownPath(Schema.path(section, shown))
        try report(place(key), shownPath, "\(shownPath): unknown key\(advice)")
        let end = try skip(value)
        if !isPublic { hideOnly(value, to: end) }
    }

    /// Everything of a node whose first event is given, at any depth. Returns the end of what is visible of it, in scalars.
    @discardableResult
    mutating func skip(_ first: YAMLEvent) throws(Stop) -> Int {
        var depth = 0
        var event = first
        var end = first.start
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
            // The end of a block is empty and stands where the next token does.
            if event.end > event.start { end = event.end }
            if depth == 0 { return end }
            event = try next()
        }
    }

    // MARK: Mistakes

    static let tagMessage = "a tag is not allowed; remove the word that begins with !, or put the value in quotes"
    private static let aliasMessage = "an alias (a word that begins with *) is not allowed; write the value out, or put it in quotes"

    mutating func reportAlias(_ event: YAMLEvent, _ path: String?) throws(Stop) {
        try report(place(event), path, (path.map { $0 + ": " } ?? "") + Self.aliasMessage)
    }

    private mutating func checkRepetition(_ path: String, _ key: YAMLEvent) throws(Stop) {
        let place = place(key)
        guard let first = firstPlaces.first(where: { $0.path == path }) else {
            firstPlaces.append((path, place))
            return
        }
        let path = shownPath(path)
        try report(place, path, "\(path): given twice, first on line \(source.position(of: first.place).line)")
    }

    mutating func report(_ offset: Int, _ key: String?, _ message: String) throws(Stop) {
        issues.append(Issue(offset: offset, key: key, message: message))
        guard issues.count >= Configuration.maximumErrors else { return }
        issues.append(Issue(offset: offset, key: nil, message: "too many errors; the rest of the file was not read", hasExcerpt: false))
        throw .tooMany
    }

    mutating func next() throws(Stop) -> YAMLEvent {
        do throws(YAMLSyntaxError) {
            return try events.next()
        } catch {
            let explanation = SyntaxExplanation(error, source)
            issues.append(Issue(offset: explanation.offset, key: nil, message: explanation.message))
            throw .syntax
        }
    }

    // MARK: Places and texts

    mutating func place(_ event: YAMLEvent) -> Int { source.offset(ofScalar: event.start, &cursor) }

    /// A schema's path as it stands in messages.
    func shownPath(_ path: String) -> String { element?.shown(path) ?? path }

    /// Takes everything after the event's start for a secret, until `hideOnly` knows better: reading may end before.
    mutating func hideRest(from event: YAMLEvent) {
        secrets.append(place(event)..<source.count)
    }

    /// Follows `hideRest`: the secret ends at a scalar's index.
    mutating func hideOnly(_ event: YAMLEvent, to end: Int) {
        let start = place(event)
        secrets[secrets.count - 1] = start..<max(start, source.offset(ofScalar: end, &cursor))
    }

    /// A value in a message. Where that leaves out what may be credentials, its source is hidden too.
    mutating func shown(_ event: YAMLEvent) -> String {
        guard case .scalar(let scalar) = event.kind else { return Self.kindName(event.kind) }
        guard
            scalar.text.utf8.contains(UInt8(ascii: "@")) || SecretLines.mentionsSecret(scalar.text) || SecretLines.looksLikeKey(scalar.text)
        else { return scalar.shown }
        hideRest(from: event)
        hideOnly(event, to: event.end)
        return Printable.mask
    }

    static func kindName(_ kind: YAMLEvent.Kind) -> String {
        switch kind {
        case .sequenceStart: "a list"
        case .mappingStart: "a section"
        case .alias: "an alias"
        default: "text"
        }
    }
}
