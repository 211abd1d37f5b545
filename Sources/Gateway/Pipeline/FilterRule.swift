import Bluetooth

/// One rule of a filter. It matches where all of its conditions do; without any it matches everything. A condition of several values
/// does where one of them does; one without values is none.
public struct FilterRule: Equatable, Sendable {
    /// What becomes of an advertisement that matches.
    public enum Action: Sendable {
        case allow, deny
    }

    /// The first bytes of an address, or all six.
    public struct AddressPattern: Sendable, Equatable {
        /// In the lower 48 bits, the first byte the most significant: `AA:BB:CC` is 0xAABBCC000000.
        public let value: UInt64
        /// How many of the six bytes count, 1…6.
        public let bytes: Int

        /// - Parameters:
        ///   - value: the pattern in the lower 48 bits, its first byte the most significant of these.
        ///   - bytes: how many of the six bytes count, 1…6.
        public init(value: UInt64, bytes: Int) {
            precondition((1...6).contains(bytes))
            self.bytes = bytes
            self.value = value & 0xFFFF_FFFF_FFFF
        }

        /// Whether an address begins with these bytes.
        public func matches(_ address: DeviceAddress) -> Bool { (address.value ^ value) >> UInt64(48 - 8 * bytes) == 0 }
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
    public var addresses: [AddressPattern] = []
    /// On air.
    public var addressTypes: [AddressType] = []
    /// Over the name that is published: the complete, else the shortened one, up to its first NUL; an advertisement whose name is
    /// empty has none.
    public var names: [NamePattern] = []
    /// Of any manufacturer data, as the Bluetooth SIG assigns it: Apple is 0x004C.
    public var companyIDs: [UInt16] = []
    /// In a list of UUIDs or in service data, short forms expanded with the Bluetooth base UUID.
    public var serviceUUIDs: [UInt128] = []
    /// dBm, at or above; an RSSI that is not available matches neither this nor the next.
    public var rssiMin: Int?
    /// dBm, below.
    public var rssiBelow: Int?
    public var eventKinds: [EventKind] = []
    /// Proximity UUIDs of an iBeacon: manufacturer data of Apple (0x004C), type 0x02, length 0x15.
    public var iBeaconUUIDs: [UInt128] = []

    /// A rule with at most one value for each condition.
    public init(
        _ action: Action, address: AddressPattern? = nil, addressType: AddressType? = nil, name: NamePattern? = nil,
        companyID: UInt16? = nil, serviceUUID: UInt128? = nil, rssiMin: Int? = nil, rssiBelow: Int? = nil, eventKind: EventKind? = nil,
        iBeaconUUID: UInt128? = nil
    ) {
        self.action = action
        addresses = address.map { [$0] } ?? []
        addressTypes = addressType.map { [$0] } ?? []
        names = name.map { [$0] } ?? []
        companyIDs = companyID.map { [$0] } ?? []
        serviceUUIDs = serviceUUID.map { [$0] } ?? []
        self.rssiMin = rssiMin
        self.rssiBelow = rssiBelow
        eventKinds = eventKind.map { [$0] } ?? []
        iBeaconUUIDs = iBeaconUUID.map { [$0] } ?? []
    }

    /// Rules of at most one value a condition, one of which matches exactly where this one does.
    public var alternatives: [FilterRule] {
        var rules = [self]
        func divide<Value>(_ values: WritableKeyPath<FilterRule, [Value]>) {
            guard self[keyPath: values].count > 1 else { return }
            rules = rules.flatMap { rule in
                self[keyPath: values].map { value in
                    var rule = rule
                    rule[keyPath: values] = [value]
                    return rule
                }
            }
        }
        divide(\.addresses)
        divide(\.addressTypes)
        divide(\.names)
        divide(\.companyIDs)
        divide(\.serviceUUIDs)
        divide(\.eventKinds)
        divide(\.iBeaconUUIDs)
        return rules
    }

    /// How many these are; each condition has at most 256 values.
    public var alternativeCount: Int {
        [addresses.count, addressTypes.count, names.count, companyIDs.count, serviceUUIDs.count, eventKinds.count, iBeaconUUIDs.count]
            .reduce(1) { $0 * max(1, $1) }
    }

    /// Whether it looks at the address, at its type perhaps, and at nothing else.
    public var isAddressOnly: Bool {
        var rest = self
        (rest.addresses, rest.addressTypes) = ([], [])
        return !addresses.isEmpty && rest == FilterRule(action)
    }

    /// The conditions that the advertising data has no part in, of a rule with at most one value for each.
    var header: Header {
        Header(
            address: addresses.first, addressType: addressTypes.first, rssiMin: rssiMin, rssiBelow: rssiBelow, eventKind: eventKinds.first)
    }
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
