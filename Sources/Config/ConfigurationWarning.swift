/// Something in a configuration that is valid and probably not meant. Never holds the value of a secret.
public struct ConfigurationWarning: Sendable, Equatable, CustomStringConvertible {
    /// Place, words and excerpt: what an error would say there.
    let finding: ConfigurationError

    /// The name of the file or variable that it is in.
    public var file: String { finding.file }

    /// Dotted path of the key, as in `adapters[1].mode`.
    public var key: String? { finding.key }

    /// What is probably not meant and what to do; begins with the key.
    public var message: String { finding.message }

    /// `PATH:LINE:COLUMN: warning: message`, then the excerpt on lines of its own. No newline at the end.
    public var description: String { finding.text(mark: "warning: ") }
}

extension ConfigurationWarning {
    /// Those of a reading without mistakes, in the order of the sources.
    static func all(of reading: Reading, _ sources: Sources) -> [ConfigurationWarning] {
        ConfigurationErrors(reading.doubts(sources), sources, hiding: reading.secrets).errors.map(Self.init(finding:))
    }
}
