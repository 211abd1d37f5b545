extension Key {
    /// A list of sections. Its elements' keys are rows too: `adapters[].mode` is one of the list `adapters`.
    struct List: Sendable {
        /// Elements that are allowed.
        let maximum: Int
        let count: @Sendable (Configuration) -> Int
        /// Adds an element, for its keys to be assigned.
        let append: @Sendable (inout Configuration) -> Void
        let isSame: @Sendable (Configuration, Configuration) -> Bool
        /// What is wrong with an element all of whose keys were accepted; `nil` when nothing is.
        var problem: @Sendable (Configuration, Int) -> String? = { _, _ in nil }
        /// Lines of elements to show: valid, and to be edited.
        let example: [[String]]
    }

    /// How the key's property is read and written, in the configuration or in the element of a list.
    enum Access<Value>: Sendable {
        case whole(get: @Sendable (Configuration) -> Value, set: @Sendable (inout Configuration, Value) -> Void)
        case element(get: @Sendable (Configuration, Int) -> Value?, set: @Sendable (inout Configuration, Int, Value) -> Void)

        init(get: @escaping @Sendable (Configuration) -> Value, set: @escaping @Sendable (inout Configuration, Value) -> Void) {
            self = .whole(get: get, set: set)
        }

        /// The value; `nil` where an element leaves it out. `element` counts only for an element's key.
        func get(_ configuration: Configuration, _ element: Int) -> Value? {
            switch self {
            case .whole(let get, _): get(configuration)
            case .element(let get, _): get(configuration, element)
            }
        }

        func set(_ configuration: inout Configuration, _ element: Int, _ value: Value) {
            switch self {
            case .whole(_, let set): set(&configuration, value)
            case .element(_, let set): set(&configuration, element, value)
            }
        }
    }

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
