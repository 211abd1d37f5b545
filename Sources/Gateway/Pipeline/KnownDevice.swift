import Bluetooth

/// A device that is known by name, and by its identity address whatever private address it uses.
public struct KnownDevice: Equatable, Sendable {
    public var name: String
    /// The identity address: public or static random.
    public var address: DeviceAddress

    public init(name: String, address: DeviceAddress) {
        self.name = name
        self.address = address
    }

    /// The most that a scanner can know: `Advertisement.identity` is a byte, and 0 is none.
    public static let maximum = 255
}

extension DeviceAddress {
    /// A random address whose two most significant bits are 01: Core specification Vol 6 Part B 1.3.2.2.
    var looksResolvable: Bool { value >> 46 == 0b01 }
}
