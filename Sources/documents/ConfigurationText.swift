/// What reference page and manual page both say of the configuration, in Markdown.
enum ConfigurationText {
    static let files = """
        `blemqttd` reads the YAML file `/etc/blemqttd/config.yaml`, unless `--config` names another, and then the files `config.d/*.yaml` beside it, \
        in the order of their names, each of at most \(DocumentedKey.maximumFileSize). What a later file says of a key counts, whatever an earlier one \
        says; a list is taken from one file as a whole. The directory may be missing, and the first file where the directory has one or the environment \
        says what is required. `blemqttd --print-config` shows what they come to, and where each value that is not the default comes from. Only \
        `scanner_id` is required. An unknown key is an error. Anchors, aliases, tags and a second document are not allowed. `true`, `false` and numbers \
        stand without quotes; text may stand with or without.
        """

    static let environment = """
        Above all files stands the environment, for containers: each key but secrets is `BLEMQTTD_` and its path in capitals with `_` for the point, so \
        `mqtt.broker.host` is `\(DocumentedKey.variable(of: "mqtt.broker.host"))`. A value is written as in a file, without quotes; a list in brackets, \
        as in `\(DocumentedKey.variable(of: "adapters"))=[{adapter: hci0}, {adapter: hci1}]`. A variable of this prefix that no key has is an error. \
        Secrets are refused there: name a file by `\(DocumentedKey.variable(of: "mqtt.broker.password_file"))`, and write `identities` into a file of \
        `config.d`.
        """
}
