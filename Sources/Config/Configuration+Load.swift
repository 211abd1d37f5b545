import Glibc

extension Configuration {
    /// Reads a file, then those of the folder `config.d` beside it, each of at most `maximumFileBytes`, and the password that they name,
    /// or that systemd provides; and over them what the environment says. The file itself may be missing where there is anything else.
    ///
    /// - Parameters:
    ///   - path: a regular file; one with a secret in it belongs to root or to the user we run as, and is nobody's business else.
    ///   - environment: of each key but secrets `BLEMQTTD_` and its path in capitals, with `_` for the point.
    ///   - credentials: where systemd keeps the service's credentials (`$CREDENTIALS_DIRECTORY`), nil where it provides none.
    ///   - owner: whose a file with a secret may be, besides root's; nil for the user we run as.
    ///   - complaints: what is wrong with the world that a configuration without mistakes speaks of.
    /// - Throws: why a file cannot be read or is refused and what to do, or every mistake in it.
    public static func read(
        path: String, environment: [(name: String, value: [UInt8])] = environment, credentials: String? = credentialsDirectory,
        owner: UInt32? = nil, complaints: (Configuration) -> [Complaint] = { _ in [] }
    ) throws(ConfigurationErrors) -> LoadedConfiguration {
        let variables = Environment.variables(environment)
        let others = try ConfigurationFolder.files(beside: path)
        let hasMain = (others.isEmpty && variables.isEmpty) || ConfigurationFolder.isThere(path)
        var files: [PlainFile] = []
        for path in (hasMain ? [path] : []) + others { files.append(try PlainFile(path, .configuration)) }
        var sources = Sources()
        // What is required is asked for there, whether the file is there or not.
        if !hasMain { sources.append(path, []) }
        for file in files { sources.append(file.path, file.bytes) }
        for variable in variables { sources.append(variable.name, variable.value, variable.meaning) }
        let reading = try read(sources, complaints)
        var secretFiles: [String] = []
        for file in files {
            let held = reading.heldSecrets.filter { sources.all[sources.index(of: $0.place)].name == file.path }
            let paths = KeyTable.keys.map(\.path).filter { path in held.contains { $0.path == path } }
            guard !paths.isEmpty else { continue }
            try file.checkPrivate(Printable.list(paths), owner)
            secretFiles.append(file.path)
        }
        let folder = ConfigurationFolder.path(beside: path)
        var loaded = LoadedConfiguration(
            reading, sources, files: files.map(\.path), secret: secretFiles, folder: ConfigurationFolder.isThere(folder) ? folder : nil,
            variables: variables.map(\.name))
        try loaded.configuration.readPassword(credentials, configurationFile: path, owner)
        try loaded.configuration.checkKey(credentials, owner)
        return loaded
    }

    /// The configuration alone.
    /// - Parameter warn: takes what is valid and probably not meant, in the order of the sources; nothing where something is wrong.
    public static func load(
        path: String, environment: [(name: String, value: [UInt8])] = environment, credentials: String? = credentialsDirectory,
        owner: UInt32? = nil, complaints: (Configuration) -> [Complaint] = { _ in [] }, warn: (ConfigurationWarning) -> Void = { _ in }
    ) throws(ConfigurationErrors) -> Configuration {
        let loaded = try read(path: path, environment: environment, credentials: credentials, owner: owner, complaints: complaints)
        loaded.warnings.forEach(warn)
        return loaded.configuration
    }

    /// Reads the password again, where it is in a file of its own: it may have been put right, or changed, since.
    ///
    /// - Returns: whether it is another.
    /// - Throws: why the file cannot be read or is refused; the password remains what it was.
    public mutating func readPasswordAgain(credentials: String? = credentialsDirectory) throws(ConfigurationErrors) -> Bool {
        guard let before = broker.loadedPassword else { return false }
        try readPassword(credentials, configurationFile: "", nil)
        return broker.loadedPassword != before
    }

    /// `$CREDENTIALS_DIRECTORY`, nil where there is none.
    public static var credentialsDirectory: String? {
        guard let value = getenv("CREDENTIALS_DIRECTORY"), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The name of the systemd credential that is taken for the broker's password where the file names none.
    public static let passwordCredential = "mqtt-password"

    private mutating func readPassword(_ credentials: String?, configurationFile: String, _ owner: UInt32?) throws(ConfigurationErrors) {
        if let path = broker.passwordFile {
            let file = try PlainFile(path, .password)
            let isCredential = credentials.map { path.hasPrefix($0 + "/") } ?? false
            // systemd shows credentials to nobody but the service, by means of its own.
            if !isCredential { try file.checkPrivate("mqtt.broker.password_file", owner) }
            broker.loadedPassword = try Self.password(in: file)
        } else if broker.password == nil, let credentials {
            let path = credentials + "/" + Self.passwordCredential
            guard access(path, F_OK) == 0 else { return }
            guard broker.username != nil else {
                throw .init(
                    file: path,
                    "a password needs a user name (MQTT 3.1.1 has none without); set mqtt.broker.username in \(Printable.escaped(configurationFile))")
            }
            broker.loadedPassword = try Self.password(in: PlainFile(path, .password))
        }
    }

    /// The private key for TLS, whose contents are the transport's.
    private func checkKey(_ credentials: String?, _ owner: UInt32?) throws(ConfigurationErrors) {
        guard broker.tls.isEnabled, let path = broker.tls.key else { return }
        if let credentials, path.hasPrefix(credentials + "/") { return }
        try PlainFile(path, .privateKey).checkPrivate("mqtt.broker.tls.key", owner)
    }

    /// The first line.
    private static func password(in file: PlainFile) throws(ConfigurationErrors) -> [UInt8] {
        var line = file.bytes.prefix { $0 != UInt8(ascii: "\n") }
        // A byte order mark of UTF-8, which some editors write and none shows.
        if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty else { throw .init(file: file.path, "the first line is empty; write the password into it") }
        guard line.count <= 4096 else {
            throw .init(file: file.path, "the first line has \(line.count) bytes, a password at most 4096")
        }
        guard !line.contains(0) else {
            if line.starts(with: [0xFF, 0xFE]) || line.starts(with: [0xFE, 0xFF]) {
                throw .init(file: file.path, "the file is UTF-16; save it as UTF-8")
            }
            throw .init(file: file.path, "a NUL byte stands in the first line; a password is text")
        }
        return Array(line)
    }
}
