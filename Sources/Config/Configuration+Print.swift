extension Configuration: CustomStringConvertible, CustomDebugStringConvertible {
    /// The effective configuration as YAML: every key, secrets as `•••`. Ends with a newline.
    ///
    /// Reads back as the same configuration, secrets aside.
    public static func printed(_ configuration: Configuration) -> String {
        Page.yaml(withHelp: false) { $0.shown(in: configuration) }
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
        # scanner a name of its own. Other keys may be left out.
        #
        # Text may stand in quotes; numbers, true, false and null must not.
        # Check a change before it counts:
        #   blemqttd --check-config --config FILE


        """
            + Page.yaml(withHelp: true) { $0.defaultText ?? $0.example?.file ?? "" }
    }

    /// Every key with type, range, default and help, as Markdown. Ends with a newline.
    public static func referencePage() -> String { Page.reference() }

    /// Paths of the keys in which two configurations differ, in the table's order. No values: secrets are among them.
    public static func changes(from old: Configuration, to new: Configuration) -> [String] {
        KeyTable.keys.filter { $0.text(in: old) != $0.text(in: new) }.map(\.path)
    }
}
