/// A rule between keys, checked when none of them has been refused by itself.
public struct Check<Root: Keyed>: Sendable {
    let isWarning: Bool
    let find: @Sendable (Root, KeysSet) -> [KeyProblem]

    /// A rule that every configuration keeps.
    /// - Parameter find: what is wrong; it looks only at keys that have not been refused.
    public static func rule(_ find: @escaping @Sendable (Root, KeysSet) -> [KeyProblem]) -> Check { Check(isWarning: false, find: find) }

    /// A rule between two keys. The message is about the first; where the sources leave it out, about its default, at the second's place.
    /// - Parameter problem: what is wrong, without the key in front; `nil` when nothing is.
    public static func rule(
        _ key: String, beside other: String, countsDefaults: Bool = true, problem: @escaping @Sendable (Root) -> String?
    ) -> Check {
        rule { root, given in
            guard given.of(key) != .refused, given.of(other) != .refused, let problem = problem(root) else { return [] }
            if given.of(key) != .absent { return [KeyProblem(key: key, problem)] }
            guard countsDefaults, given.of(other) != .absent else { return [] }
            return [KeyProblem(key: key, "the default \(problem)", at: other)]
        }
    }

    /// A key that is right by itself and does nothing as things stand, or more than was probably meant: a warning where the sources give it.
    /// - Parameter doubt: what is doubtful, without the key in front; `nil` when nothing is.
    public static func doubt(_ key: String, _ doubt: @escaping @Sendable (Root, KeysSet) -> String?) -> Check {
        Check(isWarning: true) { root, given in
            guard case .accepted = given.of(key), let doubt = doubt(root, given) else { return [] }
            return [KeyProblem(key: key, doubt)]
        }
    }

    /// No two elements of a list agree in a key.
    /// - Parameter values: the key's value in each element, in words.
    public static func unique(_ path: String, _ values: @escaping @Sendable (Root) -> [String]) -> Check {
        rule { root, given in
            let values = values(root)
            func isGiven(_ element: Int) -> Bool {
                if case .accepted = given.of(path, element: element) { true } else { false }
            }
            return values.indices.compactMap { element in
                guard isGiven(element), let first = values[..<element].indices.first(where: { isGiven($0) && values[$0] == values[element] }) else {
                    return nil
                }
                let earlier = KeyProblem(key: path, element: first, "").shownKey
                return KeyProblem(key: path, element: element, "\(values[element]) is given twice, first as \(earlier)")
            }
        }
    }
}

/// What is wrong, or doubtful, about a key that is right by itself.
public struct KeyProblem: Sendable, Equatable {
    /// Dotted path.
    let key: String
    let element: Int?
    /// What is wrong and what to do, without the key in front.
    let problem: String
    /// The key at whose place it is said.
    let place: String

    /// - Parameters:
    ///   - key: dotted path, of a key in a list's elements as in `adapters[].mode`.
    ///   - element: the element's number.
    ///   - problem: what is wrong and what to do, without the key in front.
    ///   - place: the key at whose place it is said, where it is another.
    public init(key: String, element: Int? = nil, _ problem: String, at place: String? = nil) {
        self.key = key
        self.element = element
        self.problem = problem
        self.place = place ?? key
    }

    /// The key with its element's number, `adapters[0].mode`.
    var shownKey: String { element.map { key.replacing("[]", with: "[\($0)]") } ?? key }

    func issue(_ keysSet: KeysSet) -> Issue {
        let shown = place == key ? shownKey : place
        let text = "\(shownKey): \(Printable.escaped(problem))"
        guard case .accepted(let place) = keysSet.of(place, element: element) else {
            return Issue(offset: 0, key: shown, message: text, hasExcerpt: false)
        }
        return Issue(offset: place, key: shown, message: text)
    }
}
