import Bytes
import Testing

/// Numbers as text.
@Suite struct ByteWriterNumberTests {
    @Test(arguments: [
        0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 65_535, 1_000_000, 4_294_967_295, 999_999_999_999_999_999, 1_000_000_000_000_000_000,
        Int.max, Int.max - 1, -1, -9, -10, -67, -100, -128, Int.min + 1, Int.min,
    ])
    func `a decimal is written as people write it`(value: Int) {
        #expect(written { $0.decimal(value) } == Written(bytes: Array(String(value).utf8), isFull: false, guardStands: true))
    }

    @Test func `any decimal is written as people write it`() {
        var random = SplitMix64(seed: 10)
        for _ in 0..<5000 {
            let value = Int(truncatingIfNeeded: random.next()) >> Int.random(in: 0...63, using: &random)
            #expect(written { $0.decimal(value) }.text == String(value))
        }
    }

    @Test func `the smallest integer fits where it fits exactly`() {
        // "-9223372036854775808" has 20 characters.
        #expect(
            written(capacity: 20) { $0.decimal(.min) }
                == Written(bytes: Array("-9223372036854775808".utf8), isFull: false, guardStands: true))
        #expect(written(capacity: 19) { $0.decimal(.min) } == Written(bytes: [], isFull: true, guardStands: true))
    }

    @Test func `a negative decimal that does not fit leaves no sign behind`() {
        #expect(written(capacity: 3) { $0.decimal(-127) } == Written(bytes: [], isFull: true, guardStands: true))
        #expect(written(capacity: 1) { $0.decimal(-1) } == Written(bytes: [], isFull: true, guardStands: true))
    }

    @Test(arguments: [(0, 1, "0"), (7, 2, "07"), (7, 3, "007"), (123, 3, "123"), (2026, 4, "2026"), (0, 4, "0000"), (59, 2, "59")])
    func `a decimal is padded with zeros to its width`(value: Int, width: Int, text: String) {
        #expect(written { $0.decimal(value, width: width) }.text == text)
    }

    @Test func `every byte is two lower-case digits`() {
        for byte in UInt8.min...UInt8.max {
            let digits = String(byte, radix: 16)
            #expect(written { $0.hex(byte) }.text == (byte < 16 ? "0" : "") + digits)
        }
    }

    @Test func `every byte is two upper-case digits where asked`() {
        for byte in UInt8.min...UInt8.max {
            let digits = String(byte, radix: 16, uppercase: true)
            #expect(written { $0.hexUpper(byte) }.text == (byte < 16 ? "0" : "") + digits)
        }
    }

    @Test func `a span is its digits in order`() {
        let source: [UInt8] = [0x00, 0x4C, 0xFF, 0x0A, 0x9F]
        #expect(written { $0.hex(source.span.bytes) }.text == "004cff0a9f")
        #expect(written(capacity: 10) { $0.hex(source.span.bytes) }.isFull == false)
        #expect(written(capacity: 9) { $0.hex(source.span.bytes) } == Written(bytes: [], isFull: true, guardStands: true))
    }
}
