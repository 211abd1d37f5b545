extension Configuration {
    /// The largest file that is read, in bytes.
    public static let maximumFileBytes = 256 << 10

    /// After this many mistakes the rest of a file is not read.
    public static let maximumErrors = 100

    /// Reads a file's bytes. Pure: the name is for messages only.
    ///
    /// - Parameters:
    ///   - bytes: YAML 1.2 in UTF-8, with or without byte order mark, at most `maximumFileBytes`.
    ///   - name: the file's name as it stands in messages.
    ///   - complaints: what is wrong with the world that a configuration without mistakes speaks of, such as a file that is missing.
    /// - Throws: every mistake of the file at once, sorted by position.
    public static func parse(
        _ bytes: [UInt8], name: String, complaints: (Configuration) -> [Complaint] = { _ in [] }
    ) throws(ConfigurationErrors) -> Configuration {
        guard bytes.count <= maximumFileBytes else { throw .init(file: name, tooBig: String(bytes.count), .configuration) }
        let source = SourceText(bytes)
        if let (offset, problem) = source.firstUnreadable() {
            throw .init([.init(offset: offset, key: nil, message: problem, hasExcerpt: !source.isUTF16)], file: name, source, hiding: [])
        }
        let (configuration, issues, secrets) = source.bytes.withUnsafeBufferPointer { buffer in
            var reader = Reader(source, buffer)
            var issues: [Reader.Issue] = []
            if reader.read() {
                // IANA's port for MQTT over TLS.
                if reader.configuration.broker.tls.isEnabled, reader.presence.of("mqtt.broker.port") == .absent {
                    reader.configuration.broker.port = 8883
                }
                issues = missing(reader.presence) + CrossCheck.issues(reader.configuration, reader.presence)
                if reader.issues.isEmpty, issues.isEmpty {
                    issues = complaints(reader.configuration).map { $0.issue(reader.presence) }
                }
            }
            return (reader.configuration, reader.issues + issues, reader.secrets)
        }
        guard issues.isEmpty else { throw .init(issues, file: name, source, hiding: secrets) }
        return configuration
    }

    /// An issue for each required key that the file leaves out; those of lists' elements the reader looks for.
    private static func missing(_ presence: Presence) -> [Reader.Issue] {
        KeyTable.keys.enumerated().compactMap { row, key in
            guard key.elementOf == nil, presence.of(row: row) == .absent, let example = key.example else { return nil }
            let message = "\(key.path) is required: add a line such as  \(key.path): \(example.message)"
            return .init(offset: 0, key: key.path, message: message, hasExcerpt: false)
        }
    }
}

extension ConfigurationErrors {
    /// One mistake that is about the file as a whole.
    init(file: String, _ message: String) {
        errors = [ConfigurationError(file: file, position: nil, key: nil, message: message, excerpt: "")]
    }

    /// Sorts by place and renders, with every secret masked.
    init(_ issues: [Reader.Issue], file: String, _ source: SourceText, hiding secrets: [Range<Int>]) {
        var excerpts = Excerpt(source, hiding: secrets)
        // The sort is not promised to be stable, the index makes it so.
        errors = issues.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }.map { _, issue in
            let position = source.position(of: issue.offset)
            return ConfigurationError(
                file: file, position: position, key: issue.key, message: issue.message,
                excerpt: issue.hasExcerpt ? excerpts.text(at: issue.offset, line: position.line) : "")
        }
    }
}
