/// A cursor over borrowed bytes that knows its offset.
///
/// The bytes are passed to each call and not kept: a cursor is three words and may be stored anywhere.
/// Integers are little-endian unless the name states otherwise.
public struct ByteReader: Sendable {
    @usableFromInline var position: Int
    /// Offset behind the last byte that may be read.
    public let end: Int

    /// A cursor over `range`, which the caller has made sure lies within the bytes.
    @inlinable public init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// Offset of the next byte to be read.
    @inlinable public var offset: Int { position }
    /// Bytes not yet read.
    @inlinable public var remaining: Int { end - position }

    /// Moves past `count` bytes and returns where they began.
    /// - Throws: `DecodeError` with reason `truncated` if fewer are left; the cursor then does not move.
    @inlinable public mutating func skip(_ count: Int, _ field: StaticString) throws(DecodeError) -> Int {
        let start = position
        guard count >= 0, count <= end - start else { throw DecodeError(.truncated, at: start, in: field) }
        position = start + count
        return start
    }

    @inlinable public mutating func u8(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> UInt8 {
        bytes.byte(at: try skip(1, field))
    }

    @inlinable public mutating func i8(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> Int8 {
        Int8(bitPattern: try u8(bytes, field))
    }

    @inlinable public mutating func u16(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> UInt16 {
        bytes.u16(at: try skip(2, field))
    }

    @inlinable public mutating func u48(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> UInt64 {
        bytes.u48(at: try skip(6, field))
    }

    @inlinable public mutating func u16BigEndian(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> UInt16 {
        try u16(bytes, field).byteSwapped
    }

    @inlinable public mutating func u32BigEndian(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> UInt32 {
        UInt32(bigEndian: bytes.unsafeLoadUnaligned(fromCheckedOffset: try skip(4, field), as: UInt32.self))
    }

    @inlinable public mutating func u64BigEndian(_ bytes: RawSpan, _ field: StaticString) throws(DecodeError) -> UInt64 {
        UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromCheckedOffset: try skip(8, field), as: UInt64.self))
    }
}

extension RawSpan {
    /// The byte at `offset`; traps outside the span, which would be a bug of this program.
    @inlinable public func byte(at offset: Int) -> UInt8 {
        unsafeLoadUnaligned(fromCheckedOffset: offset, as: UInt8.self)
    }

    /// The little-endian 16-bit integer at `offset`.
    @inlinable public func u16(at offset: Int) -> UInt16 {
        UInt16(littleEndian: unsafeLoadUnaligned(fromCheckedOffset: offset, as: UInt16.self))
    }

    /// The little-endian 48-bit integer at `offset`.
    @inlinable public func u48(at offset: Int) -> UInt64 {
        let low = UInt32(littleEndian: unsafeLoadUnaligned(fromCheckedOffset: offset, as: UInt32.self))
        return UInt64(u16(at: offset + 4)) << 32 | UInt64(low)
    }

    /// The little-endian 64-bit integer at `offset`.
    @inlinable public func u64(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafeLoadUnaligned(fromCheckedOffset: offset, as: UInt64.self))
    }

    @inlinable func unsafeLoadUnaligned<T: FixedWidthInteger & BitwiseCopyable>(fromCheckedOffset offset: Int, as type: T.Type) -> T {
        precondition(offset >= 0 && offset <= byteCount - MemoryLayout<T>.size)
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: type)
    }
}
