import Bytes

/// One advertising data structure: | 1 Length | 1 AD Type | Length − 1 AD Data |, Core specification Vol 3 Part C 11.
public struct ADStructure: Equatable, Sendable {
    public let type: ADType
    /// The AD Data within the bytes that were walked.
    public let data: Range<Int>

    @inlinable init(type: ADType, data: Range<Int>) {
        self.type = type
        self.data = data
    }

    /// The structure whose AD Data is known to begin at `start`: its type and its length stand before it.
    @inlinable public init(dataAt start: Int, in bytes: RawSpan) {
        type = ADType(rawValue: bytes.byte(at: start - 1))
        data = start..<start - 1 + Int(bytes.byte(at: start - 2))
    }
}

/// The advertising data structures of one payload, one after the other.
public struct ADStructures: Sendable {
    private var reader: ByteReader

    /// - Parameter range: the payload within the bytes that each call passes.
    public init(_ range: Range<Int>) { reader = ByteReader(range) }

    /// The next structure, nil at the end.
    ///
    /// A zero length closes the significant part (early termination), and what follows should be all zero. There are devices that
    /// go on behind it: zeros are passed over, and what stands behind them is read like the rest.
    /// - Throws: `truncated` where a structure reaches past the end. Every structure before it stands.
    public mutating func next(in bytes: RawSpan) throws(DecodeError) -> ADStructure? {
        var start = reader.offset
        var length = 0
        while length == 0 {
            guard reader.remaining > 0 else { return nil }
            start = reader.offset
            length = Int(try reader.u8(bytes, "Length"))
        }
        guard length <= reader.remaining else {
            reader = ByteReader(reader.end..<reader.end)
            throw DecodeError(.truncated, at: start, in: "Length")
        }
        let type = try reader.skip(length, "AD Type")
        return ADStructure(type: ADType(rawValue: bytes.byte(at: type)), data: type + 1..<type + length)
    }
}

/// An AD type, Bluetooth Assigned Numbers 2.3.
public struct ADType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var flags: ADType { ADType(rawValue: 0x01) }
    @inlinable public static var incompleteUUIDs16: ADType { ADType(rawValue: 0x02) }
    @inlinable public static var completeUUIDs16: ADType { ADType(rawValue: 0x03) }
    @inlinable public static var incompleteUUIDs32: ADType { ADType(rawValue: 0x04) }
    @inlinable public static var completeUUIDs32: ADType { ADType(rawValue: 0x05) }
    @inlinable public static var incompleteUUIDs128: ADType { ADType(rawValue: 0x06) }
    @inlinable public static var completeUUIDs128: ADType { ADType(rawValue: 0x07) }
    @inlinable public static var shortenedLocalName: ADType { ADType(rawValue: 0x08) }
    @inlinable public static var completeLocalName: ADType { ADType(rawValue: 0x09) }
    @inlinable public static var txPowerLevel: ADType { ADType(rawValue: 0x0A) }
    @inlinable public static var serviceData16: ADType { ADType(rawValue: 0x16) }
    @inlinable public static var appearance: ADType { ADType(rawValue: 0x19) }
    @inlinable public static var serviceData32: ADType { ADType(rawValue: 0x20) }
    @inlinable public static var serviceData128: ADType { ADType(rawValue: 0x21) }
    @inlinable public static var manufacturerData: ADType { ADType(rawValue: 0xFF) }
}
