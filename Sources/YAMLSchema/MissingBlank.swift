/// A key whose colon has no blank after it, as in `host:pi`: to YAML that is one word, and mostly the error comes lines later.
struct MissingBlank {
    /// Of the key, in bytes.
    let offset: Int
    /// What to write; shows no secret.
    let advice: String

    /// The key at the beginning of a text such as `host:pi port:1883`; nil if no known one stands there.
    init?(_ text: String, _ outline: Outline, at offset: Int = 0) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0, bytes[..<colon].allSatisfy(SecretWords.isWord) else {
            return nil
        }
        let name = String(decoding: bytes[..<colon], as: UTF8.self)
        guard colon + 1 < bytes.count, bytes[colon + 1] != 0x20, bytes[colon + 1] != 0x09, !bytes[(colon + 1)...].starts(with: "//".utf8),
            outline.isName(name)
        else { return nil }
        self.offset = offset
        let value = String(decoding: bytes[(colon + 1)...].prefix { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
        let isShown = OddBlank(in: value) == nil && !outline.secretWords.mayBe(in: text) && !outline.keys.contains { $0.isSecret && $0.name == name }
        advice = "a blank is missing after the colon of \(name)" + (isShown ? ": write  \(name): \(Printable.escaped(Printable.shortened(value)))" : "")
    }

    /// The last such key in the line of an offset or in those right above it.
    static func last(before offset: Int, _ source: SourceText, _ outline: Outline) -> MissingBlank? {
        var line = source.line(around: offset)
        for _ in 0..<3 {
            if let found = MissingBlank(inLine: line, source, outline) { return found }
            guard line.lowerBound > 0 else { return nil }
            line = source.line(around: line.lowerBound - 1)
        }
        return nil
    }

    private init?(inLine line: Range<Int>, _ source: SourceText, _ outline: Outline) {
        var start = line.lowerBound
        while start < line.upperBound, source[start] == 0x20 || source[start] == 0x09 || source[start] == UInt8(ascii: "-") { start += 1 }
        self.init(String(decoding: (start..<line.upperBound).map { source[$0] }, as: UTF8.self), outline, at: start)
    }
}

/// A character that looks like a blank, or like nothing, and is neither to YAML.
struct OddBlank {
    let scalar: Unicode.Scalar

    init?(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0xA0, 0x1680, 0x2000...0x200D, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF: self.scalar = scalar
        default: return nil
        }
    }

    /// The first in a text.
    init?(in text: String) {
        guard let found = text.unicodeScalars.lazy.compactMap(OddBlank.init(_:)).first else { return nil }
        self = found
    }

    /// In words, with its number.
    var text: String {
        let name =
            switch scalar.value {
            case 0xA0, 0x202F: "a no-break space"
            case 0x200B...0x200D, 0x2060, 0xFEFF: "an invisible character"
            default: "a space of another kind"
            }
        return "\(name) (U+\(Printable.hex(scalar.value, digits: 4)))"
    }
}

extension SourceText {
    /// The first line that is indented by something that only looks like blanks.
    var firstOddIndentation: (offset: Int, blank: OddBlank)? {
        var start = 0
        while start < count {
            var place = start
            while place < count {
                let (scalar, length) = scalar(at: place)
                guard let scalar, scalar == " " || scalar == "\t" || OddBlank(scalar) != nil else { break }
                if let blank = OddBlank(scalar) { return (place, blank) }
                place += length
            }
            let end = lineEnd(from: place)
            guard end < count else { return nil }
            start = lineStart(after: end)
        }
        return nil
    }

    /// What only looks like a blank in the line of an offset.
    func oddBlank(inLineOf offset: Int) -> OddBlank? {
        guard bytes.contains(where: { $0 >= 0x80 }) else { return nil }
        return OddBlank(in: String(decoding: line(around: offset).map { self[$0] }, as: UTF8.self))
    }
}
