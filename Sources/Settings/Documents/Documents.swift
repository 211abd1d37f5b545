extension Configuration {
    /// The file to start from: every key with its help and default. Valid as it is, with every default. Ends with a newline.
    public static func exampleFile() -> String { ExampleFile.text() }

    /// Every key with type, range, default and help, as Markdown. Ends with a newline.
    public static func referencePage() -> String { ReferencePage.text() }

    /// The same as a manual page, blemqttd.yaml(5).
    /// - Parameter version: the program's.
    public static func manualPage(version: String) -> String { SettingsManualPage.text(version: version) }
}
