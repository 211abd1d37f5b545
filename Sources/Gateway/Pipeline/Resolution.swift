import Bluetooth

/// What is known about the identity of an address.
public struct Resolution: BitwiseCopyable, Equatable, Sendable {
    /// The number of the known device plus one, as `Advertisement.identity` has it; 0 if it is unknown or unresolved.
    public var identity: UInt8 = 0
    /// It may be a known device's: not all keys were tried.
    public var isUnresolved = false

    /// Not one of the known devices'.
    public static let unknown = Resolution()
    /// Possibly a known device's.
    public static let unresolved = Resolution(isUnresolved: true)
}

/// The identities of the addresses in the reports of one HCI event, in their order.
struct EventResolutions {
    /// An event of 255 bytes holds 25 legacy reports (10 bytes each) at most, and fewer extended ones.
    static let most = 25

    private var resolutions = InlineArray<25, Resolution>(repeating: .unknown)

    subscript(report: Int) -> Resolution {
        get { resolutions[report] }
        set { resolutions[report] = newValue }
    }
}
