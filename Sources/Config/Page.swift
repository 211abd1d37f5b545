/// Lays the table out as YAML.
enum Page {
    /// The effective configuration.
    /// - Parameter origin: where a key's value comes from, for a comment behind it.
    static func printed(_ configuration: Configuration, origin: (Key) -> String? = { _ in nil }) -> String {
        yaml(withHelp: false) { key in
            let comment = origin(key).map { "  # " + $0 } ?? ""
            if let list = key.list, list.count(configuration) > 0 {
                return ":\(comment)\n"
                    + elements(
                        (0..<list.count(configuration)).map { element in
                            key.elementKeys.compactMap { key in
                                key.shown(in: configuration, element: element).map { "\(key.name): \($0)" }
                            }
                        })
            }
            if key.path == CrossCheck.beside.key, !configuration.adapters.isEmpty { return nil }
            return key.shown(in: configuration).map { ": " + $0 + comment }
        }
    }

    /// Every default, with help.
    static func example() -> String {
        yaml(withHelp: true) { ": " + ($0.defaultText ?? $0.example?.file ?? "") }
    }

    /// The table as nested YAML, after each key's name what `value` says, which leaves a key out by `nil`;
    /// with help, comments and blank lines between sections.
    private static func yaml(withHelp: Bool, value: (Key) -> String?) -> String {
        var text = ""
        var open: [Substring] = []
        var wasList = false
        for key in KeyTable.keys where key.elementOf == nil {
            guard let value = value(key) else { continue }
            let parts = key.section.split(separator: ".")
            var common = 0
            while common < min(open.count, parts.count), open[common] == parts[common] { common += 1 }
            let isApart = open.count > common || parts.count > common || key.list != nil || wasList
            if withHelp, isApart { text += "\n" }
            for level in common..<parts.count {
                var path = parts[0]
                for part in parts.dropFirst().prefix(level) { path += "." + part }
                let help = withHelp ? KeyTable.help(ofSection: path) : nil
                text += indented((help.map { comment($0, level: level) } ?? "") + "\(parts[level]):", by: level)
            }
            open = parts
            let mark = withHelp && key.derivedDefault != nil ? "# " : ""
            wasList = key.list != nil
            text += indented((withHelp ? comment(on: key, level: parts.count) : "") + mark + "\(key.name)\(value)", by: parts.count)
        }
        return text
    }

    /// A list's elements, each given by its lines.
    private static func elements(_ elements: [[String]]) -> String {
        var text = ""
        for lines in elements {
            for (number, line) in lines.enumerated() { text += (number == 0 ? "  - " : "    ") + line + "\n" }
        }
        return text
    }

    /// A list's example as YAML, newline at the end.
    static func example(of key: Key, _ list: Key.List) -> String { "\(key.name):\n" + elements(list.example) }

    private static func comment(on key: Key, level: Int) -> String {
        switch key.kind {
        case .flag:
            return comment(key.help, level: level)
        case .list(let list):
            var text =
                comment(key.help, level: level) + comment("Allowed: a list of at most \(list.maximum) sections, each begun with -, with these keys:")
            for element in key.elementKeys {
                let need = element.example == nil ? "" : " (required)"
                let leftOut = element.absence.map { " Left out: \($0)." } ?? ""
                text += comment(
                    "\(element.name)\(need): \(element.help) Allowed: \(element.allowedInFull).\(leftOut)", margin: "#  ", hanging: "#    ")
            }
            text += "#\n"
            for line in example(of: key, list).split(separator: "\n") { text += "# \(line)\n" }
            return text
        default:
            return comment(key.help, level: level) + comment("Allowed: \(key.allowedInFull).", level: level)
        }
    }

    /// Comment lines of at most 80 columns at that level of nesting, newline at the end.
    private static func comment(_ sentence: String, level: Int = 0, margin: String = "#", hanging: String = "#") -> String {
        // Up to two levels of nesting look alike, whichever they are.
        let width = 80 - 2 * max(level, 2)
        var text = ""
        var line = margin
        for word in sentence.split(separator: " ") {
            if line.unicodeScalars.count + 1 + word.unicodeScalars.count > width {
                text += line + "\n"
                line = hanging
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
}
