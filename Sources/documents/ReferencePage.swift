/// Every key, as docs/configuration.md has it.
enum ReferencePage {
    /// One table a section and one a list.
    static func text() -> String {
        var text = """
            # Configuration

            \(ConfigurationText.files)

            `adapters`, `filters.rules` and `identities` are lists: `adapters[].mode` is the key `mode` in each element of \
            `adapters`. Messages number the elements from 0, as in `adapters[1].mode`.

            \(ConfigurationText.environment)

            This page is made from the program's table of keys.

            """
        let keys = DocumentedKey.all
        for (row, key) in keys.enumerated() {
            if row == 0 || key.heading != keys[row - 1].heading {
                text += "\n## \(key.heading.isEmpty ? "Top level" : "`\(key.heading)`")\n\n"
                if let help = DocumentedKey.help(ofSection: key.heading) { text += help + "\n\n" }
                text += "| key | allowed | default | meaning |\n|---|---|---|---|\n"
            }
            text += "| `\(key.path)` | \(cell(key.allowed)) | \(standard(key)) | \(cell(key.help)) |\n"
            let isLast = row + 1 == keys.count || keys[row + 1].elementOf != key.elementOf
            if isLast, let list = keys.first(where: { $0.path == key.elementOf }) { text += "\n```yaml\n\(list.listExample)```\n" }
        }
        return text
    }

    private static func standard(_ key: DocumentedKey) -> String {
        if let text = key.derivedStandard { return text }
        if let value = key.standard { return "`\(value)`" }
        guard let absence = key.absence else { return "required" }
        return absence.contains(".") ? "`\(absence)`" : absence
    }

    /// Text for a table cell: what Markdown would read as markup is escaped.
    private static func cell(_ text: String) -> String {
        text.reduce(into: "") { $0 += ("|*_#<\\".contains($1) ? "\\" : "") + String($1) }
    }
}
