@preconcurrency import Glibc

/// Settings by environment: of each key `BLEMQTTD_` and its path in capitals, with `_` for the point.
///
/// No two keys share a name: a test goes through the table. Elements of lists have none, the list as a whole has.
package enum Environment {
    static let prefix = "BLEMQTTD_"

    /// One that is meant for us.
    struct Variable {
        let name: String
        let value: [UInt8]
        let meaning: Meaning
    }

    /// What a variable says.
    enum Meaning: Equatable {
        /// The value of a row of the table.
        case key(row: Int)
        /// Nothing to us, and why, with what to do.
        case refused(String)
    }

    /// The variable of a key.
    package static func name(of path: String) -> String {
        var name = prefix
        for byte in path.utf8 {
            let shown = byte == UInt8(ascii: ".") ? UInt8(ascii: "_") : (0x61...0x7A).contains(byte) ? byte & 0xDF : byte
            name.unicodeScalars.append(Unicode.Scalar(shown))
        }
        return name
    }

    /// Those that are meant for us, keys in the table's order, then what is refused.
    static func variables(_ environment: [(name: String, value: [UInt8])]) -> [Variable] {
        let all = environment.compactMap { name, value in
            meaning(of: name, value).map { Variable(name: name, value: value, meaning: $0) }
        }
        func order(_ variable: Variable) -> Int {
            if case .key(let row) = variable.meaning { row } else { KeyTable.keys.count }
        }
        return all.sorted { (order($0), $0.name) < (order($1), $1.name) }
    }

    /// `nil` where it is not meant for us.
    static func meaning(of name: String, _ value: [UInt8]) -> Meaning? {
        guard name.hasPrefix(prefix), !isLink(String(name.dropFirst(prefix.utf8.count)), value) else { return nil }
        let row = KeyTable.keys.firstIndex { $0.elementOf == nil && Self.name(of: $0.path) == name }
        if let row {
            let key = KeyTable.keys[row]
            guard key.isSecret || key.holdsSecrets else { return .key(row: row) }
            return .refused(key.holdsSecrets ? "\(secret); write \(key.path) into a file of config.d" : advice(instead: key))
        }
        let wanted = String(name.dropFirst(prefix.utf8.count))
        if SecretLines.mentionsSecret(wanted), let key = KeyTable.keys.first(where: { $0.isSecret && $0.elementOf == nil }) {
            if !Self.isNear(wanted, KeyTable.keys.filter { !$0.isSecret }) { return .refused(advice(instead: key)) }
        }
        let near = suggestion(for: wanted).map { "; did you mean \($0)?" }
        return .refused("no key has this variable" + (near ?? " (\(prefix) and the key's path in capitals, with _ for the point)"))
    }

    private static let secret = "a secret does not go into the environment, which is shown to others (docker inspect, /proc)"

    private static func advice(instead key: Key) -> String {
        let file = "mqtt.broker.password_file"
        return "\(secret); write it into a file, such as /run/secrets/mqtt-password, and name that in \(name(of: file))"
    }

    private static func isNear(_ wanted: String, _ keys: [Key]) -> Bool {
        keys.contains { Suggestion.distance(Array(wanted.utf8), Array(name(of: $0.path).utf8.dropFirst(prefix.utf8.count))) <= 2 }
    }

    /// The variable that was probably meant.
    private static func suggestion(for wanted: String) -> String? {
        let keys = KeyTable.keys.filter { $0.elementOf == nil && !$0.isSecret && !$0.holdsSecrets }
        let names = keys.map { String(name(of: $0.path).dropFirst(prefix.utf8.count)) }
        let wanted = String(decoding: wanted.utf8.map { (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
        if let same = names.first(where: { $0 == wanted }) { return prefix + same }
        // What leaves out a part of the path, such as MQTT_HOST, ends as the key does.
        let ending = wanted.split(separator: "_").last.map { "_" + $0 } ?? ""
        let first = wanted.split(separator: "_").first ?? ""
        let alike = names.filter { $0.hasSuffix(ending) && $0.hasPrefix(first + "_") }
        if !ending.isEmpty, alike.count == 1 { return prefix + alike[0] }
        if let near = Suggestion.nearest(wanted, names) { return prefix + near }
        let last = names.filter { $0.hasSuffix(ending) }
        return !ending.isEmpty && last.count == 1 ? prefix + last[0] : nil
    }

    /// Whether it is one of those that Kubernetes makes of a service named blemqttd, or blemqttd- and more, and Docker of a link: ours by
    /// name only.
    private static func isLink(_ name: String, _ value: [UInt8]) -> Bool {
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

    private static func isKey(_ name: String) -> Bool { KeyTable.keys.contains { Self.name(of: $0.path) == prefix + name } }
}

extension Configuration {
    /// The process's variables that begin with `BLEMQTTD_`.
    public static var environment: [(name: String, value: [UInt8])] {
        var variables: [(name: String, value: [UInt8])] = []
        var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
        while let entry = next.pointee {
            let bytes = UnsafeBufferPointer(start: entry, count: strlen(entry)).map { UInt8(bitPattern: $0) }
            if bytes.starts(with: Environment.prefix.utf8), let sign = bytes.firstIndex(of: UInt8(ascii: "=")) {
                variables.append((String(decoding: bytes[..<sign], as: UTF8.self), Array(bytes[(sign + 1)...])))
            }
            next += 1
        }
        return variables
    }
}
