import Bytes
import Testing

@testable import Bluetooth

@Suite struct RecordTests {
    @Test func `a record, byte by byte`() {
        let bytes: [UInt8] = [
            0x00, 0x00, 0x00, 0x07,  // original length
            0x00, 0x00, 0x00, 0x05,  // included length: two bytes were cut off
            0x00, 0x00, 0x00, 0x03,  // flags: received, command or event
            0x00, 0x00, 0x00, 0x09,  // cumulative drops
            0x00, 0xE3, 0x10, 0x3C, 0x2A, 0x01, 0xB2, 0xC8,  // time stamp
            0x04, 0x3E, 0x02, 0xAA, 0xBB,  // data
        ]
        // 0x00E3_103C_2A01_B2C8 − 0x00DC_DDB3_0F2F_8000 microseconds.
        #expect(
            readRecord(bytes)
                == .success(BTSnoop.Record(originalLength: 7, flags: 3, unixMicroseconds: 0x0006_3289_1AD2_32C8, data: 24..<29)))
        #expect(BTSnoop.recordHeaderSize == 24)
    }

    @Test func `a record is read where it begins, and the next behind its data`() {
        let bytes = header(datalink: 1002) + record(flags: 1, data: [1, 2, 3]) + record(flags: 2) + record(flags: 3, data: [4])
        #expect(readRecord(bytes, at: 16) == .success(BTSnoop.Record(originalLength: 3, flags: 1, unixMicroseconds: 0, data: 40..<43)))
        #expect(readRecord(bytes, at: 43) == .success(BTSnoop.Record(originalLength: 0, flags: 2, unixMicroseconds: 0, data: 67..<67)))
        #expect(readRecord(bytes, at: 67) == .success(BTSnoop.Record(originalLength: 1, flags: 3, unixMicroseconds: 0, data: 91..<92)))
        #expect(readRecord(bytes, at: 92) == .success(nil))
    }

    // MARK: Time

    @Test func `1970 comes where every reader of the format puts it`() {
        #expect(readRecord(record(time: 0x00DC_DDB3_0F2F_8000)).time == 0)
        // 2000-01-01, 946,684,800 s after 1970, is 0x00E03AB44A676000 in BlueZ's source.
        #expect(readRecord(record(time: 0x00E0_3AB4_4A67_6000)).time == 946_684_800_000_000)
        // Twelve days more than the 719,528 of the proleptic Gregorian calendar: the format's own count.
        #expect(BTSnoop.epoch == (719_528 + 12) * 86_400 * 1_000_000)
    }

    @Test func `a time before 1970 is negative and one beyond all bounds does not trap`() {
        #expect(readRecord(record(time: 0x00DC_DDB3_0F2F_7FFF)).time == -1)
        #expect(readRecord(record(time: 0)).time == -BTSnoop.epoch)
        #expect(readRecord(record(time: .max)).time == -1 - BTSnoop.epoch)
        #expect(readRecord(record(time: 0x8000_0000_0000_0000)).time == Int64.min, "as near as can be expressed")
    }

    // MARK: Lengths

    @Test func `an included length beyond the original is impossible`() {
        let expected = DecodeError(.oversized, at: 4, in: "included length")
        #expect(readRecord(record(original: 2, data: [1, 2, 3])) == .failure(expected))
        #expect(readRecord(record(original: 0, included: 1)) == .failure(expected))
        #expect(readRecord(record(original: 5, included: Int(UInt32.max))) == .failure(expected))
    }

    @Test func `the longest data is an ACL packet's`() {
        #expect(BTSnoop.maximumData == 65_540)
        let longest = record(data: [UInt8](repeating: 7, count: 65_540))
        #expect(
            readRecord(longest) == .success(BTSnoop.Record(originalLength: 65_540, flags: 0, unixMicroseconds: 0, data: 24..<65_564)))
        // Longer by one: reported before the data is there, for it may never come.
        #expect(readRecord(record(original: 65_541, included: 65_541)) == .failure(DecodeError(.oversized, at: 4, in: "included length")))
        let lying = record(original: Int(UInt32.max), included: Int(UInt32.max))
        #expect(readRecord(lying) == .failure(DecodeError(.oversized, at: 4, in: "included length")))
    }

    @Test func `an original length beyond that is possible where less is included`() {
        let bytes = record(original: Int(UInt32.max), data: [1])
        #expect(readRecord(bytes) == .success(BTSnoop.Record(originalLength: 4_294_967_295, flags: 0, unixMicroseconds: 0, data: 24..<25)))
    }

    @Test func `impossible lengths are reported by their place in the file`() {
        let bytes = header(datalink: 1002) + record(data: [1, 2]) + record(original: 1, included: 2)
        #expect(readRecord(bytes, at: 42) == .failure(DecodeError(.oversized, at: 46, in: "included length")))
    }

    // MARK: Truncation

    @Test func `a record that is truncated at any byte asks for more`() {
        let whole = record(flags: 3, data: [1, 2, 3, 4, 5])
        for size in 0..<whole.count { #expect(readRecord(Array(whole[..<size])) == .success(nil), "\(size) bytes") }
        #expect(readRecord(whole) != .success(nil))
        let behindHeader = header(datalink: 1001) + whole
        for size in 16..<behindHeader.count { #expect(readRecord(Array(behindHeader[..<size]), at: 16) == .success(nil), "\(size) bytes") }
    }

    @Test func `a start at or behind the end asks for more`() {
        #expect(readRecord([], at: 0) == .success(nil))
        #expect(readRecord(record(), at: 24) == .success(nil))
        #expect(readRecord(record(), at: 1000) == .success(nil))
    }

    @Test func `noise never gives data outside of the bytes`() {
        var random = SplitMix64(seed: 0xB75)
        var records = 0
        for _ in 0..<20_000 {
            let size = Int.random(in: 0...80, using: &random)
            var bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Mostly lengths that could be.
            for place in [0, 1, 2, 4, 5, 6] where place < size && random.next() & 15 > 0 { bytes[place] = 0 }
            let start = Int.random(in: 0...4, using: &random) & 1
            if case .success(let found?) = readRecord(bytes, at: start) {
                records += 1
                if found.data.lowerBound != start + 24 || found.data.upperBound > size || found.originalLength < found.data.count {
                    Issue.record("\(found) from \(bytes)")
                }
            }
        }
        #expect(records > 500)
    }
}

extension Result<BTSnoop.Record?, DecodeError> {
    /// Microseconds since 1970 of a record that could be read.
    fileprivate var time: Int64? {
        if case .success(let record?) = self { record.unixMicroseconds } else { nil }
    }
}
