import YAMLSchema

/// A configuration, and what it was read from.
package struct LoadedConfiguration: Sendable {
    /// Without mistakes, the password among it.
    package internal(set) var configuration: Configuration
    /// The files and environment variables that were read, in the order in which later ones win.
    package let sources: [String]
    /// The files that were read, in their order.
    package let files: [File]
    /// The directory that was looked into for more of them; nil if there is none.
    package let directory: String?
    /// What is valid and probably not meant, in the order of the sources.
    package let warnings: [Diagnostic]
    private let reading: Reading<Configuration>

    /// A file that was read.
    package struct File: Sendable, Equatable {
        /// As it was named.
        package let path: String
        /// Whether a secret stands in it.
        package let isSecret: Bool
    }

    init(_ reading: Reading<Configuration>, files: [File], directory: String?, variables: [String]) {
        configuration = reading.root
        self.files = files
        self.directory = directory
        sources = files.map(\.path) + variables
        warnings = reading.warnings
        self.reading = reading
    }

    /// The effective configuration as YAML, secrets as `•••`; behind each value that is not the default a comment that says where it comes
    /// from. Ends with a newline.
    package func printed() -> String {
        configuration.printed { key in
            guard let place = reading.origin(of: key.path) else { return key.path == "mqtt.broker.port" ? "with TLS" : nil }
            let template = key.path == "scanner_id" ? configuration.scannerIDTemplate : nil
            return place + (template.map { ", " + $0.text } ?? "")
        }
    }
}
