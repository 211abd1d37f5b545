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

    /// The file to start from: every key with its help and default. Valid as it is, with every default. Ends with a newline.
    public static func exampleFile() -> String {
        """
        # Configuration of blemqttd.
        #
        # Every key is here with its default. Only scanner_id is required; give this
        # scanner a name of its own. Other keys may be left out. Lists are empty, with
        # an example above each: take the # away from it, and the [] line out. The #
        # before a key is there because its default depends on others.
        #
        # Text may stand in quotes; numbers, true, false and null must not.
        # Check a change before it counts:
        #   blemqttd --check-config --config FILE


        """
            + Page.example()
    }

    /// Every key with type, range, default and help, as Markdown. Ends with a newline.
    public static func referencePage() -> String { ReferencePage.text() }

    /// The same as a manual page, blemqttd.yaml(5).
    /// - Parameter version: the program's.
    public static func manualPage(version: String) -> String { ManualPage.text(version: version) }

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
