/// Lays the table out as YAML.
enum Page {
    /// The effective configuration.
    /// - Parameter origin: where a key's value comes from, for a comment behind it.
    static func printed(_ configuration: Configuration, origin: (Key) -> String? = { _ in nil }) -> String {
        var text = ""
        var open: [Substring] = []
        for key in KeyTable.keys where key.elementOf == nil {
            if key.path == CrossCheck.beside.key, !configuration.adapters.isEmpty { continue }
            let sections = key.section.split(separator: ".")
            let common = zip(open, sections).prefix { $0 == $1 }.count
            for level in common..<sections.count { text += "\(indentation(level))\(sections[level]):\n" }
            open = sections
            let margin = indentation(sections.count)
            let comment = origin(key).map { "  # " + $0 } ?? ""
            if let list = key.list, list.count(configuration) > 0 {
                text += "\(margin)\(key.name):\(comment)\n"
                for element in 0..<list.count(configuration) { text += lines(of: element, key, configuration, margin) }
            } else if let value = key.shown(in: configuration) {
                text += "\(margin)\(key.name): \(value)\(comment)\n"
            }
        }
        return text
    }

    /// A list's element: its keys, the first after a dash.
    private static func lines(of element: Int, _ list: Key, _ configuration: Configuration, _ margin: String) -> String {
        let keys = list.elementKeys.compactMap { key in key.shown(in: configuration, element: element).map { "\(key.name): \($0)\n" } }
        return keys.enumerated().map { "\(margin)\($0.offset == 0 ? "  - " : "    ")\($0.element)" }.joined()
    }

    private static func indentation(_ level: Int) -> String { String(repeating: "  ", count: level) }
}
