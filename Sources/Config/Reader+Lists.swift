extension Reader {
    /// An element of a list that is being read. Lists hold no lists.
    struct Element {
        /// Of the list.
        let path: String
        let index: Int

        /// The schema's path of the element's keys.
        var section: String { path + "[]" }
        /// As it stands in messages: `adapters[0]`.
        var shown: String { "\(path)[\(index)]" }

        /// A schema's path as it stands in messages: with the element's number where it is one of its keys, `adapters[0].mode`.
        func shown(_ path: String) -> String {
            path.hasPrefix(section) ? shown + path.dropFirst(section.count) : path
        }
    }

    /// The value of a key that is a list.
    mutating func readList(_ row: Int, _ list: Key.List) throws(Stop) {
        let key = KeyTable.keys[row]
        let value = try next()
        presence.note(.refused, row: row, element: nil)
        if value.isTagged { try report(place(value), key.path, "\(key.path): \(Self.tagMessage)") }
        switch value.kind {
        case .sequenceStart:
            if try readElements(key, list) { presence.note(.accepted(at: place(value)), row: row, element: nil) }
        case .scalar(let scalar) where scalar.isNull:
            presence.note(.accepted(at: place(value)), row: row, element: nil)
        case .alias:
            try reportAlias(value, key.path)
        default:
            try refuse(value, key.path, allowed: key.allowed, hides: key.holdsSecrets)
        }
    }

    /// From after a list's start to its end. Returns whether there were not too many.
    private mutating func readElements(_ key: Key, _ list: Key.List) throws(Stop) -> Bool {
        var index = 0
        while true {
            let event = try next()
            if event.kind == .sequenceEnd { return true }
            if index == list.maximum {
                try refuseRest(from: event, key, "\(key.path): more than \(list.maximum) elements are not allowed")
                return false
            }
            list.append(&configuration)
            element = Element(path: key.path, index: index)
            try readElement(event, key, list)
            element = nil
            index += 1
        }
    }

    /// Skips what is left of a list.
    private mutating func refuseRest(from event: YAMLEvent, _ key: Key, _ message: String) throws(Stop) {
        if key.holdsSecrets { hideRest(from: event) }
        try report(place(event), key.path, message)
        var last = event
        while last.kind != .sequenceEnd {
            try skip(last)
            last = try next()
        }
        if key.holdsSecrets { hideOnly(event, to: last.start) }
    }

    private mutating func readElement(_ event: YAMLEvent, _ key: Key, _ list: Key.List) throws(Stop) {
        guard let element else { return }
        let allowed = "a section with the keys \(Schema.listing(of: element.section))"
        if event.isTagged { try report(place(event), element.shown, "\(element.shown): \(Self.tagMessage)") }
        switch event.kind {
        case .mappingStart:
            try readKeys(of: element, event, key, list, allowed)
        case .alias:
            try reportAlias(event, element.shown)
        case .scalar(let scalar) where scalar.isNull:
            try report(place(event), element.shown, "\(element.shown): an empty element is not allowed (\(allowed))")
        case .scalar(let scalar):
            var advice = ""
            // Most probably it is the first key's value.
            if let first = key.elementKeys.first, first.assign(scalar, to: &configuration, element: element.index) == nil {
                advice = key.holdsSecrets ? "; write \(first.name): in front" : "; write \(first.name): \(scalar.shown)"
            }
            try refuse(event, element.shown, allowed: allowed + advice, hides: key.holdsSecrets)
        default:
            try refuse(event, element.shown, allowed: allowed, hides: key.holdsSecrets)
        }
    }

    private mutating func readKeys(
        of element: Element, _ event: YAMLEvent, _ key: Key, _ list: Key.List, _ allowed: String
    ) throws(Stop) {
        presence.beginElement(ofSection: element.section)
        let (issuesBefore, placesBefore) = (issues.count, firstPlaces.count)
        let isEmpty = try !readSection(element.section)
        firstPlaces.removeSubrange(placesBefore...)
        if isEmpty {
            return try report(place(event), element.shown, "\(element.shown): an empty element is not allowed (\(allowed))")
        }
        for (row, key) in KeyTable.keys.enumerated() where key.section == element.section {
            guard let example = key.example, presence.of(row: row) == .absent else { continue }
            let path = shownPath(key.path)
            try report(place(event), path, "\(path) is required: add a line such as  \(key.name): \(example.message)")
        }
        if issues.count == issuesBefore, let problem = list.problem(configuration, element.index) {
            try report(place(event), element.shown, "\(element.shown): \(problem)")
        }
    }

    /// Reports and skips a value of the wrong shape.
    private mutating func refuse(_ value: YAMLEvent, _ path: String, allowed: String, hides: Bool) throws(Stop) {
        let text: String
        if hides {
            hideRest(from: value)
            if case .scalar = value.kind { text = Printable.mask } else { text = Self.kindName(value.kind) }
        } else {
            text = shown(value)
        }
        try report(place(value), path, "\(path): \(text) is not allowed (\(allowed))")
        let end = try skip(value)
        if hides { hideOnly(value, to: end) }
    }
}
