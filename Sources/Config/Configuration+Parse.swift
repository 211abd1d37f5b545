extension Configuration {
    /// The largest file that is read, in bytes.
    public static let maximumFileBytes = 256 << 10

    /// After this many mistakes the rest is not read, and no more warnings are given.
    public static let maximumErrors = 100

    /// Reads a file's bytes. Pure: the name is for messages only.
    ///
    /// - Parameters:
    ///   - bytes: YAML 1.2 in UTF-8, with or without byte order mark, at most `maximumFileBytes`.
    ///   - name: the file's name as it stands in messages.
    ///   - complaints: what is wrong with the world that a configuration without mistakes speaks of, such as a file that is missing.
    ///   - warn: takes what is valid and probably not meant, in the order of the file; nothing where something is wrong.
    /// - Throws: every mistake of the file at once, sorted by position.
    public static func parse(
        _ bytes: [UInt8], name: String, complaints: (Configuration) -> [Complaint] = { _ in [] },
        warn: (ConfigurationWarning) -> Void = { _ in }
    ) throws(ConfigurationErrors) -> Configuration {
        try parse(files: [(name, bytes)], complaints: complaints, warn: warn)
    }

    /// The same of several files: what a later one says of a key counts, of a list as of any other.
    public static func parse(
        files: [(name: String, bytes: [UInt8])], complaints: (Configuration) -> [Complaint] = { _ in [] },
        warn: (ConfigurationWarning) -> Void = { _ in }
    ) throws(ConfigurationErrors) -> Configuration {
        var sources = Sources()
        for (name, bytes) in files {
            guard bytes.count <= maximumFileBytes else { throw .init(file: name, tooBig: String(bytes.count), .configuration) }
            sources.append(name, bytes)
        }
        let reading = try read(sources, complaints)
        ConfigurationWarning.all(of: reading, sources).forEach(warn)
        return reading.configuration
    }

    /// Reads sources over each other.
    static func read(_ sources: Sources, _ complaints: (Configuration) -> [Complaint]) throws(ConfigurationErrors) -> Reading {
        var reading = Reading()
        for source in sources.all { reading.take(source) }
        reading.check(complaints)
        guard reading.issues.isEmpty else { throw .init(reading.issues.map(sources.naming), sources, hiding: reading.secrets) }
        return reading
    }
}
