/// One row of the table: everything the program knows about one key of the file.
struct Key: Sendable {
    /// Dotted path, as in `mqtt.client.qos`.
    let path: String
    /// Type, range, and the property it lives in.
    let kind: Kind
    /// What the key means, in whole sentences.
    let help: String
    /// Whether its value never appears in messages and prints.
    var isSecret = false
    /// The value the example file and the "is required" message give; a key with one has no default.
    var example: Example?

    /// A required key's values to show.
    struct Example: Sendable {
        /// In the example file: valid, and to be edited.
        let file: String
        /// In the message that asks for the key.
        let message: String
    }

    /// How the key's property is read and written.
    struct Access<Value>: Sendable {
        let get: @Sendable (Configuration) -> Value
        let set: @Sendable (inout Configuration, Value) -> Void
    }

    /// A key's type. Ranges are inclusive; `unit` is a plural noun.
    enum Kind: Sendable {
        case flag(Access<Bool>)
        case integer(ClosedRange<Int>, unit: String?, Access<Int>)
        case number(ClosedRange<Double>, unit: String?, Access<Double>)
        case size(ClosedRange<Int>, Access<Int>)
        case choice([String], Access<String>)
        case text(TextRule, Access<String>)
        case optionalText(TextRule, Access<String?>)
        case adapter(Access<AdapterSelector>)
    }

    /// The last part of the path.
    var name: Substring { path[(path.lastIndex(of: ".").map(path.index(after:)) ?? path.startIndex)...] }

    /// All but the last part of the path, empty at the top.
    var section: Substring { path[..<(path.lastIndex(of: ".") ?? path.startIndex)] }

    /// What may be written, in words.
    var allowed: String {
        switch kind {
        case .flag:
            return "true or false"
        case .integer(let range, let unit, _):
            if range.upperBound - range.lowerBound == 1 { return "\(range.lowerBound) or \(range.upperBound)" }
            return "a whole number\(unit.map { " of \($0)" } ?? ""), \(range.lowerBound) to \(range.upperBound)"
        case .number(let range, let unit, _):
            let bounds = "\(Printable.number(range.lowerBound)) to \(Printable.number(range.upperBound))"
            return "a number\(unit.map { " of \($0)" } ?? ""), \(bounds)"
        case .size(let range, _):
            return "a size, \(Printable.size(range.lowerBound)) to \(Printable.size(range.upperBound)), such as 1 MiB or 1048576"
        case .choice(let words, _):
            return Printable.alternatives(words)
        case .text(let rule, _):
            return rule.allowed
        case .optionalText(let rule, _):
            return rule.allowed + ", or null"
        case .adapter:
            return "hciN such as hci0, an address such as AA:BB:CC:DD:EE:FF, or all"
        }
    }

    /// The default as YAML, or `nil` for a required key.
    var defaultText: String? {
        example == nil ? text(in: Configuration(scannerID: "")) : nil
    }

    /// The value in a configuration as YAML. Secrets stand in it: use `shown(in:)` for people.
    func text(in configuration: Configuration) -> String {
        switch kind {
        case .flag(let access): return access.get(configuration) ? "true" : "false"
        case .integer(_, _, let access): return String(access.get(configuration))
        case .number(_, _, let access): return Printable.number(access.get(configuration))
        case .size(_, let access): return Printable.size(access.get(configuration))
        case .choice(_, let access): return access.get(configuration)
        case .text(_, let access): return Self.yaml(access.get(configuration))
        case .optionalText(_, let access): return access.get(configuration).map(Self.yaml) ?? "null"
        case .adapter(let access): return access.get(configuration).description
        }
    }

    /// The value in a configuration as YAML, a secret as `•••`, an absent secret as `null`.
    func shown(in configuration: Configuration) -> String {
        let text = text(in: configuration)
        return isSecret && text != "null" ? Printable.mask : text
    }

    /// Plain where no reader could take it for anything but text, else in double quotes.
    private static func yaml(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x2D...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
            default: false
            }
        }
        guard isPlain, let first = text.utf8.first, (0x41...0x5A).contains(first & 0xDF) else { return Printable.quoted(text) }
        let scalar = Scalar(text: text, isPlain: true)
        return scalar.isNull || scalar.bool != nil || scalar.isOldBool ? Printable.quoted(text) : text
    }
}
