/// How values of one type are written as YAML scalars. All but flags and numbers may stand in quotes.
public struct Format<Value: Sendable>: Sendable {
    /// What may be written, in words.
    public let allowed: String
    /// The value; `nil` for a scalar that is not allowed. Null comes here only where it is a value.
    let read: @Sendable (Scalar) -> Value?
    /// As YAML: free text without its quotes, all else needs none; `nil` for null.
    let text: @Sendable (Value) -> String?
    /// For a scalar that is not allowed, where the mistake is a known one.
    var advice: @Sendable (Scalar) -> String? = { _ in nil }
    /// The words, where it is one of a few.
    var choices: [String] = []
    /// Whether it is free text, of which YAML's own signs may take something away.
    var isText = false
    /// Whether `#` may be meant as a part of the text.
    var mayHoldNumberSign = false
    /// Whether null is a value.
    var isNullable = false

    /// Values written as one word.
    /// - Parameters:
    ///   - allowed: in words.
    ///   - read: `nil` for what is not allowed.
    ///   - text: without need of quotes.
    ///   - advice: for a text that is not allowed, where the mistake is a known one.
    public static func written(
        _ allowed: String, read: @escaping @Sendable (String) -> Value?, text: @escaping @Sendable (Value) -> String,
        advice: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> Format {
        Format(allowed: allowed, read: { read($0.text) }, text: text, advice: { advice($0.text) })
    }

    /// One of a few words. Of several words for one value the first is printed.
    public static func choice(_ words: [(word: String, value: Value)]) -> Format where Value: Equatable {
        let names = words.map(\.word)
        return Format(
            allowed: Printable.alternatives(names), read: { scalar in words.first { $0.word == scalar.text }?.value },
            text: { value in words.first { $0.value == value }?.word ?? "" }, choices: names)
    }

    /// One of an enumeration's raw values.
    public static func choice() -> Format where Value: RawRepresentable<String> & CaseIterable & Equatable {
        choice(Value.allCases.map { (word: $0.rawValue, value: $0) })
    }

    /// A value or null.
    public static func optional<Wrapped>(_ format: Format<Wrapped>) -> Format where Value == Wrapped? {
        Format(
            allowed: format.allowed + ", or null", read: { $0.isNull ? .some(nil) : format.read($0).map { .some($0) } },
            text: { $0.flatMap(format.text) }, advice: format.advice, isText: format.isText,
            mayHoldNumberSign: format.mayHoldNumberSign, isNullable: true)
    }

    /// Free text of which something is made.
    /// - Parameters:
    ///   - allowed: in words.
    ///   - mayHoldNumberSign: whether `#` may be a part of it.
    ///   - read: `nil` for what is not allowed.
    ///   - text: as it was written.
    ///   - advice: for a text that is not allowed, where the mistake is a known one.
    public static func text(
        _ allowed: String, mayHoldNumberSign: Bool = false, read: @escaping @Sendable (String) -> Value?,
        text: @escaping @Sendable (Value) -> String, advice: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> Format {
        var format = written(allowed, read: read, text: text, advice: advice)
        (format.isText, format.mayHoldNumberSign) = (true, mayHoldNumberSign)
        return format
    }

    /// Advice for a value in quotes that would be one without.
    private static func unquoting(_ read: @escaping @Sendable (Scalar) -> Any?) -> @Sendable (Scalar) -> String? {
        { !$0.isPlain && read($0.unquoted) != nil ? "remove the quotes" : nil }
    }
}

extension Format<Bool> {
    /// `true` or `false`.
    public static var flag: Format {
        Format(
            allowed: "true or false", read: { $0.bool }, text: { $0 ? "true" : "false" },
            advice: { $0.isOldBool ? "yes, no, on and off are plain text in YAML 1.2" : unquoting { $0.bool }($0) })
    }
}

extension Format where Value: FixedWidthInteger {
    /// A whole number in an inclusive range.
    /// - Parameters:
    ///   - unit: a plural noun.
    ///   - zero: what 0 means, where that is allowed beside the range.
    public static func integer(_ range: ClosedRange<Value>, unit: String? = nil, zero: String? = nil) -> Format {
        let number = "a whole number\(unit.map { " of \($0)" } ?? ""), \(range.lowerBound) to \(range.upperBound)"
        let isSwitch = range.upperBound - range.lowerBound == 1 && zero == nil
        return Format(
            allowed: isSwitch ? "\(range.lowerBound) or \(range.upperBound)" : zero.map { "0 for \($0), or \(number)" } ?? number,
            read: { scalar in
                guard let value = scalar.integer.flatMap({ Value(exactly: $0) }), range.contains(value) || zero != nil && value == 0 else { return nil }
                return value
            },
            text: { "\($0)" }, advice: unquoting { $0.integer })
    }
}

extension Format<Double> {
    /// A number in an inclusive range; the unit is a plural noun.
    public static func number(_ range: ClosedRange<Double>, unit: String? = nil) -> Format {
        let bounds = "\(Printable.number(range.lowerBound)) to \(Printable.number(range.upperBound))"
        return Format(
            allowed: "a number\(unit.map { " of \($0)" } ?? ""), \(bounds)",
            read: { scalar in scalar.number.flatMap { range.contains($0) ? $0 : nil } }, text: Printable.number,
            advice: unquoting { $0.number })
    }
}

extension Format<Int> {
    /// Bytes, or a whole number of KiB or MiB, in an inclusive range of bytes.
    public static func size(_ range: ClosedRange<Int>) -> Format {
        Format(
            allowed: "a size, \(Printable.size(range.lowerBound)) to \(Printable.size(range.upperBound)), such as 1 MiB or 1048576",
            read: { scalar in
                guard scalar.isPlain || scalar.unquoted.integer == nil else { return nil }
                return size(scalar.text).flatMap { range.contains($0) ? $0 : nil }
            },
            text: Printable.size, advice: unquoting { $0.integer })
    }

    /// With or without a blank before the unit; `nil` for anything else and on overflow.
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

extension Format<String> {
    /// Free text that a rule accepts.
    public static func text(
        _ allowed: String, mayHoldNumberSign: Bool = false, accepts: @escaping @Sendable (String) -> Bool,
        advice: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> Format {
        text(allowed, mayHoldNumberSign: mayHoldNumberSign, read: { accepts($0) ? $0 : nil }, text: { $0 }, advice: advice)
    }
}
