/// Lists: those of sections, and several values in place of one.
extension Reader {
    /// The value of a key that is a list; `nil` in a source that is empty.
    mutating func readList(_ row: Int, _ value: Node?) throws(Stop) {
        let key = outline.keys[row]
        pass(Keys(.clear(row: row)), false)
        keysSet.beginList(key.path)
        keysSet.note(.refused, row: row, element: nil)
        guard let value else { return keysSet.note(.accepted(at: start), row: row, element: nil) }
        if let problem = property(of: value) { try report(value.start, key.path, "\(key.path): \(problem)") }
        switch value.content {
        case .list(let nodes):
            try readElements(row, value, nodes)
        case .scalar(let scalar) where scalar.isNull: keysSet.note(.accepted(at: start + value.start), row: row, element: nil)
        case .alias: try reportAlias(value, key.path, isHidden: true)
        default: try refuse(value, key.path, allowed: key.allowed, hides: key.holdsSecrets)
        }
    }

    private mutating func readElements(_ row: Int, _ value: Node, _ nodes: [Node]) throws(Stop) {
        guard let list = outline.keys[row].list else { return }
        let key = outline.keys[row]
        for (index, node) in nodes.enumerated() {
            if index == list.maximum {
                if list.holdsSecrets { hide(node.start..<value.end) }
                try report(node.start, key.path, "\(key.path): more than \(list.maximum) elements are not allowed")
                for node in nodes[index...] { try skip(node) }
                return
            }
            pass(Keys(.append(row: row)), false)
            element = (key.path, index)
            try readElement(node, row)
            element = nil
        }
        if value.isWhole { keysSet.note(.accepted(at: start + value.start), row: row, element: nil) }
    }

    private mutating func readElement(_ node: Node, _ row: Int) throws(Stop) {
        let (key, section) = (outline.keys[row], outline.keys[row].path + "[]")
        let path = shownPath(section)
        let allowed = "a section with the keys \(outline.listing(of: section))"
        if let problem = property(of: node, isHidden: key.holdsSecrets) { try report(node.start, path, "\(path): \(problem)") }
        switch node.content {
        case .section(let entries): try readKeys(of: node, entries, row, allowed)
        case .alias: try reportAlias(node, path, isHidden: true)
        case .scalar(let scalar) where scalar.isNull: try report(node.start, path, "\(path): an empty element is not allowed (\(allowed))")
        case .scalar(let scalar):
            var advice = ""
            // Most probably it is the first key's value.
            if assign(scalar, row + 1) == nil {
                advice = "; write \(outline.keys[row + 1].name): \(key.holdsSecrets ? "in front" : scalar.shown)"
            } else if let missing = MissingBlank(scalar.text, outline) {
                advice = "; \(missing.advice)"
            }
            try refuse(node, path, allowed: allowed + advice, hides: key.holdsSecrets)
        case .list: try refuse(node, path, allowed: allowed, hides: key.holdsSecrets)
        }
    }

    private mutating func readKeys(of node: Node, _ entries: [(key: Node, value: Node?)], _ row: Int, _ allowed: String) throws(Stop) {
        let list = outline.keys[row].path
        let path = shownPath(list + "[]")
        keysSet.beginElement(list)
        let (issuesBefore, placesBefore) = (issues.count, firstPlaces.count)
        try readSection(list + "[]", entries)
        firstPlaces.removeSubrange(placesBefore...)
        guard node.isWhole else { return }
        if entries.isEmpty { return try report(node.start, path, "\(path): an empty element is not allowed (\(allowed))") }
        for (row, key) in outline.keys.enumerated() where key.elementOf == list[...] && keysSet.of(row: row) == .absent {
            guard let example = key.example else { continue }
            let path = shownPath(key.path)
            try report(node.start, path, "\(path) is required: add a line such as  \(key.name): \(example.message)")
        }
        guard issues.count == issuesBefore else { return }
        let keys = Keys(.judge(row: row))
        pass(keys, false)
        if let problem = keys.problem { try report(node.start, path, "\(path): \(problem)") }
    }

    /// A list in place of a value.
    mutating func readValues(_ row: Int, _ list: Node, _ values: [Node]) throws(Stop) {
        let key = outline.keys[row]
        let path = shownPath(key.path)
        let issuesBefore = issues.count
        for (index, value) in values.enumerated() {
            let shownPath = "\(path)[\(index)]"
            if index == Key.maximumValues { try report(value.start, path, "\(path): more than \(Key.maximumValues) values are not allowed") }
            let problem = property(of: value)
            if let scalar = value.scalar, problem == nil {
                if let allowed = assign(scalar, row) {
                    try report(value.start, shownPath, "\(shownPath): \(shown(value)) is not allowed (\(allowed))")
                } else {
                    warnOfLoss(key, shownPath, scalar, value)
                }
            } else if case .alias = value.content {
                try reportAlias(value, shownPath, isHidden: false)
            } else {
                try report(value.start, shownPath, "\(shownPath): \(problem ?? "\(value.kind) is not allowed (\(key.allowed))")")
                try skip(value)
            }
        }
        guard list.isWhole else { return }
        if values.isEmpty { try report(list.start, path, "\(path): an empty list is not allowed (\(key.allowedInFull))") }
        keysSet.note(issues.count == issuesBefore ? .accepted(at: start + list.start) : .refused, row: row, element: element?.index)
    }

    /// Reports and skips a value of the wrong shape.
    private mutating func refuse(_ value: Node, _ path: String, allowed: String, hides: Bool) throws(Stop) {
        if hides { hide(value) }
        let text = hides && value.scalar != nil ? Printable.mask : shown(value)
        try report(value.start, path, "\(path): \(text) is not allowed (\(allowed))")
        try skip(value)
    }
}
