/// Rules between the elements of a list, and between an element and the sections.
enum ListCheck {
    static func issues(_ configuration: Configuration, _ presence: Presence) -> [Reader.Issue] {
        repetitions("adapters[].adapter", configuration.adapters, presence, same: { $0.adapter == $1.adapter }) { $0.adapter.description }
            + repetitions("identities[].address", configuration.identities, presence, same: { $0.address == $1.address }) {
                AddressText.text($0.address)
            }
            + windows(configuration, presence) + alternatives(configuration, presence)
    }

    /// An issue for each element that agrees with one before it.
    private static func repetitions<Element>(
        _ path: String, _ elements: [Element], _ presence: Presence, same: (Element, Element) -> Bool, shown: (Element) -> String
    ) -> [Reader.Issue] {
        var issues: [Reader.Issue] = []
        for (index, element) in elements.enumerated() {
            guard case .accepted(let offset) = presence.of(path, element: index) else { continue }
            let first = elements[..<index].indices.first { earlier in
                guard case .accepted = presence.of(path, element: earlier) else { return false }
                return same(elements[earlier], element)
            }
            guard let first else { continue }
            let key = numbered(path, index)
            issues.append(
                .init(offset: offset, key: key, message: "\(key): \(shown(element)) is given twice, first as \(numbered(path, first))"))
        }
        return issues
    }

    /// An issue where the rules' lists come to too many combinations: each is looked at for each advertisement.
    private static func alternatives(_ configuration: Configuration, _ presence: Presence) -> [Reader.Issue] {
        guard case .accepted(let offset) = presence.of("filters.rules") else { return [] }
        let most = Configuration.Filters.maximumAlternatives
        let count = configuration.filters.rules.reduce(0) { min($0 + $1.alternativeCount, Int.max / 2) }
        guard count > most else { return [] }
        let message = "filters.rules: the lists of its conditions come to \(count) combinations, at most \(most) are allowed; two long lists in one rule multiply"
        return [.init(offset: offset, key: "filters.rules", message: message)]
    }

    /// An issue for each adapter whose window, by its own setting or the scanner's, is longer than its interval.
    private static func windows(_ configuration: Configuration, _ presence: Presence) -> [Reader.Issue] {
        var issues: [Reader.Issue] = []
        guard presence.of("scanner.window_ms") != .refused, presence.of("scanner.interval_ms") != .refused else { return [] }
        for (index, scanner) in configuration.scanners.enumerated() where index < configuration.adapters.count {
            guard scanner.windowMilliseconds > scanner.intervalMilliseconds else { continue }
            let window = numbered("adapters[].window_ms", index)
            let interval = numbered("adapters[].interval_ms", index)
            let windowText = Printable.number(scanner.windowMilliseconds)
            let intervalText = Printable.number(scanner.intervalMilliseconds)
            switch (presence.of("adapters[].window_ms", element: index), presence.of("adapters[].interval_ms", element: index)) {
            case (.refused, _), (_, .refused), (.absent, .absent): continue
            case (.accepted(let offset), let other):
                let limit = other == .absent ? "scanner.interval_ms" : interval
                issues.append(
                    .init(
                        offset: offset, key: window,
                        message: "\(window): \(windowText) is not allowed (at most \(limit), which is \(intervalText))"))
            case (.absent, .accepted(let offset)):
                issues.append(
                    .init(
                        offset: offset, key: interval,
                        message:
                            "\(interval): \(intervalText) is not allowed (at least scanner.window_ms, which is \(windowText); or give this adapter a window_ms)"
                    ))
            }
        }
        return issues
    }

    private static func numbered(_ path: String, _ index: Int) -> String {
        var text = ""
        for character in path {
            text.append(character)
            if character == "[" { text += String(index) }
        }
        return text
    }
}
