extension Key {
    /// A list of sections. Its elements' keys are rows too: `adapters[].mode` is one of the list `adapters`.
    package struct List: Sendable {
        /// Elements that are allowed.
        package let maximum: Int
        let count: @Sendable (Configuration) -> Int
        /// Takes all elements away: a later file's list stands in place of an earlier one's.
        let clear: @Sendable (inout Configuration) -> Void
        /// Adds an element, for its keys to be assigned.
        let append: @Sendable (inout Configuration) -> Void
        let isSame: @Sendable (Configuration, Configuration) -> Bool
        /// What is wrong with an element all of whose keys were accepted; `nil` when nothing is.
        var problem: @Sendable (Configuration, Int) -> String? = { _, _ in nil }
        /// Lines of elements to show: valid, and to be edited.
        package let example: [[String]]
    }

    /// How the key's property is read and written, in the configuration or in the element of a list.
    enum Access<Value>: Sendable {
        case whole(get: @Sendable (Configuration) -> Value, set: @Sendable (inout Configuration, Value) -> Void)
        case element(get: @Sendable (Configuration, Int) -> Value?, set: @Sendable (inout Configuration, Int, Value) -> Void)
        /// Of an element, one value or more.
        case several(get: @Sendable (Configuration, Int) -> [Value], append: @Sendable (inout Configuration, Int, Value) -> Void)

        init(get: @escaping @Sendable (Configuration) -> Value, set: @escaping @Sendable (inout Configuration, Value) -> Void) {
            self = .whole(get: get, set: set)
        }

        /// Whether there may be several values.
        var isSeveral: Bool {
            if case .several = self { true } else { false }
        }

        /// All values; none where an element leaves the key out.
        func values(_ configuration: Configuration, _ element: Int) -> [Value] {
            if case .several(let get, _) = self { return get(configuration, element) }
            return get(configuration, element).map { [$0] } ?? []
        }

        /// The value, the first of several; `nil` where an element leaves it out. `element` counts only for an element's key.
        func get(_ configuration: Configuration, _ element: Int) -> Value? {
            switch self {
            case .whole(let get, _): get(configuration)
            case .element(let get, _): get(configuration, element)
            case .several(let get, _): get(configuration, element).first
            }
        }

        func set(_ configuration: inout Configuration, _ element: Int, _ value: Value) {
            switch self {
            case .whole(_, let set): set(&configuration, value)
            case .element(_, let set): set(&configuration, element, value)
            case .several(_, let append): append(&configuration, element, value)
            }
        }
    }

    /// Whether a list may stand in place of a value.
    var takesSeveral: Bool {
        switch kind {
        case .choice(_, let access), .text(_, let access): access.isSeveral
        case .written(let value): value.isSeveral
        default: false
        }
    }

    /// More values in place of one are refused.
    static let maximumValues = 256

    /// What may be written, a list in place of a value included.
    package var allowedInFull: String { takesSeveral ? "\(allowed), or a list of these" : allowed }

    /// The list's path, for a key of its elements.
    var elementOf: Substring? {
        let section = section
        return section.hasSuffix("[]") ? section.dropLast(2) : nil
    }

    /// The rows of a list's elements, in order.
    var elementKeys: [Key] { KeyTable.keys.filter { $0.elementOf == path[...] } }

    /// Whether some key of a list's elements is secret: then nothing that is misplaced in it is shown.
    var holdsSecrets: Bool { elementKeys.contains(where: \.isSecret) }
}
