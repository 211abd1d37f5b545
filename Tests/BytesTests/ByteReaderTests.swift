import Bytes
import Testing

@Suite struct ByteReaderTests {
    /// Every byte differs, the upper bits are set in some.
    private let bytes: [UInt8] = [0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0x09]

    @Test func `a cursor begins at the lower bound and ends at the upper`() {
        let reader = ByteReader(2..<7)
        #expect(reader.offset == 2)
        #expect(reader.end == 7)
        #expect(reader.remaining == 5)
    }

    @Test func `one byte is read, unsigned and signed`() throws {
        var reader = ByteReader(0..<9)
        #expect(try reader.u8(bytes.span.bytes, "a") == 0x01)
        #expect(try reader.i8(bytes.span.bytes, "b") == -126)
        #expect(try reader.i8(bytes.span.bytes, "c") == 3)
        #expect(reader.offset == 3)
        #expect(reader.remaining == 6)
    }

    @Test func `the ends of the signed byte are kept`() throws {
        let ends: [UInt8] = [0x80, 0xFF, 0x00, 0x7F]
        var reader = ByteReader(0..<4)
        for value: Int8 in [-128, -1, 0, 127] { #expect(try reader.i8(ends.span.bytes, "RSSI") == value) }
    }

    @Test func `sixteen bits are little-endian unless the name states otherwise`() throws {
        var reader = ByteReader(0..<9)
        #expect(try reader.u16(bytes.span.bytes, "a") == 0x8201)
        #expect(try reader.u16BigEndian(bytes.span.bytes, "b") == 0x0384)
        #expect(reader.offset == 4)
    }

    @Test func `sixty-four bits in place are little-endian`() {
        #expect(bytes.span.bytes.u64(at: 1) == 0x0988_0786_0584_0382)
    }

    @Test func `forty-eight bits are little-endian, the upper sixteen are empty`() throws {
        var reader = ByteReader(1..<9)
        #expect(try reader.u48(bytes.span.bytes, "Address") == 0x0000_0786_0584_0382)
        #expect(reader.offset == 7)
        let full = [UInt8](repeating: 0xFF, count: 6)
        var whole = ByteReader(0..<6)
        #expect(try whole.u48(full.span.bytes, "Address") == 0x0000_FFFF_FFFF_FFFF)
    }

    @Test func `thirty-two and sixty-four bits are big-endian`() throws {
        var reader = ByteReader(1..<9)
        #expect(try reader.u32BigEndian(bytes.span.bytes, "flags") == 0x8203_8405)
        #expect(reader.offset == 5)
        var long = ByteReader(1..<9)
        #expect(try long.u64BigEndian(bytes.span.bytes, "time") == 0x8203_8405_8607_8809)
        #expect(long.offset == 9)
        #expect(long.remaining == 0)
    }

    @Test func `skip answers where the skipped bytes began`() throws {
        var reader = ByteReader(3..<9)
        #expect(try reader.skip(4, "data") == 3)
        #expect(try reader.skip(0, "nothing") == 7)
        #expect(try reader.skip(2, "rest") == 7)
        #expect(reader.remaining == 0)
        #expect(try reader.skip(0, "nothing, at the end") == 9)
    }

    @Test func `a skip by a negative count is truncated, not a way back`() {
        var reader = ByteReader(3..<9)
        #expect(failure { () throws(DecodeError) in try reader.skip(-1, "length") } == DecodeError(.truncated, at: 3, in: "length"))
        #expect(failure { () throws(DecodeError) in try reader.skip(.min, "length") } == DecodeError(.truncated, at: 3, in: "length"))
        #expect(failure { () throws(DecodeError) in try reader.skip(.max, "length") } == DecodeError(.truncated, at: 3, in: "length"))
        #expect(reader.offset == 3)
    }

    @Test(arguments: [1, 2, 4, 6, 8])
    func `a read of one byte too many names offset and field and stands still`(size: Int) {
        // One byte fewer than `size` lies before the cursor's end; more lie behind it, and are not to be touched.
        var reader = ByteReader(1..<size)
        let expected = DecodeError(.truncated, at: 1, in: "Field")
        switch size {
        case 1:
            #expect(failure { () throws(DecodeError) in try reader.u8(bytes.span.bytes, "Field") } == expected)
            #expect(failure { () throws(DecodeError) in try reader.i8(bytes.span.bytes, "Field") } == expected)
        case 2:
            #expect(failure { () throws(DecodeError) in try reader.u16(bytes.span.bytes, "Field") } == expected)
            #expect(failure { () throws(DecodeError) in try reader.u16BigEndian(bytes.span.bytes, "Field") } == expected)
        case 4: #expect(failure { () throws(DecodeError) in try reader.u32BigEndian(bytes.span.bytes, "Field") } == expected)
        case 6: #expect(failure { () throws(DecodeError) in try reader.u48(bytes.span.bytes, "Field") } == expected)
        default: #expect(failure { () throws(DecodeError) in try reader.u64BigEndian(bytes.span.bytes, "Field") } == expected)
        }
        #expect(reader.offset == 1)
        #expect(reader.remaining == size - 1)
    }

    @Test func `a shorter field may be read where a longer one did not fit`() throws {
        var reader = ByteReader(6..<9)
        #expect(
            failure { () throws(DecodeError) in try reader.u48(bytes.span.bytes, "Address") }
                == DecodeError(.truncated, at: 6, in: "Address"))
        #expect(try reader.u16(bytes.span.bytes, "rest") == 0x8807)
        #expect(try reader.u8(bytes.span.bytes, "rest") == 0x09)
    }

    @Test func `integers of a span are read at any alignment`() {
        for offset in 0...7 { #expect(bytes.span.bytes.u16(at: offset) == UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8) }
        #expect(bytes.span.bytes.byte(at: 8) == 0x09)
        #expect(bytes.span.bytes.u48(at: 3) == 0x0988_0786_0584)
    }

    @Test func `a span traps outside of itself`() async {
        await #expect(processExitsWith: .failure) {
            let three: [UInt8] = [1, 2, 3]
            _ = three.span.bytes.byte(at: 3)
        }
        await #expect(processExitsWith: .failure) {
            let three: [UInt8] = [1, 2, 3]
            _ = three.span.bytes.u16(at: -1)
        }
        await #expect(processExitsWith: .failure) {
            let five: [UInt8] = [1, 2, 3, 4, 5]
            _ = five.span.bytes.u48(at: 0)
        }
    }
}
