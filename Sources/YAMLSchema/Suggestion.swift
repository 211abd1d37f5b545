extension Outline {
    /// What a person may have meant by a key that is not known where it stands: full paths of keys or sections, best first; empty when nothing
    /// is near. Those of lists' elements only where nothing else is.
    func suggestions(for name: String, in section: String) -> [String] {
        let wanted = Suggestion.normalised(name)
        let whole = Suggestion.normalised(Self.path(section, name))
        let siblings = names(in: section)
        let everywhere = keys.map(\.path) + sections
        if let sibling = siblings.first(where: { Suggestion.normalised($0) == wanted }) { return [Self.path(section, sibling)] }
        if let path = everywhere.first(where: { Suggestion.normalised($0) == whole }) { return [path] }
        if let path = otherName(String(decoding: wanted, as: UTF8.self), in: section) { return [path] }
        let same = everywhere.filter { Suggestion.normalised(Suggestion.lastName($0)) == wanted || Suggestion.normalised($0) == wanted }
        let outside = same.filter { !$0.utf8.contains(UInt8(ascii: "[")) }
        if !same.isEmpty { return outside.isEmpty ? same : outside }
        if let sibling = Suggestion.nearest(wanted, siblings, name: { $0 }) { return [Self.path(section, sibling)] }
        return Suggestion.nearest(wanted, everywhere, name: Suggestion.lastName).map { [$0] } ?? []
    }

    /// The key that other programs call so.
    private func otherName(_ name: String, in section: String) -> String? {
        words.otherNames().first { row in
            (row.section.isEmpty || section == row.section || section.hasPrefix(row.section + ".") || section.hasPrefix(row.section + "["))
                && row.names.contains(name)
        }?.path
    }
}

/// How near names are to each other.
package enum Suggestion {
    /// Changed, missing, added and neighbouring swapped bytes between two names (optimal string alignment).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in 0..<right.count {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }

    /// The nearest of some names; `nil` where none is near.
    package static func nearest(_ name: String, _ candidates: [String]) -> String? {
        nearest(normalised(name), candidates, name: { $0 })
    }

    /// The nearest candidate within a third of the longer name's length, the first of several.
    static func nearest(_ wanted: [UInt8], _ candidates: [String], name: (String) -> String) -> String? {
        guard wanted.count <= 64 else { return nil }
        var best: (path: String, distance: Int)?
        for candidate in candidates {
            let known = normalised(name(candidate))
            let distance = distance(wanted, known)
            if distance <= max(1, max(wanted.count, known.count) / 3), distance < min(wanted.count, best?.distance ?? .max) {
                best = (candidate, distance)
            }
        }
        return best?.path
    }

    /// Lower case, `_` for `-` and for what divides sections: the slips that are no slips of the finger.
    static func normalised(_ name: String) -> [UInt8] {
        name.utf8.map { byte in
            switch byte {
            case 0x41...0x5A: byte | 0x20
            case UInt8(ascii: "-"), UInt8(ascii: "."): UInt8(ascii: "_")
            default: byte
            }
        }
    }

    static func lastName(_ path: String) -> String {
        String(path[(path.lastIndex(of: ".").map(path.index(after:)) ?? path.startIndex)...])
    }
}
