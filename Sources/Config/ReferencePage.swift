/// Lays the table out as Markdown.
enum ReferencePage {
    /// One table a section and one a list.
    static func text() -> String {
        var text = """
            # Configuration

            `blemqttd` reads one YAML file, `/etc/blemqttd/config.yaml` unless `--config` names another, of at most \
            \(Configuration.maximumFileBytes >> 10) KiB. Only `scanner_id` is required. An unknown key is an error. \
            Aliases, tags and a second document are not allowed. `true`, `false` and numbers stand without quotes; text may \
            stand with or without.

            `adapters`, `filters.rules` and `identities` are lists: `adapters[].mode` is the key `mode` in each element of \
            `adapters`. Messages number the elements from 0, as in `adapters[1].mode`.

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
            text += "| `\(key.path)` | \(cell(key.allowed)) | \(standard(key)) | \(cell(key.help)) |\n"
            let isLast = row + 1 == KeyTable.keys.count || KeyTable.keys[row + 1].elementOf != key.elementOf
            if isLast, let path = key.elementOf, let owner = KeyTable.keys.first(where: { $0.path == path }), let list = owner.list {
                text += "\n```yaml\n\(Page.example(of: owner, list))```\n"
            }
        }
        return text
    }

    private static func standard(_ key: Key) -> String {
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
