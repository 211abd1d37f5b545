/// The kind of PDU that was heard: bits 0–4 of `Event_Type`, Core specification Vol 4 Part E 7.7.65.13.
///
/// Legacy reports (7.7.65.2) number their kinds 0–4; they are mapped to the value that an extended report gives the same PDU,
/// so that a device has one event type whatever the controller speaks.
public struct AdvertisingEventType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// - Parameter legacy: `Event_Type` of a legacy report.
    public init(legacy: UInt8) {
        switch legacy {
        case 0: self = .advInd
        case 1: self = .advDirectInd
        case 2: self = .advScanInd
        case 3: self = .advNonconnInd
        case 4: self = .scanResponse
        default: self = .reserved
        }
    }

    /// - Parameter extended: `Event_Type` of an extended report; data status and reserved bits are masked.
    public init(extended: UInt16) {
        rawValue = UInt8(truncatingIfNeeded: extended & 0x1F)
    }

    public static let advInd = AdvertisingEventType(rawValue: 0x13)
    public static let advDirectInd = AdvertisingEventType(rawValue: 0x15)
    public static let advScanInd = AdvertisingEventType(rawValue: 0x12)
    public static let advNonconnInd = AdvertisingEventType(rawValue: 0x10)
    /// SCAN_RSP to an ADV_IND; a legacy report does not contain to which.
    public static let scanResponse = AdvertisingEventType(rawValue: 0x1B)
    /// SCAN_RSP to an ADV_SCAN_IND.
    public static let scanResponseToScanInd = AdvertisingEventType(rawValue: 0x1A)
    /// A legacy event type that the specification reserves.
    public static let reserved = AdvertisingEventType(rawValue: 0xFF)

    /// The PDU is one of Bluetooth 4's.
    public var isLegacy: Bool { rawValue & 0x10 != 0 }
    public var isConnectable: Bool { rawValue & 0x01 != 0 }
    public var isScannable: Bool { rawValue & 0x02 != 0 }
    public var isDirected: Bool { rawValue & 0x04 != 0 }
    public var isScanResponse: Bool { rawValue & 0x08 != 0 }

    /// The specification's name of the PDU, `EXT_ADV` for all extended ones, nil for a reserved combination.
    public var name: StaticString? {
        switch self {
        case .advInd: "ADV_IND"
        case .advDirectInd: "ADV_DIRECT_IND"
        case .advScanInd: "ADV_SCAN_IND"
        case .advNonconnInd: "ADV_NONCONN_IND"
        case .scanResponse, .scanResponseToScanInd: "SCAN_RSP"
        default: isLegacy ? nil : "EXT_ADV"
        }
    }
}
