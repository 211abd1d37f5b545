import Bytes

/// The source line of an error and a caret under the place, secrets masked.
struct Excerpt {
    /// Scalars shown of a long line, around the place.
    private static let width = 100

    private let source: SourceText
    private let words: SecretWords
    private let secrets: [Range<Int>]
    /// The last line asked for and what is hidden of it: many errors may stand in one long line.
    private var last: (line: Range<Int>, hidden: [Range<Int>])?

    /// `secrets` are ranges of bytes known to hold secrets, in addition to what `SecretLines` finds.
    init(_ source: SourceText, _ words: SecretWords, hiding secrets: [Range<Int>]) {
        self.source = source
        self.words = words
        self.secrets = secrets
    }

    /// Two lines, without a newline at the end; empty when the line is.
    mutating func text(at offset: Int, line number: Int) -> String {
        let (line, hiddenByLooks) = look(at: offset)
        let hidden = secrets.filter { $0.overlaps(line) } + hiddenByLooks
        let (cells, caret) = cells(of: line, around: offset, hiding: hidden)
        guard !cells.isEmpty else { return "" }

        let start = max(0, min(caret - Self.width * 2 / 3, cells.count - Self.width))
        let end = min(cells.count, start + Self.width)
        var text = start > 0 ? "…" : ""
        var caretColumn = text.unicodeScalars.count
        for (position, cell) in zip(start..<end, cells[start..<end]) {
            if position < caret { caretColumn += cell.unicodeScalars.count }
            text += cell
        }
        if end < cells.count { text += "…" }

        let digits = String(number)
        let margin = String(repeating: " ", count: max(0, 5 - digits.utf8.count)) + digits
        let blank = String(repeating: " ", count: margin.utf8.count)
        return "\(margin) | \(text)\n\(blank) | \(String(repeating: " ", count: caretColumn))^"
    }

    private mutating func look(at offset: Int) -> (line: Range<Int>, hidden: [Range<Int>]) {
        if let last, last.line.contains(offset) { return last }
        let line = source.line(around: offset)
        var hidden = SecretWords.keyLike(in: line) { source[$0] }
        if let range = SecretLines(source, words).hidden(inLineAt: line.lowerBound) { hidden.insert(range, at: 0) }
        let look = (line, hidden)
        last = look
        return look
    }

    /// What is shown for each scalar near the offset, a mask for each hidden range, and which of them the offset is.
    private func cells(of line: Range<Int>, around offset: Int, hiding hidden: [Range<Int>]) -> (cells: [String], caret: Int) {
        var cells: [String] = []
        var caret: Int?
        var position = firstOffset(of: line, before: offset)
        let end = min(line.upperBound, offset + 4 * Self.width)
        while position < end {
            if caret == nil, position >= offset { caret = cells.count }
            if let range = hidden.first(where: { $0.contains(position) }) {
                if caret == nil, range.contains(offset) { caret = cells.count }
                if cells.last != Printable.mask { cells.append(Printable.mask) }
                position = range.upperBound
                continue
            }
            let (scalar, length) = source.scalar(at: position)
            cells.append(Self.cell(scalar, byte: source[position]))
            position += length
        }
        return (cells, caret ?? cells.count)
    }

    /// The line's start, or a scalar some way before the offset when that is far.
    private func firstOffset(of line: Range<Int>, before offset: Int) -> Int {
        var start = max(line.lowerBound, offset - 4 * Self.width)
        while start > line.lowerBound, start < line.upperBound, source[start] & 0xC0 == 0x80 { start += 1 }
        return start
    }

    private static func cell(_ scalar: Unicode.Scalar?, byte: UInt8) -> String {
        guard let scalar else { return "\\x" + Printable.hex(UInt32(byte), digits: 2) }
        if scalar == "\t" { return " " }
        return PrintableText.isHazard(scalar) ? PrintableText.escape(scalar) : String(Character(scalar))
    }
}
