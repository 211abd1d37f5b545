import Bytes

/// One advertising data structure: | 1 Length | 1 AD Type | Length − 1 AD Data |, Core specification Vol 3 Part C 11.
public struct ADStructure: Equatable, Sendable {
    public let type: UInt8
    /// The AD Data within the bytes that were walked.
    public let data: Range<Int>
}

/// The advertising data structures of one payload, one after the other.
public struct ADStructures: Sendable {
    private var reader: ByteReader

    /// - Parameter range: the payload within the bytes that each call passes.
    public init(_ range: Range<Int>) {
        reader = ByteReader(range)
    }

    /// The next structure, nil at the end: of the payload, or of its significant part, which a zero length closes.
    /// - Throws: `truncated` where a structure reaches past the end, `invalid` where the part that the specification wants all
    ///   zero is not. Every structure before it stands.
    public mutating func next(in bytes: RawSpan) throws(DecodeError) -> ADStructure? {
        guard reader.remaining > 0 else { return nil }
        let start = reader.offset
        let length = Int(try reader.u8(bytes, "Length"))
        guard length > 0 else {
            for offset in start..<reader.end where bytes.byte(at: offset) != 0 {
                reader = ByteReader(reader.end..<reader.end)
                throw DecodeError(.invalid, at: offset, in: "non-significant part")
            }
            reader = ByteReader(reader.end..<reader.end)
            return nil
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
