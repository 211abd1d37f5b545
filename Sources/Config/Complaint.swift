/// What is wrong with the world that a key of the configuration speaks of.
public struct Complaint: Sendable, Equatable {
    /// Dotted path.
    public let key: String
    /// What is wrong and what to do, without the key in front.
    public let problem: String

    public init(key: String, _ problem: String) {
        self.key = key
        self.problem = problem
    }

    /// The same with the key's place in the file.
    func issue(_ presence: Presence) -> Reader.Issue {
        let text = "\(key): \(Printable.escaped(problem))"
        if case .accepted(let offset) = presence.of(key) { return .init(offset: offset, key: key, message: text) }
        return .init(offset: 0, key: key, message: text, hasExcerpt: false)
    }
}
