/// A configuration, and what it was read from.
public struct LoadedConfiguration: Sendable {
    /// Without mistakes, the password among it.
    public internal(set) var configuration: Configuration
    /// The files and environment variables that were read, in the order in which later ones win.
    public var sources: [String] { files.map(\.path) + variables }
    /// The files that were read, in their order.
    public let files: [File]
    /// The folder that was looked into for more of them; nil where there is none.
    public let folder: String?
    /// What is valid and probably not meant, in the order of the sources.
    public let warnings: [ConfigurationWarning]
    private let variables: [String]
    /// Where the last source that gives a key gives it, by path; of a list as a whole.
    private let places: [(path: String, place: String)]

    /// A file that was read.
    public struct File: Sendable, Equatable {
        /// As it was named.
        public let path: String
        /// Whether a secret stands in it.
        public let isSecret: Bool
    }

    init(_ reading: Reading, _ sources: Sources, files: [String], secret: [String], folder: String?, variables: [String]) {
        configuration = reading.configuration
        self.files = files.map { File(path: $0, isSecret: secret.contains($0)) }
        self.folder = folder
        self.variables = variables
        warnings = ConfigurationWarning.all(of: reading, sources)
        places = KeyTable.keys.filter { $0.elementOf == nil }.compactMap { key in
            guard case .accepted(let offset) = reading.presence.of(key.path) else { return nil }
            return (key.path, sources.shown(offset))
        }
    }

    /// `Configuration.printed`, and behind each value that is not the default a comment that says where it comes from.
    public func printed() -> String {
        Page.printed(configuration) { key in
            guard !key.isSame(configuration, Configuration(scannerID: "")) else { return nil }
            if let place = places.first(where: { $0.path == key.path })?.place { return place }
            return key.path == "mqtt.broker.port" ? "with TLS" : nil
        }
    }
}
