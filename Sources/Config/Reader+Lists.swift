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
        list.clear(&configuration)
        presence.beginList(ofSection: key.path + "[]")
        presence.note(.refused, row: row, element: nil)
        if let problem = property(of: value) { try report(place(value), key.path, "\(key.path): \(problem)") }
        switch value.kind {
        case .sequenceStart:
            if try readElements(key, list) { presence.note(.accepted(at: place(value)), row: row, element: nil) }
        case .scalar(let scalar) where scalar.isNull:
            presence.note(.accepted(at: place(value)), row: row, element: nil)
        case .alias:
            try reportAlias(value, key.path, isHidden: true)
        default:
            try refuse(value, key.path, allowed: key.allowed, hides: key.holdsSecrets)
        }
    }

    /// A list in place of a value, from after its start to its end.
    mutating func readValues(_ row: Int, _ start: YAMLEvent) throws(Stop) {
        let key = KeyTable.keys[row]
        let path = shownPath(key.path)
        let issuesBefore = issues.count
        var count = 0
        while true {
            let value = try next()
            if value.kind == .sequenceEnd { break }
            let shownPath = "\(path)[\(count)]"
            count += 1
            if count == Key.maximumValues + 1 { try report(place(value), path, "\(path): more than \(Key.maximumValues) values are not allowed") }
            let problem = property(of: value)
            if case .scalar(let scalar) = value.kind, problem == nil {
                if let allowed = key.assign(scalar, to: &configuration, element: element?.index ?? 0) {
                    try report(place(value), shownPath, "\(shownPath): \(shown(value)) is not allowed (\(allowed))")
                } else {
                    warnOfLoss(key, shownPath, scalar, value)
                }
            } else if value.kind == .alias {
                try reportAlias(value, shownPath, isHidden: false)
            } else {
                let what = problem ?? "\(Self.kindName(value.kind)) is not allowed (\(key.allowed))"
                try report(place(value), shownPath, "\(shownPath): \(what)")
                try skip(value)
            }
        }
        if count == 0 { try report(place(start), path, "\(path): an empty list is not allowed (\(key.allowedInFull))") }
        presence.note(issues.count == issuesBefore ? .accepted(at: place(start)) : .refused, row: row, element: element?.index)
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
        if let problem = property(of: event, isHidden: key.holdsSecrets) {
            try report(place(event), element.shown, "\(element.shown): \(problem)")
        }
        switch event.kind {
        case .mappingStart:
            try readKeys(of: element, event, key, list, allowed)
        case .alias:
            try reportAlias(event, element.shown, isHidden: true)
        case .scalar(let scalar) where scalar.isNull:
            try report(place(event), element.shown, "\(element.shown): an empty element is not allowed (\(allowed))")
        case .scalar(let scalar):
            var advice = ""
            // Most probably it is the first key's value.
            if let first = key.elementKeys.first, first.assign(scalar, to: &configuration, element: element.index) == nil {
                advice = key.holdsSecrets ? "; write \(first.name): in front" : "; write \(first.name): \(scalar.shown)"
            } else if let missing = MissingBlank(scalar.text) {
                advice = "; \(missing.advice)"
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
