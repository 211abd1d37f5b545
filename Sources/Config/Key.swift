/// One row of the table: everything the program knows about one key of the file.
package struct Key: Sendable {
    /// Dotted path, as in `mqtt.client.qos`; of a key in a list's elements as in `adapters[].mode`.
    package let path: String
    /// Type, range, and the property it lives in.
    let kind: Kind
    /// What the key means, in whole sentences.
    package let help: String
    /// Whether its value never appears in messages and prints.
    var isSecret = false
    /// Whether a secret may stand there by mistake, such as a private key in the place of its file's name: messages do not quote the value.
    var mayMeetSecret = false
    /// The value the example file and the "is required" message give; a key with one has no default.
    package var example: Example?
    /// For a key of a list's elements that may be left out: what that means, as in `as scanner.mode`.
    package var absence: String?
    /// For a key whose default follows from others: the default in words. The example file has it as a comment.
    package var derivedDefault: String?

    /// A required key's values to show.
    package struct Example: Sendable {
        /// In the example file: valid, and to be edited.
        package let file: String
        /// In the message that asks for the key.
        let message: String
    }

    /// A key's type. Ranges are inclusive; `unit` is a plural noun.
    enum Kind: Sendable {
        case flag(Access<Bool>)
        /// With `zero`, 0 is allowed too and means that.
        case integer(ClosedRange<Int>, unit: String?, zero: String? = nil, Access<Int>)
        case number(ClosedRange<Double>, unit: String?, Access<Double>)
        case size(ClosedRange<Int>, Access<Int>)
        case choice([String], Access<String>)
        case text(TextRule, Access<String>)
        case optionalText(TextRule, Access<String?>)
        case written(WrittenValue)
        case list(List)
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
        case .integer(let range, let unit, let zero, _):
            if let zero {
                return "0 for \(zero), or a whole number\(unit.map { " of \($0)" } ?? ""), \(range.lowerBound) to \(range.upperBound)"
            }
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
        case .written(let value):
            return value.allowed
        case .list(let list):
            return "a list of at most \(list.maximum) sections, each begun with - and with the keys \(Schema.listing(of: path + "[]"))"
        }
    }

    /// Whether its value is free text.
    var isText: Bool {
        switch kind {
        case .text, .optionalText: true
        default: false
        }
    }

    /// The list, if the key is one.
    package var list: List? {
        if case .list(let list) = kind { return list }
        return nil
    }

    /// The default as YAML, or `nil` for a required key and for one of a list's elements.
    package var defaultText: String? {
        example == nil && elementOf == nil ? text(in: Configuration(scannerID: "")) : nil
    }

    /// The value in a configuration, or in an element of its list there, as YAML; `nil` where the element leaves it out.
    /// Of a list only whether it is empty. Secrets stand in it: use `shown(in:)` for people.
    func text(in configuration: Configuration, element: Int = 0) -> String? {
        switch kind {
        case .flag(let access): return access.get(configuration, element).map { $0 ? "true" : "false" }
        case .integer(_, _, _, let access): return access.get(configuration, element).map { String($0) }
        case .number(_, _, let access): return access.get(configuration, element).map(Printable.number)
        case .size(_, let access): return access.get(configuration, element).map(Printable.size)
        case .choice(_, let access): return Self.yaml(access.values(configuration, element)) { $0 }
        case .text(_, let access): return Self.yaml(access.values(configuration, element), Self.yaml)
        case .optionalText(_, let access): return (access.get(configuration, element) ?? nil).map(Self.yaml) ?? "null"
        case .written(let value): return Self.yaml(value.texts(configuration, element)) { $0 }
        case .list(let list): return list.count(configuration) == 0 ? "[]" : nil
        }
    }

    /// The same, a secret as `•••`, an absent secret as `null`.
    func shown(in configuration: Configuration, element: Int = 0) -> String? {
        let text = text(in: configuration, element: element)
        return isSecret && text != nil && text != "null" ? Printable.mask : text
    }

    /// Whether two configurations agree in this key.
    func isSame(_ left: Configuration, _ right: Configuration) -> Bool {
        list?.isSame(left, right) ?? (text(in: left) == text(in: right))
    }

    /// One value as `single` writes it, several in brackets; `nil` for none.
    private static func yaml(_ values: [String], _ single: (String) -> String) -> String? {
        guard values.count > 1 else { return values.first.map(single) }
        return "[\(Printable.list(values.map(yaml)))]"
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
