extension Reader {
    /// What is wrong with the words before a node that YAML does not count as its value; nil if there are none.
    func property(of node: Node, isHidden: Bool = false) -> String? {
        guard node.isAnchored || node.isTagged else { return nil }
        let (noun, sign) = node.isAnchored ? ("an anchor", "&") : ("a tag", "!")
        return "\(noun) is not allowed; remove the word that begins with \(sign), or put the value in quotes" + quotes(around: node, isHidden: isHidden)
    }

    /// `: "&bob"`, to be written instead of a public scalar or alias; empty where that cannot be shown.
    func quotes(around node: Node, isHidden: Bool) -> String {
        switch node.content {
        case .scalar where node.style == .plain && !isHidden, .alias where !isHidden: quotes(around: node.start..<node.end)
        default: ""
        }
    }

    private func quotes(around range: Range<Int>) -> String {
        let bytes = range.map { source[$0] }
        let text = String(decoding: bytes, as: UTF8.self)
        guard !bytes.contains(0x0A), !bytes.contains(0x0D), Printable.shortened(text) == text, !words.mayBe(in: text) else { return "" }
        return ": " + Printable.quoted(text)
    }

    /// For text where a section belongs: mostly it is the value of the section's first key.
    func sectionAdvice(_ path: String, _ node: Node) -> String {
        guard let scalar = node.scalar else { return "" }
        if let missing = MissingBlank(scalar.text, outline) { return "; \(missing.advice)" }
        guard !outline.words.uniformSections.contains(path), !words.mayBe(in: scalar.text) else { return "" }
        var value = scalar
        if scalar.isOldBool { value.text = ["yes", "on", "y"].contains(scalar.text.lowercased()) ? "true" : "false" }
        guard let row = outline.keys.firstIndex(where: { $0.path.hasPrefix(path + ".") && !$0.isSecret && $0.list == nil }),
            assign(value, row, toCopy: true) == nil
        else { return "" }
        let names = path.split(separator: ".").suffix(1) + outline.keys[row].path.dropFirst(path.utf8.count + 1).split(separator: ".")
        return "; write  \(names.map { "\($0):" }.joined(separator: "  and below it, indented,  ")) \(value.shown)"
    }

    /// For a list or section where text belongs: it may be text that begins with a bracket.
    /// - Parameter row: of the key; with its value in quotes where the key would take that.
    func bracketAdvice(_ node: Node, _ row: Int? = nil) -> String {
        let first = source[node.start]
        guard first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return "" }
        // With what follows without a blank, as in {a}-b, which ends the YAML.
        var end = node.end
        while end < source.count, ![0x09, 0x0A, 0x0D, 0x20].contains(source[end]), !",]}".utf8.contains(source[end]) { end += 1 }
        let text = String(decoding: (node.start..<end).map { source[$0] }, as: UTF8.self)
        let isMeant = row.map { !outline.keys[$0].isHidden && assign(Scalar(text: text, isPlain: false), $0, toCopy: true) == nil } ?? false
        return "; put a value that begins with \(Character(Unicode.Scalar(first))) in quotes" + (isMeant ? quotes(around: node.start..<end) : "")
    }

    /// Warns of what an accepted value has lost.
    mutating func warnOfLoss(_ key: Key, _ path: String, _ scalar: Scalar, _ node: Node) {
        guard let loss = ScalarLoss(key: key, scalar: scalar, style: node.style, range: node.start..<node.end, source: source).loss else { return }
        // Where in a secret it stands would tell of its length.
        if key.isSecret { return warn(node.start, path, "\(path): \(loss.problem)") }
        let whole = key.mayMeetSecret ? nil : loss.whole
        warn(loss.offset, path, "\(path): \(loss.problem)\(whole.map { quotes(around: $0) } ?? "")")
    }
}
