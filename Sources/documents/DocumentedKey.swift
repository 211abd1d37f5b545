import Settings
import YAMLSchema

/// What documents show of a key of the configuration. No other file of this tool knows how the daemon keeps its table of keys.
struct DocumentedKey {
    /// Dotted, as in `mqtt.client.qos`; of a key in a list's elements as in `adapters[].mode`.
    let path: String
    /// What the key means, in whole sentences.
    let help: String
    /// Type, range and unit in words, as in `a whole number of seconds, 1 to 86400`.
    let allowed: String
    /// The default as YAML; nil for a required key and for one of a list's elements.
    let standard: String?
    /// The default in words, where it follows from other keys.
    let derivedStandard: String?
    /// Of a key in a list's elements that may be left out: what that means.
    let absence: String?
    /// A required key's value to show: valid, and to be edited.
    let example: String?
    /// If the key is a list.
    let list: List?

    struct List {
        /// Elements that are allowed.
        let maximum: Int
        /// Lines of elements to show: valid, and to be edited.
        let example: [[String]]
    }

    init(_ key: Key) {
        path = key.path
        help = key.help
        allowed = key.allowedInFull
        standard = key.defaultText
        derivedStandard = key.derivedDefault
        absence = key.absence
        example = key.example?.file
        list = key.list.map { List(maximum: $0.maximum, example: $0.example) }
    }

    /// All of them; those of one section stand together.
    static let all = outline.keys.map(DocumentedKey.init)

    private static let outline = Configuration.schema.documented

    /// A sentence over a section, where it needs one.
    static func help(ofSection path: String) -> String? { outline.help(ofSection: path) }

    /// The environment variable that sets a key.
    static func variable(of path: String) -> String { outline.variable(of: path) }

    /// The largest file that is read.
    static let maximumFileSize = "\(Configuration.maximumFileBytes >> 10) KiB"

    // MARK: What follows from that

    /// The path's parts but the last: sections, or the list whose elements have the key.
    var sections: [String] { path.split(separator: ".").dropLast().map(String.init) }

    /// The path's last part.
    var name: String { String(path.split(separator: ".").last!) }

    /// The list's path, for a key of its elements.
    var elementOf: String? { path.firstRange(of: "[].").map { String(path[..<$0.lowerBound]) } }

    /// Of a list: the keys of its elements.
    var elementKeys: [DocumentedKey] { Self.all.filter { $0.elementOf == path } }

    /// Under which heading the key stands: a list with its elements under its own, others under their section's, which is empty at the top.
    var heading: String { list == nil ? elementOf ?? sections.joined(separator: ".") : path }

    /// Of a list: its example as YAML, newline at the end.
    var listExample: String {
        list!.example.reduce(into: "\(name):\n") { text, element in
            for (number, line) in element.enumerated() { text += (number == 0 ? "  - " : "    ") + line + "\n" }
        }
    }
}
