import Bluetooth
import Gateway

/// Which Bluetooth adapter to scan with.
package enum AdapterSelector: Sendable, Equatable, CustomStringConvertible {
    /// By the kernel's number: `hci0` is 0. Range 0…65534 (65535 is the kernel's HCI_DEV_NONE).
    case index(Int)
    /// By address. The first byte as written is the most significant of the lower 48 bits; the upper 16 are zero.
    case address(UInt64)
    /// Every adapter there is. Written `all`.
    case all

    /// Reads `hciN`, `AA:BB:CC:DD:EE:FF` (either case) or `all`; `nil` for anything else.
    package init?(_ text: String) {
        if text == "all" {
            self = .all
        } else if text.utf8.starts(with: "hci".utf8) {
            // Leading zeros and signs do not come back.
            guard let number = Int(text.dropFirst(3)), (0...65534).contains(number), text == "hci\(number)" else { return nil }
            self = .index(number)
        } else {
            guard let address = FilterRule.AddressPattern(text)?.whole else { return nil }
            self = .address(address.value)
        }
    }

    /// As `init(_:)` reads it.
    package var description: String {
        switch self {
        case .index(let number): "hci\(number)"
        case .address(let address): DeviceAddress(address).description
        case .all: "all"
        }
    }
}
