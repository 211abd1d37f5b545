/// Reads one source's events into a configuration, over what earlier sources say, and collects what is wrong. Keeps no tree: memory
/// does not follow the file.
struct Reader: ~Copyable {
    /// Levels of nesting; the table needs four.
    private static let maximumDepth = 16

    /// Why reading ends early.
    enum Stop: Error {
        case syntax, tooDeep, tooMany
    }

    /// A mistake, not yet rendered: which secrets the file holds is known only at its end.
    struct Issue {
        /// In bytes of all sources.
        let offset: Int
        let key: String?
        let message: String
        var hasExcerpt = true
    }

    let source: SourceText
    /// Where the source begins among all of them.
    let start: Int
    private var events: YAMLEvents
    var configuration = Configuration(scannerID: "")
    private(set) var issues: [Issue] = []
    /// What is valid and probably not meant.
    private(set) var warnings: [Issue] = []
    private var hasAlias = false
    private(set) var secrets: [Range<Int>] = []
    /// Where secret keys have a value, and their paths.
    private(set) var heldSecrets: [(place: Int, path: String)] = []
    var presence = Presence()
    /// The element of a list that is being read.
    var element: Element?
    /// First place of each key and section met, in bytes. An array: a hash table for forty names costs more memory than it saves.
    var firstPlaces: [(path: String, place: Int)] = []
    /// The last place asked for: the next is near it.
    private var cursor = SourceText.Cursor()

    /// `bytes` are the source's, and outlive the reader.
    init(_ source: SourceText, _ bytes: UnsafeBufferPointer<UInt8>, at start: Int, after earlier: Reading) {
        self.source = source
        self.start = start
        events = YAMLEvents(bytes)
        configuration = earlier.configuration
        issues = earlier.issues
        warnings = earlier.warnings
        secrets = earlier.secrets
        heldSecrets = earlier.heldSecrets
        presence = earlier.presence
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

    /// Reads a source that is the value of one list. Returns whether the end was reached.
    mutating func read(row: Int, _ list: Key.List) -> Bool {
        do throws(Stop) {
            _ = try next()
            guard try next().kind == .documentStart else {
                list.clear(&configuration)
                presence.note(.accepted(at: start), row: row, element: nil)
                return true
            }
            try readList(row, list)
            _ = try next()
            let after = try next()
            if after.kind == .documentStart { try report(place(after), nil, "a second document is not allowed") }
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
        if let problem = property(of: root) { try report(place(root), nil, problem) }
        switch root.kind {
        case .mappingStart:
            try readSection("")
        case .scalar(let scalar) where scalar.isNull:
            break
        default:
            // Not the text itself: it is most of a file that is no YAML.
            if case .scalar(let scalar) = root.kind, let missing = MissingBlank(scalar.text) {
                try report(place(root), nil, missing.advice)
                return try skipRest()
            }
            try report(place(root), nil, "\(Self.kindName(root.kind)) is not allowed here (keys such as scanner_id: living-room)")
            try skip(root)
        }
        try skipRest()
    }

    private mutating func skipRest() throws(Stop) {
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
            if let problem = property(of: key) { try report(place(key), section.isEmpty ? nil : element?.shown ?? section, problem) }
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
        if let problem = property(of: value) { try report(place(value), path, "\(path): \(problem)") }
        switch value.kind {
        case .mappingStart:
            try readSection(path)
        case .scalar(let scalar) where scalar.isNull:
            break
        case .alias:
            try reportAlias(value, path, isHidden: true)
        default:
            let allowed = "a section with \(Schema.names(in: path).count == 1 ? "the key" : "the keys") \(Schema.listing(of: path))"
            let list = KeyTable.keys.first { $0.section == path && $0.list != nil }
            let advice = value.kind == .sequenceStart ? list.map { "; the list goes into \($0.path)" } ?? "" : sectionAdvice(path, value)
            try report(place(value), path, "\(path): \(shown(value)) is not allowed (\(allowed)\(advice))")
            try skip(value)
        }
    }

    private mutating func readValue(_ row: Int) throws(Stop) {
        let key = KeyTable.keys[row]
        let path = shownPath(key.path)
        let value = try next()
        if key.takesSeveral, value.kind == .sequenceStart, !value.isTagged, !value.isAnchored { return try readValues(row, value) }
        var given = Presence.Given.refused
        let isHidden = key.isSecret || key.mayMeetSecret
        if isHidden { hideRest(from: value) }
        let problem = property(of: value, isHidden: isHidden)
        switch value.kind {
        case _ where problem != nil:
            try report(place(value), path, "\(path): \(problem!)")
        case .scalar(let scalar):
            if let allowed = key.assign(scalar, to: &configuration, element: element?.index ?? 0) {
                let text = isHidden && !scalar.isNull && !scalar.text.isEmpty ? Printable.mask : shown(value)
                let advice = value.style == .block && scalar.text.isEmpty && key.isText ? "; | and > begin a block of lines; put the value in quotes" : ""
                try report(place(value), path, "\(path): \(text) is not allowed (\(allowed)\(advice))")
            } else {
                given = .accepted(at: place(value))
                if key.isSecret, !scalar.isNull { heldSecrets.append((place(value), key.path)) }
                warnOfLoss(key, path, scalar, value)
            }
        case .alias:
            try reportAlias(value, path, isHidden: isHidden)
        default:
            let advice = key.isText ? bracketAdvice(value) : ""
            try report(place(value), path, "\(path): \(Self.kindName(value.kind)) is not allowed (\(key.allowed)\(advice))")
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
        } else if let missing = MissingBlank(name) {
            advice = "; \(missing.advice)"
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
        var isPublic =
            !suggestions.isEmpty && !SecretLines.mentionsSecret(name)
            && !suggestions.contains { path in KeyTable.keys.contains { $0.path == path && ($0.isSecret || $0.mayMeetSecret) } }
        if case .scalar(let scalar) = value.kind, Self.mayHoldSecret(scalar.text) { isPublic = false }
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
            case .alias where !hasAlias:
                try reportAlias(event, nil, isHidden: true)
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

    mutating func reportAlias(_ event: YAMLEvent, _ path: String?, isHidden: Bool) throws(Stop) {
        hasAlias = true
        let quotes = quotes(around: event, isHidden: isHidden)
        try report(place(event), path, (path.map { $0 + ": " } ?? "") + Self.aliasMessage + quotes)
    }

    private mutating func checkRepetition(_ path: String, _ key: YAMLEvent) throws(Stop) {
        let place = place(key)
        guard let first = firstPlaces.first(where: { $0.path == path }) else {
            firstPlaces.append((path, place))
            return
        }
        let path = shownPath(path)
        try report(place, path, "\(path): given twice, first on line \(source.position(of: first.place - start).line)")
    }

    mutating func report(_ offset: Int, _ key: String?, _ message: String) throws(Stop) {
        issues.append(Issue(offset: offset, key: key, message: message))
        guard issues.count >= Configuration.maximumErrors else { return }
        issues.append(Issue(offset: offset, key: nil, message: "too many errors; the rest of the file was not read", hasExcerpt: false))
        throw .tooMany
    }

    mutating func warn(_ offset: Int, _ key: String, _ message: String) {
        guard warnings.count < Configuration.maximumErrors else { return }
        warnings.append(Issue(offset: offset, key: key, message: message))
    }

    mutating func next() throws(Stop) -> YAMLEvent {
        do throws(YAMLSyntaxError) {
            return try events.next()
        } catch {
            let explanation = SyntaxExplanation(error, source)
            if let missing = MissingBlank.last(before: explanation.offset, source) {
                // The same line may have been refused by itself, for the same reason.
                let offset = start + missing.offset
                if !issues.contains(where: { $0.offset == offset }) {
                    issues.append(Issue(offset: offset, key: nil, message: "not valid YAML: \(missing.advice)"))
                }
            } else {
                issues.append(Issue(offset: start + explanation.offset, key: nil, message: explanation.message))
            }
            throw .syntax
        }
    }

    // MARK: Places and texts

    mutating func place(_ event: YAMLEvent) -> Int { start + offset(event.start) }

    /// Of the nth scalar, in bytes of this source.
    mutating func offset(_ scalar: Int) -> Int { source.offset(ofScalar: scalar, &cursor) }

    /// A schema's path as it stands in messages.
    func shownPath(_ path: String) -> String { element?.shown(path) ?? path }

    /// Takes everything after the event's start for a secret, until `hideOnly` knows better: reading may end before.
    mutating func hideRest(from event: YAMLEvent) {
        secrets.append(place(event)..<start + source.count)
    }

    /// Follows `hideRest`: the secret ends at a scalar's index.
    mutating func hideOnly(_ event: YAMLEvent, to end: Int) {
        let place = place(event)
        secrets[secrets.count - 1] = place..<max(place, start + offset(end))
    }

    /// A value in a message. Where that leaves out what may be credentials, its source is hidden too.
    mutating func shown(_ event: YAMLEvent) -> String {
        guard case .scalar(let scalar) = event.kind else { return Self.kindName(event.kind) }
        guard Self.mayHoldSecret(scalar.text) else { return scalar.shown }
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
