/// What is known of the scalars that a key takes. Words are made where somebody needs them: with a configuration without mistakes nobody does.
public struct Facts: Sendable {
    /// What may be written, in words.
    var allowed: @Sendable () -> String
    /// The words, where it is one of a few.
    var choices: (@Sendable () -> [String])?
    /// Whether it is free text, of which YAML's own signs may take something away.
    var isText = false
    /// Whether `#` may be meant as a part of the text.
    var mayHoldNumberSign = false
    /// Whether null is a value.
    var isNullable = false
    /// For a scalar that is not allowed, where the mistake is a known one.
    var advice: @Sendable (Scalar) -> String? = { _ in nil }

    @usableFromInline init(words: @escaping @Sendable () -> [String]) {
        allowed = { Printable.alternatives(words()) }
        choices = words
    }

    @usableFromInline init(_ allowed: @escaping @Sendable () -> String, isText: Bool, mayHoldNumberSign: Bool, advice: @escaping @Sendable (String) -> String?) {
        self.allowed = allowed
        self.isText = isText
        self.mayHoldNumberSign = mayHoldNumberSign
        self.advice = { advice($0.text) }
    }

    /// Numbers and flags.
    init(_ allowed: @escaping @autoclosure @Sendable () -> String, advice: @escaping @Sendable (Scalar) -> String?) {
        self.allowed = allowed
        self.advice = advice
    }

    /// The same, and null.
    @usableFromInline var orNull: Facts {
        var facts = self
        facts.allowed = { allowed() + ", or null" }
        facts.isNullable = true
        return facts
    }
}

/// How values of one type are written as YAML scalars. All but flags and numbers may stand in quotes.
public struct Format<Value: Sendable>: Sendable {
    /// What is known of the scalars.
    public let facts: Facts
    /// What may be written, in words.
    public var allowed: String { facts.allowed() }
    /// The value; `nil` for a scalar that is not allowed. Null comes here only where it is a value.
    @usableFromInline let read: @Sendable (Scalar) -> Value?
    /// As YAML: free text without its quotes, all else needs none; `nil` for null.
    @usableFromInline let text: @Sendable (Value) -> String?

    @inlinable init(_ facts: Facts, read: @escaping @Sendable (Scalar) -> Value?, text: @escaping @Sendable (Value) -> String?) {
        self.facts = facts
        self.read = read
        self.text = text
    }

    /// Values written as one word, or free text of which something is made.
    /// - Parameters:
    ///   - allowed: in words.
    ///   - isText: whether it is free text; then text is printed in quotes.
    ///   - mayHoldNumberSign: whether `#` may be a part of it.
    ///   - read: `nil` for what is not allowed.
    ///   - text: as it was written.
    ///   - advice: for a text that is not allowed, where the mistake is a known one.
    @inlinable public static func written(
        _ allowed: @escaping @autoclosure @Sendable () -> String, isText: Bool = false, mayHoldNumberSign: Bool = false,
        read: @escaping @Sendable (String) -> Value?,
        text: @escaping @Sendable (Value) -> String, advice: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> Format {
        Format(
            Facts(allowed, isText: isText, mayHoldNumberSign: mayHoldNumberSign, advice: advice), read: { read($0.text) }, text: { text($0) })
    }

    /// One of a few words. Of several words for one value the first is printed.
    @inlinable public static func choice(_ words: @escaping @autoclosure @Sendable () -> [(word: String, value: Value)]) -> Format where Value: Equatable {
        Format(
            Facts(words: { words().map { $0.word } }), read: { scalar in words().first { $0.word == scalar.text }?.value },
            text: { value in words().first { $0.value == value }?.word })
    }

    /// One of an enumeration's raw values.
    @inlinable public static func choice() -> Format where Value: RawRepresentable<String> & CaseIterable {
        Format(Facts(words: { Value.allCases.map { $0.rawValue } }), read: { Value(rawValue: $0.text) }, text: { $0.rawValue })
    }

    /// A value or null.
    @inlinable public static func optional<Wrapped>(_ format: Format<Wrapped>) -> Format where Value == Wrapped? {
        Format(
            format.facts.orNull, read: { $0.isNull ? .some(nil) : format.read($0).map { .some($0) } }, text: { $0.flatMap { format.text($0) } })
    }
}

extension Format<Bool> {
    /// `true` or `false`.
    public static var flag: Format {
        Format(
            Facts("true or false") { $0.isOldBool ? "yes, no, on and off are plain text in YAML 1.2" : unquoting($0) { $0.bool != nil } },
            read: { $0.bool }, text: { $0 ? "true" : "false" })
    }
}

/// Advice for a value in quotes that would be one without.
private func unquoting(_ scalar: Scalar, _ isValue: (Scalar) -> Bool) -> String? {
    !scalar.isPlain && isValue(scalar.unquoted) ? "remove the quotes" : nil
}

extension Format where Value: FixedWidthInteger {
    /// A whole number in an inclusive range.
    /// - Parameters:
    ///   - unit: a plural noun.
    ///   - zero: what 0 means, where that is allowed beside the range.
    @inlinable public static func integer(_ range: ClosedRange<Value>, unit: String? = nil, zero: String? = nil) -> Format {
        let format = Format<Int>.whole(Int(range.lowerBound)...Int(range.upperBound), unit, zero)
        return Format(format.facts, read: { format.read($0).map { Value($0) } }, text: { format.text(Int($0)) })
    }
}

extension Format<Double> {
    /// A number in an inclusive range; the unit is a plural noun.
    public static func number(_ range: ClosedRange<Double>, unit: String? = nil) -> Format {
        Format(
            Facts("a number\(unit.map { " of \($0)" } ?? ""), \(Printable.number(range.lowerBound)) to \(Printable.number(range.upperBound))") { unquoting($0) { $0.number != nil } },
            read: { scalar in scalar.number.flatMap { range.contains($0) ? $0 : nil } }, text: { Printable.number($0) })
    }
}

extension Format<Int> {
    @usableFromInline static func whole(_ range: ClosedRange<Int>, _ unit: String?, _ zero: String?) -> Format {
        @Sendable func allowed() -> String {
            if range.upperBound - range.lowerBound == 1, zero == nil { return "\(range.lowerBound) or \(range.upperBound)" }
            return "\(zero.map { "0 for \($0), or " } ?? "")a whole number\(unit.map { " of \($0)" } ?? ""), \(range.lowerBound) to \(range.upperBound)"
        }
        return Format(
            Facts(allowed()) { unquoting($0) { $0.integer != nil } },
            read: { scalar in scalar.integer.flatMap { range.contains($0) || zero != nil && $0 == 0 ? $0 : nil } }, text: { String($0) })
    }

    /// Bytes, or a whole number of KiB or MiB, in an inclusive range of bytes.
    public static func size(_ range: ClosedRange<Int>) -> Format {
        Format(
            Facts("a size, \(Printable.size(range.lowerBound)) to \(Printable.size(range.upperBound)), such as 1 MiB or 1048576") {
                unquoting($0) { $0.integer != nil }
            },
            read: { scalar in
                guard scalar.isPlain || scalar.unquoted.integer == nil else { return nil }
                return size(scalar.text).flatMap { range.contains($0) ? $0 : nil }
            },
            text: { Printable.size($0) })
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
        _ allowed: @escaping @autoclosure @Sendable () -> String, mayHoldNumberSign: Bool = false, accepts: @escaping @Sendable (String) -> Bool,
        advice: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> Format {
        written(allowed(), isText: true, mayHoldNumberSign: mayHoldNumberSign, read: { accepts($0) ? $0 : nil }, text: { $0 }, advice: advice)
    }
}
