extension Reader {
    static let tagMessage = "a tag is not allowed; remove the word that begins with !, or put the value in quotes"
    static let anchorMessage = "an anchor is not allowed; remove the word that begins with &, or put the value in quotes"
    static let aliasMessage = "an alias (a word that begins with *) is not allowed; write the value out, or put it in quotes"

    /// What is wrong with the words before a node that YAML does not count as its value; nil where there are none.
    mutating func property(of event: YAMLEvent, isHidden: Bool = false) -> String? {
        // libyaml forgets the tag `!` alone. No plain scalar begins with it, and what is empty has no place of its own.
        var isTagged = event.isTagged
        if case .scalar = event.kind, event.end > event.start, source[offset(event.start)] == UInt8(ascii: "!") { isTagged = true }
        guard event.isAnchored || isTagged else { return nil }
        return (event.isAnchored ? Self.anchorMessage : Self.tagMessage) + quotes(around: event, isHidden: isHidden)
    }

    /// `: "&bob"`, to be written instead of a public scalar or alias; empty where that cannot be shown.
    mutating func quotes(around event: YAMLEvent, isHidden: Bool) -> String {
        switch event.kind {
        case .scalar where event.style == .plain: break
        case .alias: break
        default: return ""
        }
        return isHidden ? "" : quotes(around: offset(event.start)..<offset(event.end))
    }

    /// `range` is in bytes of this source.
    private func quotes(around range: Range<Int>) -> String {
        let bytes = range.map { source[$0] }
        let text = String(decoding: bytes, as: UTF8.self)
        guard !bytes.contains(0x0A), !bytes.contains(0x0D), Printable.shortened(text) == text, !Self.mayHoldSecret(text) else { return "" }
        return ": " + Printable.quoted(text)
    }

    /// Whether credentials or a key may be in a text.
    static func mayHoldSecret(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: "@")) || SecretLines.mentionsSecret(text) || SecretLines.looksLikeKey(text)
    }

    /// For text where a section belongs: mostly it is the value of the section's first key.
    func sectionAdvice(_ path: String, _ event: YAMLEvent) -> String {
        guard case .scalar(let scalar) = event.kind else { return "" }
        if let missing = MissingBlank(scalar.text) { return "; \(missing.advice)" }
        // The keys of these are many of one kind.
        guard path != "payload", path != "scanner.recovery", !Self.mayHoldSecret(scalar.text) else { return "" }
        var value = scalar
        if scalar.isOldBool { value.text = ["yes", "on", "y"].contains(scalar.text.lowercased()) ? "true" : "false" }
        var scratch = configuration
        guard let key = KeyTable.keys.first(where: { $0.path.hasPrefix(path + ".") && !$0.isSecret && $0.list == nil }),
            key.assign(value, to: &scratch) == nil
        else { return "" }
        let names = path.split(separator: ".").suffix(1) + key.path.dropFirst(path.utf8.count + 1).split(separator: ".")
        return "; write  " + names.map { "\($0):" }.reduce("") { $0.isEmpty ? $1 : "\($0)  and below it, indented,  \($1)" } + " \(value.shown)"
    }

    /// For a list or section where text belongs: it may be text that begins with a bracket.
    mutating func bracketAdvice(_ event: YAMLEvent) -> String {
        let first = source[offset(event.start)]
        guard first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return "" }
        return "; put a value that begins with \(Character(Unicode.Scalar(first))) in quotes"
    }

    /// Warns of what an accepted value has lost.
    mutating func warnOfLoss(_ key: Key, _ path: String, _ scalar: Scalar, _ event: YAMLEvent) {
        let range = offset(event.start)..<max(offset(event.start), offset(event.end))
        guard let finding = ScalarLoss(key: key, scalar: scalar, style: event.style, range: range, source: source).finding else { return }
        // Where in a secret it stands would tell of its length.
        if key.isSecret { return warn(start + range.lowerBound, path, "\(path): \(finding.problem)") }
        let whole = key.mayMeetSecret ? nil : finding.whole
        warn(start + finding.offset, path, "\(path): \(finding.problem)\(whole.map { quotes(around: $0) } ?? "")")
    }
}
