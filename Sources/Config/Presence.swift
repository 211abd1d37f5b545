/// What the files say of each row of the table, and of each row in each element of a list.
struct Presence {
    enum Given: Equatable {
        case absent
        case refused
        /// The value's place, in bytes of all sources; the last one's where several give it.
        case accepted(at: Int)
    }

    private var rows = [Given](repeating: .absent, count: KeyTable.keys.count)
    private var elements: [(row: Int, element: Int, given: Given)] = []

    /// Of a row; for an element's key, of the element last read.
    func of(row: Int) -> Given { rows[row] }

    /// Of a key by its path, outside lists.
    func of(_ path: String) -> Given {
        KeyTable.keys.firstIndex { $0.path == path }.map { rows[$0] } ?? .absent
    }

    /// Of a key by its path, such as `adapters[].mode`, in an element.
    func of(_ path: String, element: Int) -> Given {
        guard let row = KeyTable.keys.firstIndex(where: { $0.path == path }) else { return .absent }
        return elements.last { $0.row == row && $0.element == element }?.given ?? .absent
    }

    mutating func note(_ given: Given, row: Int, element: Int?) {
        rows[row] = given
        if let element { elements.append((row, element, given)) }
    }

    /// Before a list is read that stands in place of an earlier file's.
    mutating func beginList(ofSection section: String) {
        beginElement(ofSection: section)
        elements.removeAll { KeyTable.keys[$0.row].section == section }
    }

    /// Before another element of a list is read.
    mutating func beginElement(ofSection section: String) {
        for (row, key) in KeyTable.keys.enumerated() where key.section == section { rows[row] = .absent }
    }
}
