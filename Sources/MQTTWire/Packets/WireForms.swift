import Bytes

/// Reading what packets consist of: MQTT 5 section 1.5.
extension ByteReader {
    /// A variable byte integer: 1 to 4 bytes, 7 bits each, the lowest first, 1.5.5.
    /// - Throws: `DecodeError` also where it has more bytes than needed [MQTT-1.5.5-1].
    mutating func variableByteInteger(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> Int {
        let start = offset
        var value = 0
        for index in 0..<4 {
            let byte = try u8(bytes, field)
            value |= Int(byte & 0x7F) << (7 * index)
            guard byte & 0x80 == 0 else { continue }
            guard byte != 0 || index == 0 else { throw DecodeError(.invalid, at: start, in: field) }
            return value
        }
        throw DecodeError(.invalid, at: start, in: field)
    }

    /// | 2 length | bytes |, 1.5.6; where the bytes are.
    mutating func field(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> Range<Int> {
        let count = Int(try u16BigEndian(bytes, field))
        let start = try skip(count, field)
        return start..<start + count
    }

    /// | 2 length | UTF-8 |, 1.5.4: well-formed [MQTT-1.5.4-1], and without U+0000 [MQTT-1.5.4-2].
    mutating func text(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> String {
        let range = try self.field(bytes, field)
        guard let text = bytes.text(range), !text.utf8.contains(0) else { throw DecodeError(.invalid, at: range.lowerBound, in: field) }
        return text
    }
}

extension RawSpan {
    /// A copy of those bytes.
    func array(_ range: Range<Int>) -> [UInt8] {
        extracting(range).withUnsafeBytes { [UInt8]($0) }
    }

    /// Those bytes as text; nil if they are no well-formed UTF-8.
    func text(_ range: Range<Int>) -> String? {
        extracting(range).withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
        }
    }
}

/// Writing them.
extension [UInt8] {
    mutating func append(bigEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func append(bigEndian value: UInt64) {
        append(bigEndian: UInt32(truncatingIfNeeded: value >> 32))
        append(bigEndian: UInt32(truncatingIfNeeded: value))
    }

    mutating func append(bigEndian value: UInt32) {
        append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
        append(bigEndian: UInt16(truncatingIfNeeded: value))
    }

    /// - Precondition: 0…268,435,455.
    mutating func append(variableByteInteger value: Int) {
        precondition((0...PacketSize.largestRemaining).contains(value))
        var rest = value
        repeat {
            let digit = UInt8(rest & 0x7F)
            rest >>= 7
            append(rest > 0 ? digit | 0x80 : digit)
        } while rest > 0
    }

    /// - Precondition: at most 65,535 bytes.
    mutating func append(field: some Collection<UInt8>) {
        append(bigEndian: UInt16(field.count))
        append(contentsOf: field)
    }
}

/// How large packets can be: MQTT 5 section 2.1.4.
enum PacketSize {
    static let largestRemaining = 268_435_455

    /// Bytes of a variable byte integer.
    static func digits(_ value: Int) -> Int { value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4 }

    /// Bytes of a whole packet with that Remaining Length.
    static func whole(remaining: Int) -> Int { 1 + digits(remaining) + remaining }
}
