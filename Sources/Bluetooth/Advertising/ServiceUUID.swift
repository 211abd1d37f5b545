import Bytes

/// A service's UUID as it was sent. A short one and its long form are the same service: compare `value`.
public enum ServiceUUID: Sendable {
    /// 16 or 32 bits, which stand for those on the Bluetooth base UUID: Core specification Vol 3 Part B 2.5.1.
    case short(UInt32)
    case long(UInt128)

    /// Bytes on the air.
    public enum Width: Int, Sendable {
        case bits16 = 2
        case bits32 = 4
        case bits128 = 16
    }

    /// Reads little-endian bytes that are there.
    @inlinable @inline(__always) public init(_ bytes: RawSpan, at offset: Int, _ width: Width) {
        switch width {
        case .bits16: self = .short(UInt32(bytes.u16(at: offset)))
        case .bits32: self = .short(UInt32(bytes.u16(at: offset + 2)) << 16 | UInt32(bytes.u16(at: offset)))
        case .bits128: self = .long(UInt128(bytes.u64(at: offset + 8)) << 64 | UInt128(bytes.u64(at: offset)))
        }
    }

    /// All 128 bits.
    @inlinable @inline(__always) public var value: UInt128 {
        switch self {
        case .short(let bits): UInt128(bits) << 96 | 0x0000_1000_8000_0080_5F9B_34FB
        case .long(let value): value
        }
    }
}

extension ADType {
    /// The width of the UUIDs in a list of services; nil if the type is no such list.
    @inlinable @inline(__always) public var uuidsInList: ServiceUUID.Width? {
        switch self {
        case .incompleteUUIDs16, .completeUUIDs16: .bits16
        case .incompleteUUIDs32, .completeUUIDs32: .bits32
        case .incompleteUUIDs128, .completeUUIDs128: .bits128
        default: nil
        }
    }

    /// The width of the UUID that service data begins with; nil if the type is no service data.
    @inlinable @inline(__always) public var uuidOfServiceData: ServiceUUID.Width? {
        switch self {
        case .serviceData16: .bits16
        case .serviceData32: .bits32
        case .serviceData128: .bits128
        default: nil
        }
    }
}
