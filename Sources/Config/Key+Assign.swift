extension Key {
    /// Reads the scalar into the configuration. Returns `nil`, or what to add to "… is not allowed": what is, and advice.
    /// The configuration is unchanged when the scalar is not accepted.
    /// A key of a list's elements goes into the given one, which exists.
    func assign(_ scalar: Scalar, to configuration: inout Configuration, element: Int = 0) -> String? {
        if let advice = read(scalar, into: &configuration, element) {
            return advice.isEmpty ? allowed : "\(allowed); \(advice)"
        }
        return nil
    }

    /// `nil` when accepted, else advice, which may be empty.
    private func read(_ scalar: Scalar, into configuration: inout Configuration, _ element: Int) -> String? {
        if case .optionalText(_, let access) = kind, scalar.isNull {
            access.set(&configuration, element, nil)
            return nil
        }
        if scalar.isNull { return absenceAdvice }
        switch kind {
        case .flag(let access):
            guard let value = scalar.bool else {
                return scalar.isOldBool ? "yes, no, on and off are plain text in YAML 1.2" : quoteAdvice(scalar) { $0.bool != nil }
            }
            access.set(&configuration, element, value)
        case .integer(let range, _, let zero, let access):
            guard let value = scalar.integer, range.contains(value) || (zero != nil && value == 0) else {
                return quoteAdvice(scalar) { $0.integer != nil }
            }
            access.set(&configuration, element, value)
        case .number(let range, _, let access):
            guard let value = scalar.number, range.contains(value) else { return quoteAdvice(scalar) { $0.number != nil } }
            access.set(&configuration, element, value)
        case .size(let range, let access):
            let isPlainNumber = scalar.unquoted.integer != nil && !scalar.isPlain
            guard !isPlainNumber, let value = Self.size(scalar.text), range.contains(value) else {
                return quoteAdvice(scalar) { $0.integer != nil }
            }
            access.set(&configuration, element, value)
        case .choice(let words, let access):
            guard words.contains(scalar.text) else {
                if words.contains(scalar.text.lowercased()) { return "in lower case" }
                if words.contains(scalar.text.uppercased()) { return "in upper case" }
                return OtherNames.choice(scalar.text, of: words).map { "did you mean \($0)?" } ?? ""
            }
            access.set(&configuration, element, scalar.text)
        case .text(let rule, let access):
            guard rule.accepts(scalar.text) else { return rule.advice(scalar.text) ?? "" }
            access.set(&configuration, element, scalar.text)
        case .optionalText(let rule, let access):
            guard rule.accepts(scalar.text) else { return rule.advice(scalar.text) ?? "" }
            access.set(&configuration, element, scalar.text)
        case .written(let value):
            guard value.assign(scalar.text, &configuration, element) else { return value.advice(scalar.text) ?? "" }
        case .list:
            return ""
        }
        return nil
    }

    private var absenceAdvice: String {
        if let example { return allowed.hasSuffix(example.message) ? "" : "such as \(example.message)" }
        if let absence { return "leave the line out for \(absence)" }
        return "leave the line out for the default, \(defaultText ?? "")"
    }

    private func quoteAdvice(_ scalar: Scalar, _ wouldRead: (Scalar) -> Bool) -> String {
        !scalar.isPlain && wouldRead(scalar.unquoted) ? "remove the quotes" : ""
    }

    /// Bytes, or a whole number of KiB or MiB with or without a blank between; `nil` for anything else and on overflow.
    private static func size(_ text: String) -> Int? {
        let bytes = text.utf8
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let number = Int(Substring(digits)) else { return nil }
        let unit = bytes[digits.endIndex...].drop { $0 == UInt8(ascii: " ") }
        let factor: Int
        switch Substring(unit) {
        case "" where digits.endIndex == bytes.endIndex: factor = 1
        case "KiB": factor = 1 << 10
        case "MiB": factor = 1 << 20
        default: return nil
        }
        let (value, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : value
    }
}
