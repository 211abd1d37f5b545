/// Writes into memory of a fixed size, reports when it is full, and never grows.
///
/// A write that does not fit whole leaves nothing behind and sets `isFull`; later writes then do nothing either,
/// so a caller may write a whole packet and check once at the end.
public struct ByteWriter: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let capacity: Int
    @usableFromInline var length = 0
    @usableFromInline var overflowed = false

    /// - Parameter memory: borrowed: it must outlive the writer.
    public init(_ memory: UnsafeMutableRawBufferPointer) {
        base = memory.baseAddress!
        capacity = memory.count
    }

    /// Bytes written so far.
    @inlinable public var count: Int { length }
    /// A write did not fit.
    @inlinable public var isFull: Bool { overflowed }

    /// Reserves `size` bytes and returns their address; nil, and full from now on, if they do not fit.
    @inlinable @inline(__always) mutating func claim(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size <= capacity - length, !overflowed else {
            overflowed = true
            return nil
        }
        let place = base + length
        length += size
        return place
    }

    /// The bytes written so far, to be patched by the caller.
    public var written: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: length) }

    /// Takes back everything behind the first `earlier` bytes, an overflow included.
    public mutating func rewind(to earlier: Int) {
        precondition(earlier <= length)
        length = earlier
        overflowed = false
    }

    /// Writes `value` over the last byte.
    @inlinable public mutating func replaceLast(_ value: UInt8) {
        guard !overflowed else { return }
        precondition(length > 0)
        base.storeBytes(of: value, toByteOffset: length - 1, as: UInt8.self)
    }

    @inlinable public mutating func u8(_ value: UInt8) {
        guard let place = claim(1) else { return }
        place.storeBytes(of: value, as: UInt8.self)
    }

    @inlinable public mutating func u16BigEndian(_ value: UInt16) {
        guard let place = claim(2) else { return }
        place.storeBytes(of: value.bigEndian, as: UInt16.self)
    }

    @inlinable @inline(__always) public mutating func text(_ literal: StaticString) {
        bytes(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    @inlinable public mutating func bytes(_ source: UnsafeRawBufferPointer) {
        guard source.count > 0, let place = claim(source.count) else { return }
        place.copyMemory(from: source.baseAddress!, byteCount: source.count)
    }

    @inlinable public mutating func bytes(_ source: RawSpan) {
        source.withUnsafeBytes { bytes($0) }
    }

    @inlinable public mutating func bytes(_ source: [UInt8]) {
        source.withUnsafeBytes { bytes($0) }
    }

    /// `source` as lower-case hexadecimal digits, two a byte.
    @inlinable @inline(__always) public mutating func hex(_ source: RawSpan) {
        if source.byteCount > 0 { digits(source) }
    }

    @inlinable mutating func digits(_ source: RawSpan) {
        let size = source.byteCount
        guard let place = claim(2 * size) else { return }
        for index in 0..<size {
            place.storeBytes(of: Hex.lower(source.byte(at: index)), toByteOffset: 2 * index, as: UInt16.self)
        }
    }

    /// One byte as two lower-case hexadecimal digits.
    @inlinable public mutating func hex(_ byte: UInt8) {
        guard let place = claim(2) else { return }
        place.storeBytes(of: Hex.lower(byte), as: UInt16.self)
    }

    /// One byte as two upper-case hexadecimal digits.
    @inlinable public mutating func hexUpper(_ byte: UInt8) {
        guard let place = claim(2) else { return }
        place.storeBytes(of: Hex.upper(byte), as: UInt16.self)
    }

    /// A literal whose eight bytes from `offset` on are overwritten with the hexadecimal digits of `value`.
    @inlinable @inline(__always) public mutating func text(_ literal: StaticString, hex value: UInt32, at offset: Int) {
        let size = literal.utf8CodeUnitCount
        guard let place = claim(size) else { return }
        place.copyMemory(from: literal.utf8Start, byteCount: size)
        place.storeBytes(of: Hex.lower(value), toByteOffset: offset, as: UInt64.self)
    }

    /// A literal whose four bytes from `offset` on are overwritten with the hexadecimal digits of `value`.
    @inlinable @inline(__always) public mutating func text(_ literal: StaticString, hex value: UInt16, at offset: Int) {
        let size = literal.utf8CodeUnitCount
        guard let place = claim(size) else { return }
        place.copyMemory(from: literal.utf8Start, byteCount: size)
        place.storeBytes(of: Hex.lower(UInt8(value >> 8)), toByteOffset: offset, as: UInt16.self)
        place.storeBytes(of: Hex.lower(UInt8(truncatingIfNeeded: value)), toByteOffset: offset + 2, as: UInt16.self)
    }

    /// A decimal integer.
    public mutating func decimal(_ value: Int) {
        let sign = value < 0 ? 1 : 0
        var magnitude = value.magnitude
        var digits = 1
        var power: UInt = 1
        while magnitude / power >= 10 {
            power *= 10
            digits += 1
        }
        guard let place = claim(sign + digits) else { return }
        if sign > 0 { place.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self) }
        for index in sign..<sign + digits {
            place.storeBytes(of: 48 + UInt8(truncatingIfNeeded: magnitude / power), toByteOffset: index, as: UInt8.self)
            magnitude %= power
            power /= 10
        }
    }

    /// A decimal integer with leading zeros to `width` digits, of which it has no more.
    public mutating func decimal(_ value: Int, width: Int) {
        guard let place = claim(width) else { return }
        var rest = value
        for index in stride(from: width - 1, through: 0, by: -1) {
            place.storeBytes(of: 48 + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: index, as: UInt8.self)
            rest /= 10
        }
    }
}
