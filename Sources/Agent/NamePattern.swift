import Bytes

/// A glob over a whole local name: `*` stands for any run of characters, `?` for one, `\*`, `\?` and `\\` for themselves.
///
/// A character is a Unicode scalar. A name that is not UTF-8 is seen as it is published: one U+FFFD for each ill-formed run.
/// A `*` that has to be moved never moves an earlier one, so matching takes at most length of name × length of pattern steps.
public struct NamePattern: Sendable {
    /// Scalar values, and the two below.
    private let tokens: [UInt32]

    private static let anyRun: UInt32 = 0xFFFF_FFFF
    private static let anyOne: UInt32 = 0xFFFF_FFFE

    /// A backslash before any other character, or at the end, stands for itself.
    public init(_ glob: String) {
        var tokens: [UInt32] = []
        var isEscaped = false
        for scalar in glob.unicodeScalars {
            let isSpecial = scalar == "*" || scalar == "?" || scalar == "\\"
            if isEscaped {
                if !isSpecial { tokens.append(UInt32(UInt8(ascii: "\\"))) }
                tokens.append(scalar.value)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "*" {
                if tokens.last != Self.anyRun { tokens.append(Self.anyRun) }
            } else {
                tokens.append(scalar == "?" ? Self.anyOne : scalar.value)
            }
        }
        if isEscaped { tokens.append(UInt32(UInt8(ascii: "\\"))) }
        self.tokens = tokens
    }

    /// Whether the bytes of `range` are such a name.
    func matches(_ data: RawSpan, _ range: Range<Int>) -> Bool {
        var position = range.lowerBound
        var token = 0
        // Behind the last run, and where in the name it ends at present.
        var resume: (token: Int, position: Int)?
        while position < range.upperBound {
            if token < tokens.count, tokens[token] == Self.anyRun {
                token += 1
                resume = (token, position)
                continue
            }
            let (scalar, next) = Self.scalar(at: position, in: data, before: range.upperBound)
            if token < tokens.count, tokens[token] == scalar || tokens[token] == Self.anyOne {
                token += 1
                position = next
            } else if let last = resume {
                // The run takes one character more.
                token = last.token
                position = Self.scalar(at: last.position, in: data, before: range.upperBound).next
                resume = (token, position)
            } else {
                return false
            }
        }
        while token < tokens.count, tokens[token] == Self.anyRun { token += 1 }
        return token == tokens.count
    }

    private static func scalar(at position: Int, in data: RawSpan, before end: Int) -> (value: UInt32, next: Int) {
        let first = data.byte(at: position)
        guard first >= 0x80 else { return (UInt32(first), position + 1) }
        let (length, isValid) = UTF8Sequence.measure(at: position, in: data, before: end)
        guard isValid else { return (0xFFFD, position + length) }
        // The first byte of a sequence of n bytes has n ones, a zero, and 7 − n bits of the scalar.
        var value = UInt32(first) & 0x7F >> UInt32(length)
        for offset in 1..<length { value = value << 6 | UInt32(data.byte(at: position + offset) & 0x3F) }
        return (value, position + length)
    }
}
