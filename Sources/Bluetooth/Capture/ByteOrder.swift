import Bytes

/// How a file's writer ordered the bytes of its integers.
enum ByteOrder: Sendable {
    case little, big
}

extension ByteReader {
    mutating func u16(_ bytes: RawSpan, _ order: ByteOrder, _ field: StaticString) throws(DecodeError) -> UInt16 {
        let value = try u16BigEndian(bytes, field)
        return order == .big ? value : value.byteSwapped
    }

    mutating func u32(_ bytes: RawSpan, _ order: ByteOrder, _ field: StaticString) throws(DecodeError) -> UInt32 {
        let value = try u32BigEndian(bytes, field)
        return order == .big ? value : value.byteSwapped
    }

    mutating func u64(_ bytes: RawSpan, _ order: ByteOrder, _ field: StaticString) throws(DecodeError) -> UInt64 {
        let value = try u64BigEndian(bytes, field)
        return order == .big ? value : value.byteSwapped
    }
}
