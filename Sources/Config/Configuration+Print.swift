extension Configuration: CustomStringConvertible, CustomDebugStringConvertible {
    /// The effective configuration as YAML: every key, secrets as `•••`; not `scanner.adapter` beside `adapters`. Ends with a newline.
    ///
    /// Reads back as the same configuration, secrets aside.
    public static func printed(_ configuration: Configuration) -> String {
        Page.printed(configuration)
    }

    /// `printed(self)`: a configuration that meets a log line by accident tells no secret.
    public var description: String { Self.printed(self) }

    /// `printed(self)`.
    public var debugDescription: String { Self.printed(self) }

    /// Paths of the keys in which two configurations differ, in the table's order, a list as a whole. No values: secrets are among them.
    public static func changes(from old: Configuration, to new: Configuration) -> [String] {
        var paths = KeyTable.keys.filter { $0.elementOf == nil && !$0.isSame(old, new) }.map(\.path)
        // The path may be the same, and the password another.
        if old.broker.loadedPassword != new.broker.loadedPassword {
            let source = new.broker.passwordFile == nil ? "credential " + passwordCredential : "mqtt.broker.password_file"
            if !paths.contains(source) { paths.append(source) }
        }
        return paths
    }
}
