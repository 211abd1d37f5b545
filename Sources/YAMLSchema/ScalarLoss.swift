/// What a text value silently is not, though it looks so in the file: YAML reads comments, escapes, null and line breaks before we do.
///
/// Only for values that are accepted: a warning for the place, with the way to write what was probably meant.
struct ScalarLoss {
    let key: Key
    let scalar: Scalar
    let style: Node.Style
    /// The value in the source, in bytes, without what follows on its line.
    let range: Range<Int>
    let source: SourceText

    struct Loss: Equatable {
        /// In bytes.
        let offset: Int
        /// Without the key in front.
        let problem: String
        /// What the file would have to hold if all of it is the value: of a public key.
        var whole: Range<Int>?
    }

    /// The first thing that is lost; nil for keys whose values are no free text.
    var loss: Loss? {
        key.facts.isText ? comment ?? null ?? block ?? escape ?? fold ?? look : nil
    }

    /// `secret #1`, of which the half is a comment, or `#1`, which is one as a whole.
    private var comment: Loss? {
        guard style == .plain, !scalar.isNull || scalar.text.isEmpty else { return nil }
        var hash = range.upperBound
        while hash < source.count, source[hash] == 0x20 || source[hash] == 0x09 { hash += 1 }
        guard hash > range.upperBound, hash < source.count, source[hash] == UInt8(ascii: "#") else { return nil }
        let end = source.lineEnd(from: hash)
        // A comment is mostly apart from its sign. Of a secret nobody can see whether the value is whole.
        let isApart = hash + 1 == end || source[hash + 1] == 0x20 || source[hash + 1] == 0x09
        guard key.isSecret || key.facts.mayHoldNumberSign && !isApart else { return nil }
        if scalar.isNull {
            return Loss(
                offset: hash, problem: "a comment begins at the #, so the value is null; write null for none, or put the value in quotes",
                whole: hash..<end)
        }
        return Loss(
            offset: hash,
            problem: "a comment begins at the #, so the value ends before it; put quotes around what is the value", whole: range.lowerBound..<end)
    }

    /// A secret that is absent without the word for it.
    private var null: Loss? {
        guard key.isSecret, scalar.isNull, scalar.text != "null" else { return nil }
        let problem =
            scalar.text.isEmpty
            ? "the value is empty, so there is none; write null for that"
            : "YAML reads this as null, so there is none; write null for that, or put the value in quotes"
        return Loss(offset: range.lowerBound, problem: problem)
    }

    private var block: Loss? {
        guard style == .block else { return nil }
        return Loss(offset: range.lowerBound, problem: "| and > begin a block, whose line breaks are part of the value; \(Self.oneLine)")
    }

    /// `"a\b"`, which ends in a backspace. Escapes by number are written on purpose, but for a secret.
    private var escape: Loss? {
        guard style == .doubleQuoted else { return nil }
        var place = range.lowerBound
        while place + 1 < range.upperBound {
            guard source[place] == UInt8(ascii: "\\") else {
                place += 1
                continue
            }
            let letter = source[place + 1]
            switch letter {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), 0x0A, 0x0D: break
            default:
                let isByNumber = letter == UInt8(ascii: "x") || letter | 0x20 == UInt8(ascii: "u")
                if isByNumber, !key.isSecret { break }
                let name = key.isSecret ? "this is" : "\\\(Character(Unicode.Scalar(letter))) is"
                return Loss(
                    offset: place,
                    problem: "in double quotes \(name) an escape for another character; use single quotes, or write a backslash as \\\\")
            }
            place += 2
        }
        return nil
    }

    private var fold: Loss? {
        guard range.contains(where: { source[$0] == 0x0A || source[$0] == 0x0D }) else { return nil }
        return Loss(offset: range.lowerBound, problem: "the value goes on in the next line, and the line break became a blank; \(Self.oneLine)")
    }

    /// What a person does not see: blanks that are none, quotes of a word processor.
    private var look: Loss? {
        if let blank = OddBlank(in: scalar.text) {
            return Loss(offset: range.lowerBound, problem: "\(blank.text) is part of the value; replace it unless that is meant")
        }
        let quotes: Set<Unicode.Scalar> = ["\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}", "\u{201C}", "\u{201D}", "\u{201E}", "\u{201F}", "\u{AB}", "\u{BB}"]
        let scalars = scalar.text.unicodeScalars
        guard scalars.count > 1, quotes.contains(scalars.first!), quotes.contains(scalars.last!) else { return nil }
        return Loss(offset: range.lowerBound, problem: "these quotes are part of the value; YAML's own are \" and '")
    }

    private static let oneLine = "write it in one line, in quotes"
}
