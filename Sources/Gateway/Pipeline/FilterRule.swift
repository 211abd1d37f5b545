import Bluetooth

/// One rule of a filter. It matches where all of its conditions do; without any it matches everything.
public struct FilterRule: Sendable {
    /// What becomes of an advertisement that matches.
    public enum Action: Sendable {
        case allow, deny
    }

    /// The first bytes of an address, or all six.
    public struct AddressPattern: Sendable, Equatable {
        /// In the lower 48 bits, the first byte the most significant: `AA:BB:CC` is 0xAABBCC000000.
        private let value: UInt64
        /// Bits below those that count.
        private let shift: UInt64

        /// - Parameters:
        ///   - value: the pattern in the lower 48 bits, its first byte the most significant of these.
        ///   - bytes: how many of the six bytes count, 1…6.
        public init(value: UInt64, bytes: Int) {
            precondition((1...6).contains(bytes))
            shift = UInt64(48 - 8 * bytes)
            self.value = value & 0xFFFF_FFFF_FFFF
        }

        func matches(_ address: DeviceAddress) -> Bool { (address.value ^ value) >> shift == 0 }
    }

    /// The kind of PDU, as the payload's `event_type` names it; legacy PDUs in extended reports are of their legacy kind.
    public enum EventKind: String, CaseIterable, Sendable {
        case advInd = "ADV_IND"
        case advDirectInd = "ADV_DIRECT_IND"
        case advScanInd = "ADV_SCAN_IND"
        case advNonconnInd = "ADV_NONCONN_IND"
        case scanResponse = "SCAN_RSP"
        case extended = "EXT_ADV"

        func matches(_ type: AdvertisingEventType) -> Bool {
            switch self {
            case .advInd: type == .advInd
            case .advDirectInd: type == .advDirectInd
            case .advScanInd: type == .advScanInd
            case .advNonconnInd: type == .advNonconnInd
            case .scanResponse: type == .scanResponse || type == .scanResponseToScanInd
            case .extended: !type.isLegacy
            }
        }
    }

    public var action: Action
    /// Of the address on air or of the identity it was resolved to; an anonymous advertiser has no address to match. Where an address
    /// is unresolved and may be that of an identity that matches, a rule that denies does match and one that allows does not.
    public var address: AddressPattern?
    /// On air.
    public var addressType: AddressType?
    /// Over the name that is published: the complete, else the shortened one, up to its first NUL; an advertisement whose name is
    /// empty has none.
    public var name: NamePattern?
    /// Of any manufacturer data, as the Bluetooth SIG assigns it: Apple is 0x004C.
    public var companyID: UInt16?
    /// In a list of UUIDs or in service data, short forms expanded with the Bluetooth base UUID.
    public var serviceUUID: UInt128?
    /// dBm, at or above; an RSSI that is not available matches neither this nor the next.
    public var rssiMin: Int?
    /// dBm, below.
    public var rssiBelow: Int?
    public var eventKind: EventKind?
    /// Proximity UUID of an iBeacon: manufacturer data of Apple (0x004C), type 0x02, length 0x15.
    public var iBeaconUUID: UInt128?

    public init(
        _ action: Action, address: AddressPattern? = nil, addressType: AddressType? = nil, name: NamePattern? = nil,
        companyID: UInt16? = nil, serviceUUID: UInt128? = nil, rssiMin: Int? = nil, rssiBelow: Int? = nil, eventKind: EventKind? = nil,
        iBeaconUUID: UInt128? = nil
    ) {
        self.action = action
        self.address = address
        self.addressType = addressType
        self.name = name
        self.companyID = companyID
        self.serviceUUID = serviceUUID
        self.rssiMin = rssiMin
        self.rssiBelow = rssiBelow
        self.eventKind = eventKind
        self.iBeaconUUID = iBeaconUUID
    }

    /// The conditions that the advertising data has no part in.
    var header: Header {
        Header(address: address, addressType: addressType, rssiMin: rssiMin, rssiBelow: rssiBelow, eventKind: eventKind)
    }

    /// Whether there are conditions on the advertising data.
    var readsData: Bool { name != nil || companyID != nil || serviceUUID != nil || iBeaconUUID != nil }
}

extension FilterRule {
    /// Conditions apart from those on the advertising data, in a form that costs nothing to hand around.
    struct Header: Sendable {
        var address: AddressPattern?
        var addressType: AddressType?
        var rssiMin: Int?
        var rssiBelow: Int?
        var eventKind: EventKind?
        /// What a condition on the address is taken for where the address may be that of an identity that it matches.
        var matchesUnresolved = false

        /// - Parameter identity: whose address it is, where that is known.
        func matches(_ advertisement: Advertisement, identity: DeviceAddress?) -> Bool {
            let report = advertisement.report
            if let addressType, report.addressType != addressType { return false }
            if let address {
                let onAir = report.addressType != .anonymous && address.matches(report.address)
                guard onAir || identity.map(address.matches) == true || matchesUnresolved && advertisement.isUnresolved else { return false }
            }
            if rssiMin != nil || rssiBelow != nil {
                guard let rssi = report.rssi else { return false }
                if let rssiMin, Int(rssi) < rssiMin { return false }
                if let rssiBelow, Int(rssi) >= rssiBelow { return false }
            }
            if let eventKind, !eventKind.matches(report.eventType) { return false }
            return true
        }
    }
}
