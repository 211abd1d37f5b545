/// Everything that is known of one key of a file, but for the property that it lives in.
public struct Key: Sendable {
    /// Dotted path, as in `mqtt.client.qos`; of a key in a list's elements as in `adapters[].mode`.
    public internal(set) var path: String
    /// What the key means, in whole sentences.
    public internal(set) var help: String
    /// Whether its value never appears in messages and prints.
    public let isSecret: Bool
    /// A required key's values to show; a key with one has no default.
    public internal(set) var example: Example?
    /// For a key of a list's elements that may be left out: what that means, as in `scanner.mode`.
    public internal(set) var absence: String?
    /// For a key whose default follows from others: the default in words.
    public let derivedDefault: String?
    /// The default as YAML, in what documents are made of; `nil` for a required key and for one of a list's elements.
    public internal(set) var defaultText: String?
    /// A sentence over the section that it stands in, where that needs one.
    public internal(set) var sectionHelp: String?
    /// What must be done anew when the value changes.
    public internal(set) var affects = Effects()
    /// The list, if the key is one.
    public let list: List?
    /// Whether a secret may stand there by mistake, such as a private key in the place of its file's name: messages do not quote the value.
    let mayMeetSecret: Bool
    /// Whether a list may stand in place of a value.
    let takesSeveral: Bool
    let facts: Facts

    /// What a change makes necessary, in the words of the schema's user.
    public struct Effects: OptionSet, Sendable {
        public let rawValue: Int

        public init(rawValue: Int) { self.rawValue = rawValue }
    }

    /// A required key's values to show.
    public struct Example: Sendable, ExpressibleByStringLiteral {
        /// In the example file: valid, and to be edited.
        public let file: String
        /// In the message that asks for the key.
        public let message: String

        /// An example for the file and another for the message.
        public init(file: String, message: String) {
            self.file = file
            self.message = message
        }

        /// One for both.
        public init(stringLiteral text: String) { self.init(file: text, message: text) }
    }

    /// A list of sections, whose elements' keys are rows too: `adapters[].mode` is one of the list `adapters`.
    public struct List: Sendable {
        /// Elements that are allowed.
        public let maximum: Int
        /// Lines of elements to show: valid, and to be edited.
        public var example: [[String]] { makeExample() }
        let makeExample: @Sendable () -> [[String]]
        /// Whether some key of its elements is secret: then nothing that is misplaced in it is shown.
        let holdsSecrets: Bool
    }

    /// More values in place of one are refused.
    static let maximumValues = 256

    @usableFromInline init(
        _ path: String, _ facts: Facts, _ help: String, isSecret: Bool = false, mayMeetSecret: Bool = false, example: Example? = nil,
        absence: String? = nil, derivedDefault: String? = nil, takesSeveral: Bool = false, affects: Effects = []
    ) {
        self.path = path
        self.help = help
        self.affects = affects
        self.facts = facts
        (self.isSecret, self.mayMeetSecret, self.takesSeveral) = (isSecret, mayMeetSecret, takesSeveral)
        (self.example, self.absence, self.derivedDefault) = (example, absence, derivedDefault)
        list = nil
    }

    /// A list whose elements have these keys.
    init(list path: String, maximum: Int, names: [String], holdsSecrets: Bool, example: @escaping @Sendable () -> [[String]], help: String) {
        self.path = path
        self.help = help
        facts = Facts("a list of at most \(maximum) sections, each begun with - and with the keys \(names.joined(separator: ", "))") { _ in nil }
        list = List(maximum: maximum, makeExample: example, holdsSecrets: holdsSecrets)
        (isSecret, mayMeetSecret, takesSeveral, derivedDefault) = (false, false, false, nil)
    }

    /// The last part of the path.
    public var name: Substring { path[(path.lastIndex(of: ".").map(path.index(after:)) ?? path.startIndex)...] }

    /// All but the last part of the path, empty at the top.
    public var section: Substring { path[..<(path.lastIndex(of: ".") ?? path.startIndex)] }

    /// The list's path, for a key of its elements.
    public var elementOf: Substring? {
        let section = section
        return section.hasSuffix("[]") ? section.dropLast(2) : nil
    }

    /// What may be written, in words.
    public var allowed: String { facts.allowed() }

    /// What may be written, a list in place of a value included.
    public var allowedInFull: String { takesSeveral ? "\(allowed), or a list of these" : allowed }

    var holdsSecrets: Bool { list?.holdsSecrets ?? false }

    /// Whether messages do not quote its value.
    var isHidden: Bool { isSecret || mayMeetSecret }

    /// What to do instead of writing null.
    func absenceAdvice(_ standard: () -> String?) -> String? {
        if let example { return allowed.hasSuffix(example.message) ? nil : "such as \(example.message)" }
        if let absence { return "leave the line out for \(absence)" }
        return "leave the line out for the default, \(standard() ?? "")"
    }
}
