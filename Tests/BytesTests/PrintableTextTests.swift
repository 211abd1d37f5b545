import Bytes
import Testing

@Suite struct PrintableTextTests {
    @Test func `a name cannot obey, hide, reorder or break a line of the log`() {
        #expect(PrintableText.line("a\u{202E}cba\u{2028}b\u{2029}c\nd\re\tf\u{1B}[2J\u{7F}\u{85}\u{0}") == #"a\u202Ecba\u2028b\u2029c\nd\re\tf\x1B[2J\x7F\x85\x00"#)
        #expect(PrintableText.line("\u{200B}\u{200F}\u{2066}\u{FEFF}\u{AD}\u{61C}\u{180E}\u{E0041}\u{1D173}") == #"\u200B\u200F\u2066\uFEFF\xAD\u061C\u180E\U000E0041\U0001D173"#)
    }

    @Test func `what can be seen stays as it is`() {
        for text in ["", "plain ASCII ~", "Küche 台所 🔑 é e\u{301}", "مطبخ", #"\u202E is text"#] {
            #expect(PrintableText.line(text) == text)
        }
        #expect(PrintableText.line("\r\n") == #"\r\n"#)
        #expect(String(decoding: [0x61, 0xFF, 0xC3], as: UTF8.self).map { PrintableText.line(String($0)) } == ["a", "\u{FFFD}", "\u{FFFD}"])
    }

    @Test func `to escape again changes nothing`() {
        let once = PrintableText.line("a\u{202E}\n\\")
        #expect(PrintableText.line(once) == once)
    }

    @Test func `lines of our own keep their line feeds and tabs, and nothing else`() {
        #expect(PrintableText.lines("a\n\tb\u{202E}\r\n") == "a\n\tb\\u202E\\r\n")
    }

    @Test func `every control, format and separator is a hazard, and no other`() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isHazard =
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: true
                default: (0x2060...0x206F).contains(value) || (0xE0000...0xE007F).contains(value)
                }
            guard PrintableText.isHazard(scalar) == isHazard else {
                Issue.record("U+\(String(value, radix: 16))")
                return
            }
        }
    }
}
