import Bytes

/// A 48-bit Bluetooth device address (BD_ADDR), most significant byte in bits 40–47.
public struct DeviceAddress: BitwiseCopyable, Hashable, Sendable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value & 0xFFFF_FFFF_FFFF
    }

    /// 0 stands for an address that is not known (BDADDR_ANY).
    public var isKnown: Bool { value != 0 }

    /// Six upper-case bytes joined by colons: `AA:BB:CC:DD:EE:FF`, 17 bytes of text.
    public func write(to writer: inout ByteWriter) {
        for shift in stride(from: 40, through: 0, by: -8) {
            writer.hexUpper(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
            if shift > 0 { writer.u8(UInt8(ascii: ":")) }
        }
    }

    /// The same without colons: `AABBCCDDEEFF`, 12 bytes of text.
    public func writeDigits(to writer: inout ByteWriter) {
        for shift in stride(from: 40, through: 0, by: -8) { writer.hexUpper(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }

    /// The six bytes, most significant first.
    public var bytes: [UInt8] {
        stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) }
    }
}

extension DeviceAddress: CustomStringConvertible {
    public var description: String {
        var text: [UInt8] = []
        for byte in bytes {
            if !text.isEmpty { text.append(UInt8(ascii: ":")) }
            let digits = Hex.upper(byte)
            text.append(UInt8(truncatingIfNeeded: UInt16(littleEndian: digits)))
            text.append(UInt8(truncatingIfNeeded: UInt16(littleEndian: digits) >> 8))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// What an advertiser's address is: `Address_Type` of Core specification Vol 4 Part E 7.7.65.2 and 7.7.65.13.
public struct AddressType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let `public` = AddressType(rawValue: 0x00)
    public static let random = AddressType(rawValue: 0x01)
    /// A resolvable private address that the controller resolved to a public identity.
    public static let publicIdentity = AddressType(rawValue: 0x02)
    /// A resolvable private address that the controller resolved to a static random identity.
    public static let randomIdentity = AddressType(rawValue: 0x03)
    /// An extended advertiser that sends no address at all.
    public static let anonymous = AddressType(rawValue: 0xFF)

    /// The type of that name on the wire: `public`, `random`, `public_identity`, `random_identity`, `anonymous`.
    public init?(name: String) {
        let all: [AddressType] = [.public, .random, .publicIdentity, .randomIdentity, .anonymous]
        guard let type = all.first(where: { $0.name?.description == name }) else { return nil }
        self = type
    }

    /// The wire contract's name, nil for a reserved value.
    public var name: StaticString? {
        switch self {
        case .public: "public"
        case .random: "random"
        case .publicIdentity: "public_identity"
        case .randomIdentity: "random_identity"
        case .anonymous: "anonymous"
        default: nil
        }
    }
}
