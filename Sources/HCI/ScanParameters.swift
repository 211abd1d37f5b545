/// How an adapter listens.
public struct ScanParameters: Equatable, Sendable {
    /// Ask scannable advertisers for their scan response.
    public var isActive: Bool
    /// Units of 0.625 ms, 4–16384 (2.5 ms–10.24 s).
    public var interval: UInt16
    /// Units of 0.625 ms, 4–`interval`.
    public var window: UInt16
    /// Scan requests carry a random address instead of the adapter's own.
    public var usesRandomAddress: Bool

    public init(isActive: Bool, interval: UInt16, window: UInt16, usesRandomAddress: Bool) {
        precondition((4...16384).contains(interval) && (4...interval).contains(window))
        self.isActive = isActive
        self.interval = interval
        self.window = window
        self.usesRandomAddress = usesRandomAddress
    }

    /// Milliseconds as units of 0.625 ms, rounded to the nearest.
    public static func units(milliseconds: Double) -> UInt16 {
        UInt16((milliseconds / 0.625).rounded())
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
                scan.interval.low, scan.interval.high,
                scan.window.low, scan.window.high,
                scan.usesRandomAddress ? 1 : 0,
                0,
            ])
    }

    /// 7.8.11: | 1 LE_Scan_Enable | 1 Filter_Duplicates |. Duplicates are never filtered: each advertisement counts.
    public static func setScanEnable(_ enable: Bool) -> HCICommand {
        HCICommand(.leSetScanEnable, [enable ? 1 : 0, 0])
    }

    /// 7.8.64: | 1 Own_Address_Type | 1 Scanning_Filter_Policy | 1 Scanning_PHYs |, then for each PHY
    /// | 1 Scan_Type | 2 Scan_Interval | 2 Scan_Window |.
    /// - Parameter coded: listen on LE Coded as well as on LE 1M. The time is shared: the controller alternates between the two.
    public static func setExtendedScanParameters(_ scan: ScanParameters, coded: Bool) -> HCICommand {
        let phy: [UInt8] = [
            scan.isActive ? 1 : 0,
            scan.interval.low, scan.interval.high,
            scan.window.low, scan.window.high,
        ]
        let own: UInt8 = scan.usesRandomAddress ? 1 : 0
        return HCICommand(.leSetExtendedScanParameters, coded ? [own, 0, 0b101] + phy + phy : [own, 0, 0b001] + phy)
    }

    /// 7.8.65: | 1 Enable | 1 Filter_Duplicates | 2 Duration | 2 Period |. No duration: until switched off.
    public static func setExtendedScanEnable(_ enable: Bool) -> HCICommand {
        HCICommand(.leSetExtendedScanEnable, [enable ? 1 : 0, 0, 0, 0, 0, 0])
    }

    /// A non-resolvable private address (Vol 6 Part B 1.3.2.2) out of 46 random bits: the two most significant bits are 0.
    public static func nonResolvablePrivateAddress(random: UInt64) -> DeviceAddress {
        DeviceAddress(random & 0x3FFF_FFFF_FFFF)
    }
}

extension UInt16 {
    var low: UInt8 { UInt8(truncatingIfNeeded: self) }
    var high: UInt8 { UInt8(truncatingIfNeeded: self >> 8) }
}
