import Bytes

/// An iBeacon: manufacturer data of Apple's.
///
/// | 2 Company Identifier 0x004C | 1 type 0x02 | 1 length 0x15 | 16 proximity UUID | 2 major | 2 minor | 1 measured power |, UUID, major
/// and minor with the most significant byte first.
public struct IBeacon: Equatable, Sendable {
    public let proximityUUID: UInt128
    public let major: UInt16
    public let minor: UInt16
    /// dBm at one metre.
    public let measuredPower: Int8

    /// - Parameter structure: of whatever type; nil if it is no iBeacon.
    public init?(_ structure: ADStructure, in bytes: RawSpan) {
        guard structure.type == .manufacturerData, structure.data.count >= 25 else { return nil }
        var reader = ByteReader(structure.data)
        do throws(DecodeError) {
            guard try reader.u16(bytes, "Company Identifier") == 0x004C, try reader.u8(bytes, "type") == 0x02,
                try reader.u8(bytes, "length") == 0x15
            else { return nil }
            let high = try reader.u64BigEndian(bytes, "proximity UUID")
            proximityUUID = UInt128(high) << 64 | UInt128(try reader.u64BigEndian(bytes, "proximity UUID"))
            major = try reader.u16BigEndian(bytes, "major")
            minor = try reader.u16BigEndian(bytes, "minor")
            measuredPower = try reader.i8(bytes, "measured power")
        } catch {
            return nil
        }
    }
}
