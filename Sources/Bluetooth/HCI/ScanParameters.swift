/// A time in the unit of LE_Scan_Interval and LE_Scan_Window, N × 0.625 ms: Core specification Vol 4 Part E 7.8.10.
public struct ScanTime: RawRepresentable, Comparable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Rounded to the nearest.
    public init(milliseconds: Double) { rawValue = UInt16((milliseconds / 0.625).rounded()) }

    public static func < (left: ScanTime, right: ScanTime) -> Bool { left.rawValue < right.rawValue }

    /// 2.5 ms
    public static let shortest = ScanTime(rawValue: 0x0004)
    /// 10.24 s
    public static let longest = ScanTime(rawValue: 0x4000)
}

/// How an adapter listens.
public struct ScanParameters: Equatable, Sendable {
    /// Ask scannable advertisers for their scan response.
    public var isActive: Bool
    /// `shortest`…`longest`
    public var interval: ScanTime
    /// `shortest`…`interval`
    public var window: ScanTime
    /// Scan requests carry a random address instead of the adapter's own.
    public var usesRandomAddress: Bool
    /// Which PHYs are listened on, those of them that the controller has. All have LE 1M; LE Coded alone fails where there is none.
    public var phys: ScanningPHYs
    /// Hear these devices only, where the controller's list has room for all of them; empty for everybody.
    public var acceptList: [ListedAddress] = []

    public init(
        isActive: Bool, interval: ScanTime, window: ScanTime, usesRandomAddress: Bool, phys: ScanningPHYs = [.le1M, .leCoded]
    ) {
        precondition((ScanTime.shortest...ScanTime.longest).contains(interval) && (ScanTime.shortest...interval).contains(window))
        self.isActive = isActive
        self.interval = interval
        self.window = window
        self.usesRandomAddress = usesRandomAddress
        self.phys = phys
    }
}

/// An entry of the controller's Filter Accept List.
public struct ListedAddress: Equatable, Sendable {
    public var isRandom: Bool
    public var address: DeviceAddress

    public init(isRandom: Bool, address: DeviceAddress) {
        self.isRandom = isRandom
        self.address = address
    }
}

/// A command packet with its H4 packet type in front: | 1 packet type 0x01 | 2 Opcode | 1 Parameter_Total_Length | n parameters |.
public struct HCICommand: Equatable, Sendable {
    public let opcode: Opcode
    public let parameters: [UInt8]

    public init(_ opcode: Opcode, _ parameters: [UInt8] = []) {
        precondition(parameters.count <= 255)
        self.opcode = opcode
        self.parameters = parameters
    }

    public var packet: [UInt8] {
        [0x01, opcode.rawValue.low, opcode.rawValue.high, UInt8(parameters.count)] + parameters
    }

    /// 7.8.4. `address` must be of a kind that the specification allows: see `nonResolvablePrivateAddress`.
    public static func setRandomAddress(_ address: DeviceAddress) -> HCICommand {
        HCICommand(.leSetRandomAddress, address.bytes.reversed())
    }

    /// 7.8.10: | 1 LE_Scan_Type | 2 LE_Scan_Interval | 2 LE_Scan_Window | 1 Own_Address_Type | 1 Scanning_Filter_Policy |
    public static func setScanParameters(_ scan: ScanParameters) -> HCICommand {
        HCICommand(
            .leSetScanParameters,
            [
                scan.isActive ? 1 : 0,
                scan.interval.rawValue.low, scan.interval.rawValue.high,
                scan.window.rawValue.low, scan.window.rawValue.high,
                scan.usesRandomAddress ? 1 : 0,
                scan.filterPolicy,
            ])
    }

    /// 7.8.11: | 1 LE_Scan_Enable | 1 Filter_Duplicates |. Duplicates are never filtered: each advertisement counts.
    public static func setScanEnable(_ enable: Bool) -> HCICommand {
        HCICommand(.leSetScanEnable, [enable ? 1 : 0, 0])
    }

    /// 7.8.64: | 1 Own_Address_Type | 1 Scanning_Filter_Policy | 1 Scanning_PHYs |, then for each PHY
    /// | 1 Scan_Type | 2 Scan_Interval | 2 Scan_Window |.
    /// On more than one PHY the time is shared: the controller alternates between them.
    public static func setExtendedScanParameters(_ scan: ScanParameters, _ phys: ScanningPHYs) -> HCICommand {
        let phy: [UInt8] = [
            scan.isActive ? 1 : 0,
            scan.interval.rawValue.low, scan.interval.rawValue.high,
            scan.window.rawValue.low, scan.window.rawValue.high,
        ]
        var parameters: [UInt8] = [scan.usesRandomAddress ? 1 : 0, scan.filterPolicy, phys.rawValue]
        for _ in 0..<phys.rawValue.nonzeroBitCount { parameters += phy }
        return HCICommand(.leSetExtendedScanParameters, parameters)
    }

    /// 7.8.65: | 1 Enable | 1 Filter_Duplicates | 2 Duration | 2 Period |. No duration: until switched off.
    public static func setExtendedScanEnable(_ enable: Bool) -> HCICommand {
        HCICommand(.leSetExtendedScanEnable, [enable ? 1 : 0, 0, 0, 0, 0, 0])
    }

    /// 7.8.16: | 1 Address_Type | 6 Address |
    public static func addToFilterAcceptList(_ entry: ListedAddress) -> HCICommand {
        HCICommand(.leAddToFilterAcceptList, [entry.isRandom ? 1 : 0] + entry.address.bytes.reversed())
    }

    /// 7.3.1: | 8 Event_Mask |. The specification's default and LE Meta (bit 61), without which no advertisement is reported.
    public static let setEventMask = HCICommand(.setEventMask, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0x00, 0x20])

    /// 7.8.1: | 8 LE_Event_Mask |. LE Advertising Report (bit 1) and LE Extended Advertising Report (bit 12).
    public static let leSetEventMask = HCICommand(.leSetEventMask, [0x02, 0x10, 0, 0, 0, 0, 0, 0])

    /// A non-resolvable private address (Vol 6 Part B 1.3.2.2) out of 46 random bits: the two most significant bits are 0.
    public static func nonResolvablePrivateAddress(random: UInt64) -> DeviceAddress {
        DeviceAddress(random & 0x3FFF_FFFF_FFFF)
    }
}

extension ScanParameters {
    /// Scanning_Filter_Policy: basic unfiltered, or basic filtered.
    fileprivate var filterPolicy: UInt8 { acceptList.isEmpty ? 0 : 1 }
}

extension UInt16 {
    var low: UInt8 { UInt8(truncatingIfNeeded: self) }
    var high: UInt8 { UInt8(truncatingIfNeeded: self >> 8) }
}
