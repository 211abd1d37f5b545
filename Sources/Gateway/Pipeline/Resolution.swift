import Bluetooth

/// What is known about whose an address is.
public struct Resolution: BitwiseCopyable, Equatable, Sendable {
    /// The number of the known device plus one, as `Advertisement.identity` has it; 0 where the address is nobody's, or unresolved.
    public var identity: UInt8 = 0
    /// It may be a known device's: not all keys were tried.
    public var isUnresolved = false

    /// Not one of the known devices'.
    public static let nobody = Resolution()
    /// Anybody's.
    public static let unresolved = Resolution(isUnresolved: true)
}

/// Whose the addresses in the reports of one HCI event are, in their order.
struct EventResolutions {
    /// An event of 255 bytes holds 25 legacy reports (10 bytes each) at most, and fewer extended ones.
    static let most = 25

    private var resolutions = InlineArray<25, Resolution>(repeating: .nobody)

    subscript(report: Int) -> Resolution {
        get { resolutions[report] }
        set { resolutions[report] = newValue }
    }
}
