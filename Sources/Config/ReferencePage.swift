/// Lays the table out as Markdown.
enum ReferencePage {
    /// One table a section and one a list.
    static func text() -> String {
        var text = """
            # Configuration

            `blemqttd` reads the YAML file `/etc/blemqttd/config.yaml`, unless `--config` names another, and then the files \
            `config.d/*.yaml` beside it, in the order of their names, each of at most \
            \(Configuration.maximumFileBytes >> 10) KiB. What a later file says of a key counts, whatever an earlier one says; a list is taken \
            from one file as a whole. The folder may be missing, and the first file where the folder has one or the environment says what is required. \
            `blemqttd --print-config` shows what they come to, and where each value that is not the default comes from. \
            Only `scanner_id` is required. An unknown key is an error. \
            Anchors, aliases, tags and a second document are not allowed. `true`, `false` and numbers stand without quotes; text may \
            stand with or without.

            `adapters`, `filters.rules` and `identities` are lists: `adapters[].mode` is the key `mode` in each element of \
            `adapters`. Messages number the elements from 0, as in `adapters[1].mode`.

            Above all files stands the environment, for containers: each key but secrets is `BLEMQTTD_` and its path in capitals with `_` for the point, \
            so `mqtt.broker.host` is `BLEMQTTD_MQTT_BROKER_HOST`. A value is written as in a file, without quotes; a list in brackets, as in \
            `BLEMQTTD_ADAPTERS=[{adapter: hci0}, {adapter: hci1}]`. A variable of this prefix that no key has is an error. Secrets are \
            refused there: name a file by `BLEMQTTD_MQTT_BROKER_PASSWORD_FILE`, and write `identities` into a file of `config.d`.

            This page is made from the program's table of keys.

            """
        var group: Substring?
        for (row, key) in KeyTable.keys.enumerated() {
            let own = key.list == nil ? key.elementOf ?? key.section : key.path[...]
            if own != group {
                group = own
                text += "\n## \(own.isEmpty ? "Top level" : "`\(own)`")\n\n"
                if let help = KeyTable.help(ofSection: own) { text += help + "\n\n" }
                text += "| key | allowed | default | meaning |\n|---|---|---|---|\n"
            }
            text += "| `\(key.path)` | \(cell(key.allowedInFull)) | \(standard(key)) | \(cell(key.help)) |\n"
            let isLast = row + 1 == KeyTable.keys.count || KeyTable.keys[row + 1].elementOf != key.elementOf
            if isLast, let path = key.elementOf, let owner = KeyTable.keys.first(where: { $0.path == path }), let list = owner.list {
                text += "\n```yaml\n\(Page.example(of: owner, list))```\n"
            }
        }
        return text
    }

    private static func standard(_ key: Key) -> String {
        if let text = key.derivedDefault { return text }
        if let value = key.defaultText { return "`\(value)`" }
        guard let absence = key.absence else { return "required" }
        return absence.utf8.contains(UInt8(ascii: ".")) ? "`\(absence)`" : absence
    }

    /// Text for a table cell: what Markdown would read as markup is escaped.
    private static func cell(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "|*_#<\\".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
