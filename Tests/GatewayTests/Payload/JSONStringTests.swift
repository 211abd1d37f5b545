import Bytes
import Testing

@testable import Gateway

@Suite struct JSONStringTests {
    private static func json(_ source: [UInt8]) -> String { text { $0.jsonString(source.span.bytes) } }

    @Test func `plain text stands as it is`() {
        #expect(Self.json([]) == "\"\"")
        let plain = (UInt8(0x20)...0x7E).filter { $0 != 0x22 && $0 != 0x5C }
        #expect(Self.json(plain) == "\"" + String(decoding: plain, as: UTF8.self) + "\"")
    }

    @Test(
        arguments: [
            (0x22, #"\""#), (0x5C, #"\\"#), (0x08, #"\b"#), (0x09, #"\t"#), (0x0A, #"\n"#), (0x0C, #"\f"#), (0x0D, #"\r"#), (0x2F, "/"),
        ] as [(UInt8, String)])
    func `characters with an escape of their own`(byte: UInt8, escape: String) {
        #expect(Self.json([0x61, byte, 0x62]) == "\"a\(escape)b\"")
    }

    @Test func `all other controls are escaped by number`() {
        for byte in (UInt8(0)..<0x20) where ![0x08, 0x09, 0x0A, 0x0C, 0x0D].contains(byte) {
            let hex = String(byte, radix: 16)
            #expect(Self.json([byte]) == "\"\\u00" + (hex.count < 2 ? "0" : "") + hex + "\"")
        }
        #expect(Self.json([0x7F]) == #""\u007f""#)
        for low in UInt8(0x80)..<0xA0 { #expect(Self.json([0xC2, low]) == "\"\\u00\(String(low, radix: 16))\"") }
        #expect(Self.json([0xC2, 0xA0]) == "\"\u{A0}\"")
    }

    /// The first and last code point of every row of Unicode table 3-7.
    @Test(
        arguments: [
            [0xC2, 0xA0], [0xDF, 0xBF],
            [0xE0, 0xA0, 0x80], [0xE0, 0xBF, 0xBF],
            [0xE1, 0x80, 0x80], [0xEC, 0xBF, 0xBF],
            [0xED, 0x80, 0x80], [0xED, 0x9F, 0xBF],
            [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF], [0xEF, 0xBB, 0xBF],
            [0xF0, 0x90, 0x80, 0x80], [0xF0, 0xBF, 0xBF, 0xBF],
            [0xF1, 0x80, 0x80, 0x80], [0xF3, 0xBF, 0xBF, 0xBF],
            [0xF4, 0x80, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        ] as [[UInt8]])
    func `well-formed UTF-8 stands as it is`(sequence: [UInt8]) {
        #expect(bytes { $0.jsonString(([0x61] + sequence + [0x62]).span.bytes) } == [0x22, 0x61] + sequence + [0x62, 0x22])
    }

    /// Ill-formed sequences and how many U+FFFD they become: one for each maximal subpart.
    static let illFormed: [([UInt8], Int)] = [
        // Bytes that begin nothing.
        ([0x80], 1), ([0xBF], 1), ([0x80, 0x80], 2), ([0xC0], 1), ([0xC1], 1), ([0xC0, 0x80], 2), ([0xC1, 0xBF], 2),
        ([0xF5], 1), ([0xF5, 0x80, 0x80, 0x80], 4), ([0xFE], 1), ([0xFF], 1), ([0xFE, 0xFF], 2),
        // Sequences that end too early: one for all that was right so far.
        ([0xC2], 1), ([0xDF], 1), ([0xE0], 1), ([0xE0, 0xA0], 1), ([0xE1, 0x80], 1), ([0xED, 0x9F], 1), ([0xEF, 0xBF], 1),
        ([0xF0], 1), ([0xF0, 0x90], 1), ([0xF0, 0x90, 0x80], 1), ([0xF1, 0x80, 0x80], 1), ([0xF4, 0x8F, 0xBF], 1),
        // Second bytes out of range: overlong, surrogates, beyond U+10FFFF.
        ([0xE0, 0x80], 2), ([0xE0, 0x9F, 0x80], 3), ([0xED, 0xA0, 0x80], 3), ([0xED, 0xBF, 0xBF], 3),
        ([0xF0, 0x80, 0x80, 0x80], 4), ([0xF0, 0x8F, 0xBF, 0xBF], 4), ([0xF4, 0x90, 0x80, 0x80], 4),
        // A surrogate pair as CESU-8 has it.
        ([0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], 6),
        // A new beginning inside a sequence (Unicode 3.9, table 3-8 and its neighbours).
        ([0xC2, 0xC2], 2), ([0xE1, 0xE1], 2), ([0xE1, 0x80, 0xE2], 2), ([0xF1, 0x80, 0xE1, 0x80, 0xC2], 3),
        ([0xF0, 0x90, 0xF0, 0x90, 0x80], 2), ([0xE1, 0x80, 0xF0, 0x91, 0x92, 0xF1, 0xBF], 3),
    ]

    @Test(arguments: illFormed) func `an ill-formed sequence becomes one U+FFFD for each maximal subpart`(sequence: [UInt8], count: Int) {
        let replacement = String(repeating: "\u{FFFD}", count: count)
        #expect(Self.json(sequence) == "\"\(replacement)\"")
        #expect(Self.json([0x61] + sequence + [0x62]) == "\"a\(replacement)b\"")
        #expect(Self.json(sequence + Array("é".utf8)) == "\"\(replacement)é\"")
    }

    @Test func `every sequence of two bytes is read as Swift reads it`() {
        for first in UInt8(0x80)...0xFF {
            for last in UInt8(0x20)...0xFF where last != 0x22 && last != 0x5C && last != 0x7F && !(first == 0xC2 && last < 0xA0) {
                let expected = "\"" + String(decoding: [first, last], as: UTF8.self) + "\""
                guard Self.json([first, last]).utf8.elementsEqual(expected.utf8) else {
                    Issue.record("\(first) \(last)")
                    return
                }
            }
        }
    }

    @Test func `text for what is written once is escaped in the same way`() {
        #expect(PayloadFormatter.jsonString("") == Array("\"\"".utf8))
        #expect(PayloadFormatter.jsonString("a\"\u{1}é🔑") == Array("\"a\\\"\\u0001é🔑\"".utf8))
        #expect(PayloadFormatter.jsonString(String(repeating: "\u{1}", count: 500)).count == 3002)
    }
}
