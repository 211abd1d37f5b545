import Bluetooth
import Gateway

/// Which Bluetooth adapter to scan with.
public enum AdapterSelector: Sendable, Equatable, CustomStringConvertible {
    /// By the kernel's number: `hci0` is 0. Range 0…65534 (65535 is the kernel's HCI_DEV_NONE).
    case index(Int)
    /// By address. The first byte as written is the most significant of the lower 48 bits; the upper 16 are zero.
    case address(UInt64)
    /// Every adapter there is. Written `all`.
    case all

    /// Reads `hciN`, `AA:BB:CC:DD:EE:FF` (either case) or `all`; `nil` for anything else.
    public init?(_ text: String) {
        if text == "all" {
            self = .all
        } else if text.utf8.starts(with: "hci".utf8) {
            guard let number = Self.number(Array(text.utf8.dropFirst(3))) else { return nil }
            self = .index(number)
        } else {
            guard let address = FilterRule.AddressPattern(text)?.whole else { return nil }
            self = .address(address.value)
        }
    }

    /// `hci0`, `AA:BB:CC:DD:EE:FF` or `all`, as `init(_:)` reads it.
    public var description: String {
        switch self {
        case .index(let number):
            return "hci\(number)"
        case .address(let address):
            return DeviceAddress(address).description
        case .all:
            return "all"
        }
    }

    /// Decimal without leading zero, at most 65534.
    private static func number(_ digits: [UInt8]) -> Int? {
        guard (1...5).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number <= 65534 ? number : nil
    }
}
