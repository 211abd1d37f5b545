import Glibc

extension Configuration {
    /// Reads a file of at most `maximumFileBytes`, and the password that it names, or that systemd provides.
    ///
    /// - Parameters:
    ///   - path: a regular file; one with a secret in it belongs to root or to the user we run as, and is nobody's business else.
    ///   - credentials: where systemd keeps the service's credentials (`$CREDENTIALS_DIRECTORY`), nil where it provides none.
    ///   - complaints: what is wrong with the world that a configuration without mistakes speaks of.
    /// - Throws: why a file cannot be read or is refused and what to do, or every mistake in it.
    public static func load(
        path: String, credentials: String? = credentialsDirectory, complaints: (Configuration) -> [Complaint] = { _ in [] }
    ) throws(ConfigurationErrors) -> Configuration {
        let file = try PlainFile(path, .configuration)
        var configuration = try parse(file.bytes, name: path, complaints: complaints)
        let secrets = configuration.secretKeys
        if !secrets.isEmpty { try file.checkPrivate(Printable.list(secrets)) }
        try configuration.readPassword(credentials, configurationFile: path)
        try configuration.checkKey(credentials)
        return configuration
    }

    /// Reads the password again, where it is in a file of its own: it may have been put right, or changed, since.
    ///
    /// - Returns: whether it is another.
    /// - Throws: why the file cannot be read or is refused; the password remains what it was.
    public mutating func readPasswordAgain(credentials: String? = credentialsDirectory) throws(ConfigurationErrors) -> Bool {
        guard let before = broker.loadedPassword else { return false }
        try readPassword(credentials, configurationFile: "")
        return broker.loadedPassword != before
    }

    /// `$CREDENTIALS_DIRECTORY`, nil where there is none.
    public static var credentialsDirectory: String? {
        guard let value = getenv("CREDENTIALS_DIRECTORY"), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The name of the systemd credential that is taken for the broker's password where the file names none.
    public static let passwordCredential = "mqtt-password"

    /// Paths of the secret keys that have a value.
    private var secretKeys: [String] {
        KeyTable.keys.filter { key in
            guard key.isSecret else { return false }
            guard let list = key.elementOf else { return key.text(in: self) != "null" }
            return KeyTable.keys.first { $0.path == list }?.list.map { $0.count(self) > 0 } ?? false
        }.map(\.path)
    }

    private mutating func readPassword(_ credentials: String?, configurationFile: String) throws(ConfigurationErrors) {
        if let path = broker.passwordFile {
            let file = try PlainFile(path, .password)
            let isCredential = credentials.map { path.hasPrefix($0 + "/") } ?? false
            // systemd shows credentials to nobody but the service, by means of its own.
            if !isCredential { try file.checkPrivate("mqtt.broker.password_file") }
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
    private func checkKey(_ credentials: String?) throws(ConfigurationErrors) {
        guard broker.tls.isEnabled, let path = broker.tls.key else { return }
        if let credentials, path.hasPrefix(credentials + "/") { return }
        try PlainFile(path, .privateKey).checkPrivate("mqtt.broker.tls.key")
    }

    /// The first line.
    private static func password(in file: PlainFile) throws(ConfigurationErrors) -> [UInt8] {
        var line = file.bytes.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty else { throw .init(file: file.path, "the first line is empty; write the password into it") }
        guard line.count <= 4096 else {
            throw .init(file: file.path, "the first line has \(line.count) bytes, a password at most 4096")
        }
        guard !line.contains(0) else { throw .init(file: file.path, "a NUL byte stands in the first line; a password is text") }
        return Array(line)
    }
}
