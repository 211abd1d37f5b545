import Bytes

/// One advertising data structure: | 1 Length | 1 AD Type | Length − 1 AD Data |, Core specification Vol 3 Part C 11.
public struct ADStructure: Equatable, Sendable {
    public let type: UInt8
    /// The AD Data within the bytes that were walked.
    public let data: Range<Int>

    @inlinable init(type: UInt8, data: Range<Int>) {
        self.type = type
        self.data = data
    }
}

/// The advertising data structures of one payload, one after the other.
public struct ADStructures: Sendable {
    @usableFromInline var reader: ByteReader

    /// - Parameter range: the payload within the bytes that each call passes.
    @inlinable public init(_ range: Range<Int>) {
        reader = ByteReader(range)
    }

    /// The next structure, nil at the end.
    ///
    /// A zero length closes the significant part (early termination), and what follows should be all zero. There are devices that
    /// go on behind it: zeros are passed over, and what stands behind them is read like the rest.
    /// - Throws: `truncated` where a structure reaches past the end. Every structure before it stands.
    @inlinable public mutating func next(in bytes: RawSpan) throws(DecodeError) -> ADStructure? {
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
        let data = try reader.skip(length, "AD Data")
        return ADStructure(type: bytes.byte(at: data), data: data + 1..<data + length)
    }
}

/// AD types, Bluetooth Assigned Numbers 2.3.
public enum ADType {
    public static let flags: UInt8 = 0x01
    public static let incompleteUUIDs16: UInt8 = 0x02
    public static let completeUUIDs16: UInt8 = 0x03
    public static let incompleteUUIDs32: UInt8 = 0x04
    public static let completeUUIDs32: UInt8 = 0x05
    public static let incompleteUUIDs128: UInt8 = 0x06
    public static let completeUUIDs128: UInt8 = 0x07
    public static let shortenedLocalName: UInt8 = 0x08
    public static let completeLocalName: UInt8 = 0x09
    public static let txPowerLevel: UInt8 = 0x0A
    public static let serviceData16: UInt8 = 0x16
    public static let appearance: UInt8 = 0x19
    public static let serviceData32: UInt8 = 0x20
    public static let serviceData128: UInt8 = 0x21
    public static let manufacturerData: UInt8 = 0xFF
}
