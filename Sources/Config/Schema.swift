/// The tree that the table's dotted paths make. The elements of a list are a section, such as `adapters[]`.
enum Schema {
    /// What a name means in a section.
    enum Entry: Equatable {
        /// A row, by its index in the table.
        case key(Int)
        /// A section, by its path.
        case section(String)
    }

    /// The path of a name in a section; the top's path is empty.
    static func path(_ section: String, _ name: String) -> String {
        section.isEmpty ? name : section + "." + name
    }

    /// What `name` is in `section`, or `nil` when it is unknown there. A name with points or brackets is never known.
    static func entry(_ name: String, in section: String) -> Entry? {
        guard !name.isEmpty, !name.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }) else { return nil }
        let path = path(section, name)
        if let row = KeyTable.keys.firstIndex(where: { $0.path == path }) { return .key(row) }
        return isSection(path) ? .section(path) : nil
    }

    /// Whether some key lives below the path.
    static func isSection(_ path: String) -> Bool {
        let prefix = path + "."
        return KeyTable.keys.contains { $0.path.hasPrefix(prefix) }
    }

    /// Whether a path is a key's or a section's; loosely, whatever it has in brackets.
    static func isKnown(_ path: String, loosely: Bool = false) -> Bool {
        let wanted = loosely ? withoutBrackets(path) : path
        return isSection(wanted) || KeyTable.keys.contains { (loosely ? withoutBrackets($0.path) : $0.path) == wanted }
    }

    private static func withoutBrackets(_ path: String) -> String {
        var result = ""
        var isInside = false
        for scalar in path.unicodeScalars {
            if scalar == "[" { isInside = true }
            if !isInside { result.unicodeScalars.append(scalar) }
            if scalar == "]" { isInside = false }
        }
        return result
    }

    /// Whether some key or section has this name, wherever it stands.
    static func isName(_ name: String) -> Bool {
        KeyTable.keys.contains { $0.path.split(separator: ".").contains { $0 == name || $0 == name + "[]" } }
    }

    /// Names of keys and sections directly in a section, in the table's order.
    static func names(in section: String) -> [String] {
        var names: [String] = []
        let depth = section.isEmpty ? 0 : section.utf8.count + 1
        for key in KeyTable.keys where section.isEmpty || key.path.hasPrefix(section + ".") {
            let rest = key.path.utf8.dropFirst(depth)
            let name = String(Substring(rest.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }))
            if names.last != name { names.append(name) }
        }
        return names
    }

    /// Every section's path but those of elements, in the table's order, parents first.
    static var sections: [String] {
        var sections: [String] = []
        for key in KeyTable.keys {
            var end = key.path.startIndex
            while let point = key.path[end...].firstIndex(of: ".") {
                let section = String(key.path[..<point])
                if !section.hasSuffix("[]"), !sections.contains(section) { sections.append(section) }
                end = key.path.index(after: point)
            }
        }
        return sections
    }

    /// The keys a section takes, for messages.
    static func listing(of section: String) -> String { Printable.list(names(in: section)) }
}
