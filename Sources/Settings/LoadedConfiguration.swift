import YAMLSchema

/// A configuration, and what it was read from.
public struct LoadedConfiguration: Sendable {
    /// Without mistakes, the password among it.
    public internal(set) var configuration: Configuration
    /// The files and environment variables that were read, in the order in which later ones win.
    public let sources: [String]
    /// The files that were read, in their order.
    public let files: [File]
    /// The folder that was looked into for more of them; nil where there is none.
    public let folder: String?
    /// What is valid and probably not meant, in the order of the sources.
    public let warnings: [Finding]
    private let reading: Reading<Configuration>

    /// A file that was read.
    public struct File: Sendable, Equatable {
        /// As it was named.
        public let path: String
        /// Whether a secret stands in it.
        public let isSecret: Bool
    }

    init(_ reading: Reading<Configuration>, files: [File], folder: String?, variables: [String]) {
        configuration = reading.root
        self.files = files
        self.folder = folder
        sources = files.map(\.path) + variables
        warnings = reading.warnings
        self.reading = reading
    }

    /// The effective configuration as YAML, secrets as `•••`; behind each value that is not the default a comment that says where it comes
    /// from. Ends with a newline.
    public func printed() -> String {
        configuration.printed { key in reading.origin(of: key.path) ?? (key.path == "mqtt.broker.port" ? "with TLS" : nil) }
    }
}
