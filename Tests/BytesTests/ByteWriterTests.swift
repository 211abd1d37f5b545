import Bytes
import Testing

@Suite struct ByteWriterTests {
    @Test func `a fresh writer holds nothing and is not full`() {
        let result = written {
            let count = $0.count
            #expect(count == 0)
        }
        #expect(result == Written(bytes: [], isFull: false, guardStands: true))
    }

    @Test func `integers are written in network order`() {
        let result = written {
            $0.u8(0x30)
            $0.u16BigEndian(0x1234)
            $0.u16BigEndian(0x00FF)
            let count = $0.count
            #expect(count == 5)
        }
        #expect(result.bytes == [0x30, 0x12, 0x34, 0x00, 0xFF])
    }

    @Test func `bytes come from arrays, spans, buffers and literals`() {
        let source: [UInt8] = [9, 8, 7]
        let result = written { writer in
            writer.bytes(source)
            writer.bytes(source.span.bytes.extracting(1..<2))
            source.withUnsafeBytes { writer.bytes(UnsafeRawBufferPointer(rebasing: $0[2...])) }
            writer.text("é!")
        }
        #expect(result.bytes == [9, 8, 7, 8, 7, 0xC3, 0xA9, 0x21])
        #expect(!result.isFull)
    }

    @Test func `nothing may be written anywhere, even at the end`() {
        let nothing: [UInt8] = []
        let result = written(capacity: 1) {
            $0.u8(1)
            $0.bytes([])
            $0.bytes(UnsafeRawBufferPointer(start: nil, count: 0))
            $0.text("")
            $0.hex(nothing.span.bytes)
        }
        #expect(result == Written(bytes: [1], isFull: false, guardStands: true))
    }

    @Test func `the last byte of the memory is used`() {
        let result = written(capacity: 4) {
            $0.u16BigEndian(0x0102)
            $0.bytes([3, 4])
        }
        #expect(result == Written(bytes: [1, 2, 3, 4], isFull: false, guardStands: true))
    }

    /// Each write needs more than the one byte that is left.
    @Test func `a write that does not fit whole leaves nothing behind`() {
        let one: [UInt8] = [1]
        let writes: [(inout ByteWriter) -> Void] = [
            { $0.u16BigEndian(0x0102) },
            { $0.text("ab") },
            { $0.bytes([1, 2]) },
            { $0.hex(1) },
            { $0.hexUpper(1) },
            { $0.hex(one.span.bytes) },
            { $0.decimal(10) },
            { $0.decimal(-1) },
            { $0.decimal(-12) },
            { $0.decimal(1, width: 2) },
        ]
        for (index, write) in writes.enumerated() {
            let result = written(capacity: 3) {
                $0.bytes([7, 7])
                write(&$0)
            }
            #expect(result == Written(bytes: [7, 7], isFull: true, guardStands: true), "write \(index)")
        }
    }

    @Test func `a full writer takes nothing more, however small`() {
        let result = written(capacity: 3) {
            $0.bytes([1, 2])
            $0.u16BigEndian(0)
            $0.u8(3)
            $0.text("x")
            $0.decimal(1)
        }
        #expect(result == Written(bytes: [1, 2], isFull: true, guardStands: true))
    }

    @Test func `one byte into memory that is full is refused`() {
        let result = written(capacity: 1) {
            $0.u8(1)
            $0.u8(2)
        }
        #expect(result == Written(bytes: [1], isFull: true, guardStands: true))
    }

    @Test func `never more than the memory holds, whatever is written`() {
        var random = SplitMix64(seed: 0xB1E)
        for _ in 0..<2000 {
            let capacity = Int.random(in: 1...40, using: &random)
            var expected: [UInt8] = []
            var full = false
            let result = written(capacity: capacity) { writer in
                for _ in 0..<12 {
                    let chunk = (0..<Int.random(in: 0...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                    writer.bytes(chunk)
                    if expected.count + chunk.count > capacity { full = true }
                    if !full { expected += chunk }
                }
            }
            #expect(result == Written(bytes: expected, isFull: full, guardStands: true))
        }
    }

    @Test func `rewind takes back what came later, and the overflow with it`() {
        let result = written(capacity: 4) {
            $0.bytes([1, 2, 3])
            $0.u16BigEndian(0xFFFF)
            let before = $0.isFull
            #expect(before)
            $0.rewind(to: 1)
            let (after, count) = ($0.isFull, $0.count)
            #expect(!after)
            #expect(count == 1)
            $0.bytes([8, 9])
        }
        #expect(result == Written(bytes: [1, 8, 9], isFull: false, guardStands: true))
    }

    @Test func `rewind to the end forgives an overflow and keeps the bytes`() {
        let result = written(capacity: 2) {
            $0.u8(1)
            $0.u16BigEndian(0)
            $0.rewind(to: 1)
            $0.u8(2)
        }
        #expect(result == Written(bytes: [1, 2], isFull: false, guardStands: true))
    }

    @Test func `rewind forwards is a bug of ours and traps`() async {
        await #expect(processExitsWith: .failure) {
            _ = written {
                $0.u8(1)
                $0.rewind(to: 2)
            }
        }
    }

    @Test func `what is written may be patched in place`() {
        let result = written {
            $0.u16BigEndian(0)
            $0.text("abc")
            $0.written[1] = 3
        }
        #expect(result.bytes == [0, 3, 0x61, 0x62, 0x63])
    }

    @Test func `digits go into their place in a literal, which fits whole or not at all`() {
        #expect(written { $0.text("0000-00:", hex: 0x1A2F as UInt16, at: 0) }.text == "1a2f-00:")
        #expect(written { $0.text("00000000-", hex: 0x8F00_01AB as UInt32, at: 0) }.text == "8f0001ab-")
        #expect(written { $0.text("uuid 00000000", hex: 0x180F as UInt32, at: 5) }.text == "uuid 0000180f")
        let cut = written(capacity: 8) { $0.text("uuid 0000", hex: 0x180F as UInt16, at: 5) }
        #expect(cut.bytes == [] && cut.isFull && cut.guardStands)
    }

    @Test func `every value of a byte has its digits at every place of a word`() {
        for byte in UInt8.min...UInt8.max {
            let digits = String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            for place in 0..<4 {
                let text = written { $0.text("00000000", hex: UInt32(byte) << UInt32(8 * place), at: 0) }.text
                #expect(text == String(repeating: "0", count: 6 - 2 * place) + digits + String(repeating: "0", count: 2 * place))
            }
        }
    }

    @Test func `the last byte is replaced, unless there was no room`() {
        let whole = written {
            $0.text("[1,")
            $0.replaceLast(UInt8(ascii: "]"))
        }
        #expect(whole.text == "[1]")
        let cut = written(capacity: 1) {
            $0.text("1,")
            $0.replaceLast(UInt8(ascii: "]"))
        }
        #expect(cut.bytes == [] && cut.isFull && cut.guardStands)
    }
}
