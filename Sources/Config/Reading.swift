/// What several sources come to, read one after the other.
struct Reading {
    var configuration = Configuration(scannerID: "")
    var issues: [Reader.Issue] = []
    /// What is valid and probably not meant.
    var warnings: [Reader.Issue] = []
    var secrets: [Range<Int>] = []
    var heldSecrets: [(place: Int, path: String)] = []
    var presence = Presence()
    /// Whether every source was read to its end: what is absent is known to be missing only then.
    var isWhole = true

    /// Reads another source over those before.
    mutating func take(_ source: Sources.Source) {
        guard issues.count < Configuration.maximumErrors else { return }
        switch source.meaning {
        case .refused(let problem): return issues.append(.init(offset: source.start, key: nil, message: problem))
        case .key(let row) where KeyTable.keys[row].list == nil: return take(value: source, row)
        case .key, nil: break
        }
        if let (offset, problem) = source.text.firstUnreadable() {
            issues.append(.init(offset: source.start + offset, key: nil, message: problem, hasExcerpt: !source.text.isUTF16))
            isWhole = false
            return
        }
        if let (offset, blank) = source.text.firstOddIndentation {
            let message = "\(blank.text) stands where a line is indented, which takes blanks; replace it here, and wherever else it was pasted"
            issues.append(.init(offset: source.start + offset, key: nil, message: message))
            isWhole = false
            return
        }
        self = source.text.bytes.withUnsafeBufferPointer { buffer in
            var reader = Reader(source.text, buffer, at: source.start, after: self)
            let isRead: Bool
            if case .key(let row) = source.meaning, let list = KeyTable.keys[row].list {
                isRead = reader.read(row: row, list)
            } else {
                isRead = reader.read()
            }
            return Reading(reader, isWhole: isWhole && isRead)
        }
    }

    /// Takes a variable's value as it is: as text without quotes in a file.
    private mutating func take(value source: Sources.Source, _ row: Int) {
        let key = KeyTable.keys[row]
        presence.note(.refused, row: row, element: nil)
        func refuse(_ problem: String) {
            issues.append(.init(offset: source.start, key: key.path, message: "\(key.path): \(problem)"))
        }
        guard let text = String(validating: source.text.bytes, as: UTF8.self) else { return refuse("the value is not UTF-8") }
        let scalar = Scalar(text: text, isPlain: true)
        guard let allowed = key.assign(scalar, to: &configuration) else {
            return presence.note(.accepted(at: source.start), row: row, element: nil)
        }
        let isHidden = key.mayMeetSecret || Reader.mayHoldSecret(text)
        let isQuoted = text.utf8.count > 1 && text.utf8.first == text.utf8.last && (text.utf8.first == 0x22 || text.utf8.first == 0x27)
        refuse(
            "\(isHidden && !text.isEmpty ? Printable.mask : scalar.shown) is not allowed (\(allowed))"
                + (isQuoted ? "; the quotes belong to the value here, leave them out" : ""))
    }

    /// What is wrong with the whole, beside what is wrong with each source.
    mutating func check(_ complaints: (Configuration) -> [Complaint]) {
        guard isWhole else { return }
        // IANA's port for MQTT over TLS.
        if configuration.broker.tls.isEnabled, presence.of("mqtt.broker.port") == .absent { configuration.broker.port = 8883 }
        let hadIssues = !issues.isEmpty
        issues += missing() + CrossCheck.issues(configuration, presence)
        if !hadIssues, issues.isEmpty { issues = complaints(configuration).map { $0.issue(presence) } }
    }

    /// What of it is valid and probably not meant, of values that count: another source may have said otherwise since.
    func doubts(_ sources: Sources) -> [Reader.Issue] {
        let losses = warnings.filter { warning in
            let path = warning.key.map { $0.prefix { $0 != "[" } } ?? ""
            guard case .accepted(let place) = presence.of(String(path)) else { return true }
            return sources.index(of: place) == sources.index(of: warning.offset)
        }
        return losses + EffectCheck.warnings(configuration, presence)
    }

    /// An issue for each required key that all sources leave out; those of lists' elements the reader looks for.
    private func missing() -> [Reader.Issue] {
        KeyTable.keys.enumerated().compactMap { row, key in
            guard key.elementOf == nil, presence.of(row: row) == .absent, let example = key.example else { return nil }
            let message = "\(key.path) is required: add a line such as  \(key.path): \(example.message)"
            return .init(offset: 0, key: key.path, message: message, hasExcerpt: false)
        }
    }
}

extension Reading {
    /// What a reader has made of it.
    init(_ reader: borrowing Reader, isWhole: Bool) {
        configuration = reader.configuration
        issues = reader.issues
        warnings = reader.warnings
        secrets = reader.secrets
        heldSecrets = reader.heldSecrets
        presence = reader.presence
        self.isWhole = isWhole
    }
}
