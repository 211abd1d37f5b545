import Bytes
import Testing

@Suite struct HexTests {
    /// The two bytes of a word as they lie in memory.
    private func text(_ word: UInt16) -> String {
        withUnsafeBytes(of: word) { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `both digits lie in memory as they are read`() {
        #expect(text(Hex.lower(0x1F)) == "1f")
        #expect(text(Hex.upper(0x1F)) == "1F")
        #expect(text(Hex.lower(0xA9)) == "a9")
        #expect(text(Hex.upper(0xA9)) == "A9")
        #expect(text(Hex.lower(0x00)) == "00")
        #expect(text(Hex.upper(0xFF)) == "FF")
    }

    @Test func `every byte comes back from its digits`() {
        for byte in UInt8.min...UInt8.max {
            for word in [Hex.lower(byte), Hex.upper(byte)] {
                let digits = Array(text(word).utf8)
                #expect(digits.count == 2)
                #expect(Hex.value(digits[0]) == byte >> 4)
                #expect(Hex.value(digits[1]) == byte & 15)
            }
        }
    }

    @Test func `a digit has its value in either case, anything else has none`() {
        for byte in UInt8.min...UInt8.max {
            let character = Character(UnicodeScalar(byte))
            #expect(Hex.value(byte) == (byte < 0x80 ? character.hexDigitValue.map { UInt8($0) } : nil), "byte \(byte)")
        }
        // The neighbours of the three runs of digits.
        for neighbour in "/:@G`g" { #expect(Hex.value(neighbour.asciiValue!) == nil) }
    }
}
