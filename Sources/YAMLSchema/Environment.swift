/// Keys by environment: of each the prefix and its path in capitals, with `_` for the point.
///
/// No two keys may share a name. Elements of lists have none, the list as a whole has.
extension Outline {
    private var prefix: String { words.variablePrefix }

    /// The variable of a key.
    public func variable(of path: String) -> String {
        var name = prefix
        for byte in path.utf8 {
            let shown = byte == UInt8(ascii: ".") ? UInt8(ascii: "_") : (0x61...0x7A).contains(byte) ? byte & 0xDF : byte
            name.unicodeScalars.append(Unicode.Scalar(shown))
        }
        return name
    }

    /// What an environment variable says; `nil` where it is not meant for us.
    func meaning(ofVariable name: String, _ value: [UInt8]) -> Sources.Meaning? {
        guard !prefix.isEmpty, name.hasPrefix(prefix) else { return nil }
        let wanted = String(name.dropFirst(prefix.utf8.count))
        guard !isLink(wanted, value) else { return nil }
        if let row = keys.firstIndex(where: { $0.elementOf == nil && variable(of: $0.path) == name }) {
            let key = keys[row]
            guard key.isSecret || key.holdsSecrets else { return key.list == nil ? .value(row: row) : .list(row: row) }
            return .refused(secretAdvice(key.holdsSecrets ? key.path : nil))
        }
        let named = keys.filter { $0.elementOf == nil }
        let isNearPublic = keys.contains { !$0.isSecret && Suggestion.distance(Array(wanted.utf8), Array(shortVariable(of: $0).utf8)) <= 2 }
        if secretWords.areMentioned(in: wanted), named.contains(where: \.isSecret), !isNearPublic { return .refused(secretAdvice(nil)) }
        let near = suggestion(for: wanted, named.filter { !$0.isSecret && !$0.holdsSecrets }).map { "; did you mean \($0)?" }
        return .refused("no key has this variable" + (near ?? " (\(prefix) and the key's path in capitals, with _ for the point)"))
    }

    private func secretAdvice(_ list: String?) -> String {
        "a secret does not go into the environment, which is shown to others (docker inspect, /proc); \(words.secretAdvice(list))"
    }

    /// Without the prefix.
    private func shortVariable(of key: Key) -> String { String(variable(of: key.path).dropFirst(prefix.utf8.count)) }

    /// The variable that was probably meant.
    private func suggestion(for wanted: String, _ keys: [Key]) -> String? {
        let names = keys.map(shortVariable)
        let wanted = String(decoding: wanted.utf8.map { (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
        if names.contains(wanted) { return prefix + wanted }
        // What leaves out a part of the path, such as MQTT_HOST, ends as the key does.
        let ending = wanted.split(separator: "_").last.map { "_" + $0 } ?? ""
        let first = wanted.split(separator: "_").first ?? ""
        let last = names.filter { !ending.isEmpty && $0.hasSuffix(ending) }
        let alike = last.filter { $0.hasPrefix(first + "_") }
        if alike.count == 1 { return prefix + alike[0] }
        if let near = Suggestion.nearest(wanted, names) { return prefix + near }
        return last.count == 1 ? prefix + last[0] : nil
    }

    /// Whether it is one of those that Kubernetes makes of a service named as the program, or that and more, and Docker of a link: ours by
    /// name only.
    private func isLink(_ name: String, _ value: [UInt8]) -> Bool {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        if name == "NAME" || words.first == "ENV" { return true }
        for (index, word) in words.enumerated() {
            let rest = words[(index + 1)...]
            if word == "SERVICE", rest == ["HOST"] || rest.first == "PORT" { return true }
            guard word == "PORT" else { continue }
            if rest.isEmpty, value.starts(with: "tcp://".utf8) || value.starts(with: "udp://".utf8) { return index == 0 || !isKey(name) }
            if rest.count >= 2, Int(rest.first!) != nil, ["TCP", "UDP", "SCTP"].contains(rest.dropFirst().first!) { return true }
        }
        return false
    }

    private func isKey(_ name: String) -> Bool { keys.contains { shortVariable(of: $0) == name } }
}
