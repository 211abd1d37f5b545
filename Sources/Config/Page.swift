/// Lays the table out as text.
enum Page {
    /// The table as nested YAML, a value of `value`'s for each key; with help, comments and blank lines between sections.
    static func yaml(withHelp: Bool, value: (Key) -> String) -> String {
        var text = ""
        var open: [Substring] = []
        for key in KeyTable.keys {
            let parts = key.section.split(separator: ".")
            var common = 0
            while common < min(open.count, parts.count), open[common] == parts[common] { common += 1 }
            if withHelp, open.count > common || parts.count > common { text += "\n" }
            for level in common..<parts.count {
                var path = parts[0]
                for part in parts.dropFirst().prefix(level) { path += "." + part }
                let help = withHelp ? KeyTable.help(ofSection: path) : nil
                text += indented((help.map(comment) ?? "") + "\(parts[level]):", by: level)
            }
            open = parts
            text += indented((withHelp ? comment(on: key) : "") + "\(key.name): \(value(key))", by: parts.count)
        }
        return text
    }

    private static func comment(on key: Key) -> String {
        if case .flag = key.kind { return comment(key.help) }
        return comment(key.help) + comment("Allowed: \(key.allowed).")
    }

    /// Comment lines of at most 80 columns at two levels of nesting, newline at the end.
    private static func comment(_ sentence: String) -> String {
        var text = ""
        var line = "#"
        for word in sentence.split(separator: " ") {
            if line.unicodeScalars.count + 1 + word.unicodeScalars.count > 76 {
                text += line + "\n"
                line = "#"
            }
            line += " " + word
        }
        return text + line + "\n"
    }

    private static func indented(_ lines: String, by level: Int) -> String {
        var text = ""
        for line in lines.split(separator: "\n") {
            text += String(repeating: "  ", count: level) + line + "\n"
        }
        return text
    }

    /// The reference page, one Markdown table a section.
    static func reference() -> String {
        var text = """
            # Configuration

            `blemqttd` reads one YAML file, `/etc/blemqttd/config.yaml` unless `--config` names another, of at most \
            \(Configuration.maximumFileBytes >> 10) KiB. Only `scanner_id` is required. An unknown key is an error. \
            Aliases, tags and a second document are not allowed. `true`, `false` and numbers stand without quotes; text may \
            stand with or without.

            This page is made from the program's table of keys.

            """
        var section: Substring?
        for key in KeyTable.keys {
            if key.section != section {
                section = key.section
                text += "\n## \(key.section.isEmpty ? "Top level" : "`\(key.section)`")\n\n"
                if let help = KeyTable.help(ofSection: key.section) { text += help + "\n\n" }
                text += "| key | allowed | default | meaning |\n|---|---|---|---|\n"
            }
            let value = key.defaultText.map { "`\($0)`" } ?? "required"
            text += "| `\(key.path)` | \(cell(key.allowed)) | \(value) | \(cell(key.help)) |\n"
        }
        return text
    }

    /// Text for a table cell: what Markdown would read as markup is escaped.
    private static func cell(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "|*_#<".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
