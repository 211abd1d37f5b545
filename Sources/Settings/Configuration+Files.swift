import Bytes
import Linux
import YAMLSchema

/// A configuration's files, read by `Linux`.
extension Configuration {
    /// The largest file that is read, in bytes.
    package static let maximumFileBytes = 256 << 10

    /// Reads a file, then those of the directory `config.d` beside it, each of at most 256 KiB, and the password that they name,
    /// or that systemd provides; and over them what the environment says. The file itself may be missing where there is anything else.
    ///
    /// - Parameters:
    ///   - path: a regular file; one with a secret in it belongs to root or to the user we run as, and is nobody's business else.
    ///   - environment: of each key but secrets `BLEMQTTD_` and its path in capitals, with `_` for the point; nil for the process's own.
    ///   - credentials: where systemd keeps the service's credentials, nil if it provides none.
    ///   - owner: whose a file with a secret may be, besides root's; nil for the user we run as.
    ///   - hostName: the machine's, for values in which it stands.
    /// - Throws: why a file cannot be read or is refused and what to do, or every mistake in it.
    package static func read(
        path: String, environment: [(name: String, value: [UInt8])]? = nil, credentials: String? = ServiceDirectory.credentials, owner: UInt32? = nil,
        hostName: String = ThisProcess.hostName
    ) throws(ConfigurationErrors) -> LoadedConfiguration {
        let schema = schema(hostName: hostName)
        var variables = Sources()
        variables.append(environment: environment ?? ThisProcess.environment(prefix: variablePrefix), schema.outline)
        let (files, directory, hasMain) = try reporting { () throws(FileProblem) in
            let others = try DropIns.files(beside: path)
            let hasMain = (others.isEmpty && variables.names.isEmpty) || DropIns.isThere(path)
            var files: [PlainFile] = []
            for path in (hasMain ? [path] : []) + others { files.append(try PlainFile(path, .configuration)) }
            let directory = DropIns.path(beside: path)
            return (files, DropIns.isThere(directory) ? directory : nil, hasMain)
        }
        var sources = Sources()
        // What is required is asked for there, whether the file is there or not.
        if !hasMain { sources.append(path, []) }
        for file in files { sources.append(file.path, file.bytes) }
        sources.append(variables)
        // What the table and the files have touched is not held while they are judged: the highest memory is here.
        ThisProcess.releaseFilePages()
        let reading = try schema.read(sources) { $0.problems }
        return try reporting { () throws(FileProblem) in
            var read: [LoadedConfiguration.File] = []
            for file in files {
                let secrets = reading.secrets(in: file.path)
                if !secrets.isEmpty { try file.checkPrivate(secrets.joined(separator: ", "), owner) }
                read.append(.init(path: file.path, isSecret: !secrets.isEmpty))
            }
            var loaded = LoadedConfiguration(reading, files: read, directory: directory, variables: variables.names)
            try loaded.configuration.readPassword(credentials, configurationFile: path, owner)
            try loaded.configuration.checkKey(credentials, owner)
            return loaded
        }
    }

    /// Reads the password again, where it is in a file of its own: it may have been put right, or changed, since.
    ///
    /// - Returns: whether it is another.
    /// - Throws: why the file cannot be read or is refused; the password remains what it was.
    package mutating func readPasswordAgain(credentials: String? = ServiceDirectory.credentials) throws(FileProblem) -> Bool {
        guard let before = broker.loadedPassword else { return false }
        try readPassword(credentials, configurationFile: "", nil)
        return broker.loadedPassword != before
    }

    /// The name of the systemd credential that is taken for the broker's password where the file names none.
    package static let passwordCredential = "mqtt-password"

    /// A file's problem as the configuration's.
    private static func reporting<Result>(_ body: () throws(FileProblem) -> Result) throws(ConfigurationErrors) -> Result {
        do throws(FileProblem) {
            return try body()
        } catch {
            throw ConfigurationErrors(file: error.path, error.message)
        }
    }

    private mutating func readPassword(_ credentials: String?, configurationFile: String, _ owner: UInt32?) throws(FileProblem) {
        if let path = broker.passwordFile {
            let file = try PlainFile(path, .password)
            // systemd shows credentials to nobody but the service, by means of its own.
            if !Self.isCredential(path, credentials) { try file.checkPrivate("mqtt.broker.password_file", owner) }
            broker.loadedPassword = try Self.password(in: file)
        } else if broker.password == nil, let credentials {
            let path = credentials + "/" + Self.passwordCredential
            guard DropIns.isThere(path) else { return }
            guard broker.username != nil else {
                throw FileProblem(
                    path,
                    "a password needs a user name (MQTT 3.1.1 has none without); set mqtt.broker.username in \(Printable.escaped(configurationFile))")
            }
            broker.loadedPassword = try Self.password(in: PlainFile(path, .password))
        }
    }

    /// The private key for TLS, whose contents are the transport's.
    private func checkKey(_ credentials: String?, _ owner: UInt32?) throws(FileProblem) {
        guard broker.usesTLS, let path = broker.tls.key, !Self.isCredential(path, credentials) else { return }
        try PlainFile(path, .privateKey).checkPrivate("mqtt.broker.tls.key", owner)
    }

    private static func isCredential(_ path: String, _ credentials: String?) -> Bool { credentials.map { path.hasPrefix($0 + "/") } ?? false }

    /// The first line.
    private static func password(in file: PlainFile) throws(FileProblem) -> [UInt8] {
        var line = file.bytes.prefix { $0 != UInt8(ascii: "\n") }
        // A byte order mark of UTF-8, which some editors write and none shows.
        if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty else { throw FileProblem(file.path, "the first line is empty; write the password into it") }
        guard line.count <= 4096 else { throw FileProblem(file.path, "the first line has \(line.count) bytes, a password at most 4096") }
        guard !line.contains(0) else {
            let isUTF16 = line.starts(with: [0xFF, 0xFE]) || line.starts(with: [0xFE, 0xFF])
            throw FileProblem(
                file.path, isUTF16 ? "the file is UTF-16; save it as UTF-8" : "a NUL byte stands in the first line; a password is text")
        }
        return Array(line)
    }

    // MARK: Files that keys name

    /// A file, or a directory of files, that the daemon reads because a key names it.
    package struct NamedFile: Sendable, Equatable {
        /// Dotted path of the key.
        package let key: String
        package let path: String
        /// Only the daemon, its group and root may read it.
        package let isSecret: Bool
    }

    /// Every file that the configuration makes the daemon read, but for those that systemd hands it.
    /// - Parameter credentials: where systemd keeps the service's credentials, nil if it provides none.
    package func namedFiles(credentials: String? = ServiceDirectory.credentials) -> [NamedFile] {
        let tls = broker.usesTLS ? broker.tls : TLSSettings()
        let files: [(key: String, path: String?, isSecret: Bool)] = [
            ("password_file", broker.passwordFile, true), ("tls.ca_file", tls.caFile, false), ("tls.ca_path", tls.caPath, false),
            ("tls.certificate", tls.certificate, false), ("tls.key", tls.key, true),
        ]
        return files.compactMap { key, path, isSecret in
            guard let path, !Self.isCredential(path, credentials) else { return nil }
            return NamedFile(key: "mqtt.broker.\(key)", path: path, isSecret: isSecret)
        }
    }

    /// What is wrong with files that TLS needs.
    private var problems: [KeyProblem] {
        guard broker.usesTLS else { return [] }
        do throws(TLSError) {
            try broker.tls.check()
            return []
        } catch .file(let file, let path, let problem) {
            return [KeyProblem(key: file.key, "\(path): \(problem)")]
        } catch {
            return [KeyProblem(key: "mqtt.broker.tls.enabled", error.explanation)]
        }
    }

    // MARK: Reload

    /// In what a configuration differs from another: a key's path, a list's as a whole, in the table's order. No values: secrets are among them.
    package struct Change {
        package let path: String
        /// What it makes necessary.
        package let restarts: Key.Effects
    }

    /// What has changed since an older configuration.
    package func changes(from old: Configuration) -> [Change] {
        var changes = Self.schema.differences(old, self).map { Change(path: $0.path, restarts: $0.affects) }
        // The path may be the same, and the password another.
        if old.broker.loadedPassword != broker.loadedPassword {
            let source = broker.passwordFile == nil ? "credential " + Self.passwordCredential : "mqtt.broker.password_file"
            if !changes.contains(where: { $0.path == source }) { changes.append(Change(path: source, restarts: .session)) }
        }
        return changes
    }
}

extension [Configuration.Change] {
    /// The paths.
    package var paths: [String] { map(\.path) }

    /// What all of them together make necessary.
    package var restarts: Key.Effects { reduce(into: []) { $0.formUnion($1.restarts) } }
}

extension PlainFile.Content {
    fileprivate static let configuration = PlainFile.Content(
        "configuration", limit: Configuration.maximumFileBytes,
        whenMissing: { "make one with  blemqttd --example-config > \(Printable.escaped($0))  and edit it, or name another with --config" },
        nameInDirectory: "config.yaml", question: "is it a configuration of blemqttd?")
    fileprivate static let password = PlainFile.Content("password", limit: 8192, question: "is it a password?")
    fileprivate static let privateKey = PlainFile.Content("private key", limit: 1 << 20, question: "is it a private key?")
}
