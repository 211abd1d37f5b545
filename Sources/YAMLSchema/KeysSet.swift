/// What the sources say of each key, and of each key in each element of a list.
public struct KeysSet: Sendable {
    /// What they say of one.
    public enum Given: Equatable, Sendable {
        /// Nothing.
        case absent
        /// Something that is not allowed.
        case refused
        /// A value; its place in bytes of all sources, the last one's where several give it.
        case accepted(at: Int)
    }

    let keys: [String]
    private var rows: [Given]
    private var elements: [(row: Int, element: Int, given: Given)] = []

    init(_ keys: [Key]) {
        self.keys = keys.map(\.path)
        rows = Array(repeating: .absent, count: keys.count)
    }

    /// Of a row; for an element's key, of the element last read.
    func of(row: Int) -> Given { rows[row] }

    /// Of a key by its path, such as `adapters[].mode` with the number of an element.
    public func of(_ path: String, element: Int? = nil) -> Given {
        guard let row = keys.firstIndex(of: path) else { return .absent }
        guard let element else { return rows[row] }
        return elements.last { $0.row == row && $0.element == element }?.given ?? .absent
    }

    mutating func note(_ given: Given, row: Int, element: Int?) {
        rows[row] = given
        if let element { elements.append((row, element, given)) }
    }

    /// Before a list is read that stands in place of an earlier source's.
    mutating func beginList(_ path: String) {
        beginElement(path)
        let prefix = path + "[]."
        elements.removeAll { keys[$0.row].hasPrefix(prefix) }
    }

    /// Before another element of a list is read.
    mutating func beginElement(_ path: String) {
        let prefix = path + "[]."
        for row in keys.indices where keys[row].hasPrefix(prefix) { rows[row] = .absent }
    }
}
