/// A physical layer (PHY), numbered as reports do: Core specification Vol 4 Part E 7.7.65.13.
public enum PHY: UInt8, BitwiseCopyable, CaseIterable, Sendable {
    case le1M = 1
    case le2M = 2
    case leCoded = 3

    /// - Parameter reported: `Primary_PHY` or `Secondary_PHY`; nil for 0, there is none, and for what the specification reserves.
    ///   Apple's and Broadcom's controllers set bits 5–7, which are masked.
    init?(reported: UInt8) { self.init(rawValue: reported & 0x1F) }

    /// The wire contract's name.
    public var name: StaticString {
        switch self {
        case .le1M: "1M"
        case .le2M: "2M"
        case .leCoded: "Coded"
        }
    }
}

/// PHYs as the bits of `Scanning_PHYs`: Core specification Vol 4 Part E 7.8.64.
public struct ScanningPHYs: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Bit n − 1 is PHY n. A scan listens on primary channels, where there is no LE 2M.
    private init(_ phy: PHY) { rawValue = 1 << (phy.rawValue - 1) }

    public static let le1M = ScanningPHYs(.le1M)
    public static let leCoded = ScanningPHYs(.leCoded)
}

extension ScanningPHYs: CustomStringConvertible {
    /// `1M`, `Coded`, `1M and Coded`.
    public var description: String {
        PHY.allCases.filter { contains(ScanningPHYs($0)) }.map { "\($0.name)" }.joined(separator: " and ")
    }
}
