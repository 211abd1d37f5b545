/// Finds what must not be shown of a source line, by its looks alone: errors of syntax have no tree to ask.
///
/// Errs on the side of hiding. After a word such as `password` the rest of the line is hidden, and so are the lines
/// that may continue the value: indented deeper, or not beginning with a key.
struct SecretLines {
    private let source: SourceText
    private let words: SecretWords

    init(_ source: SourceText, _ words: SecretWords) {
        self.source = source
        self.words = words
    }

    /// The hidden part of the line that begins at `start`, or `nil`.
    func hidden(inLineAt start: Int) -> Range<Int>? {
        var lineStart = 0
        var secretIndent: Int?
        /// Where the list's element begins, when the secret is in its first line.
        var elementIndent: Int?
        while true {
            let line = lineStart..<source.lineEnd(from: lineStart)
            var hidden: Range<Int>?
            let text = firstOfEntry(in: line)
            let dash = firstVisible(in: line)
            let isNextElement = text > dash && dash - line.lowerBound == elementIndent
            if let indent = secretIndent, !isNextElement,
                text == line.upperBound || text - line.lowerBound > indent || !beginsWithKey(text, line)
            {
                hidden = text < line.upperBound ? text..<line.upperBound : nil
            } else {
                secretIndent = nil
                if let end = secretWordEnd(in: line) {
                    let value = valueStart(after: end, in: line)
                    hidden = value < line.upperBound ? value..<line.upperBound : nil
                    if source[text] != UInt8(ascii: "#") {
                        secretIndent = text - line.lowerBound
                        elementIndent = text > dash ? dash - line.lowerBound : nil
                    }
                }
            }
            if lineStart >= start { return hidden }
            guard line.upperBound < source.count else { return nil }
            lineStart = source.lineStart(after: line.upperBound)
        }
    }

    private func firstVisible(in line: Range<Int>) -> Int {
        line.first { source[$0] != 0x20 && source[$0] != 0x09 } ?? line.upperBound
    }

    /// The first visible character that is no `-` of a list.
    private func firstOfEntry(in line: Range<Int>) -> Int {
        var start = firstVisible(in: line)
        while start + 1 < line.upperBound, source[start] == UInt8(ascii: "-"), source[start + 1] == 0x20 || source[start + 1] == 0x09 {
            start = firstVisible(in: start + 1..<line.upperBound)
        }
        return start
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    /// The end of the first word in the line that announces a secret.
    private func secretWordEnd(in line: Range<Int>) -> Int? {
        var start = line.lowerBound
        while start < line.upperBound {
            var end = start
            while end < line.upperBound, SecretWords.isWord(source[end]) { end += 1 }
            if words.areMentioned(in: String(decoding: (start..<end).map { source[$0] }, as: UTF8.self)) { return end }
            start = max(end, start + 1)
        }
        return nil
    }

    /// Past one closing quote, blanks, one `:` or `=`, blanks.
    private func valueStart(after word: Int, in line: Range<Int>) -> Int {
        var start = word
        if start < line.upperBound, Self.isQuote(source[start]) { start += 1 }
        start = skipBlanks(start, line)
        guard start < line.upperBound, source[start] == UInt8(ascii: ":") || source[start] == UInt8(ascii: "=") else { return start }
        return skipBlanks(start + 1, line)
    }

    private func skipBlanks(_ start: Int, _ line: Range<Int>) -> Int {
        firstVisible(in: min(start, line.upperBound)..<line.upperBound)
    }

    /// A word, perhaps in quotes, then a colon, then a blank or nothing.
    private func beginsWithKey(_ start: Int, _ line: Range<Int>) -> Bool {
        var end = start
        if end < line.upperBound, Self.isQuote(source[end]) { end += 1 }
        let word = end
        while end < line.upperBound, SecretWords.isWord(source[end]) { end += 1 }
        guard end > word else { return false }
        if end < line.upperBound, Self.isQuote(source[end]) { end += 1 }
        end = skipBlanks(end, line)
        guard end < line.upperBound, source[end] == UInt8(ascii: ":") else { return false }
        return end + 1 == line.upperBound || source[end + 1] == 0x20 || source[end + 1] == 0x09
    }
}
