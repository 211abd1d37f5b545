import Bluetooth
import Bytes

/// Finds out which known device an address belongs to, with a bound on what that may cost.
///
/// A resolvable private address is | 24 prand, top bits 01 | 24 hash |, the hash being `ah(IRK, prand)`: Core specification
/// Vol 6 Part B 1.3.2.2 and Vol 3 Part H 2.2.2. Trying a key takes one block of AES-128. What was found out about an address,
/// that it is unknown included, is kept in a table of a fixed size.
public struct IdentityTable: ~Copyable {
    /// Enciphers a block with a device's IRK: number of the device, block as a number, its first byte the most significant.
    /// Nil if that failed.
    public typealias Cipher = @Sendable (_ device: Int, _ block: UInt128) -> UInt128?

    /// Whose the addresses are; a device's number plus one is `Advertisement.identity`.
    public let devices: [KnownDevice]
    /// Blocks enciphered.
    public private(set) var operations: UInt64 = 0

    private let cipher: Cipher
    private var cache: RecentTable<UInt8>
    private var bucket: TokenBucket
    private var clock = ForwardClock()

    /// - Parameters:
    ///   - cacheSize: addresses that are remembered, 24 to 32 bytes each.
    ///   - operationsPerSecond: blocks that may be enciphered in a second, in the mean; and at once. By default what 32 keys take for
    ///     more new addresses than an adapter receives in a second: some percent of a small machine's processor.
    ///   - seed: a number that is unknown outside.
    public init(
        _ devices: [KnownDevice], cacheSize: Int = 4096, operationsPerSecond: Int = 100_000, seed: UInt64 = 0, cipher: @escaping Cipher
    ) {
        precondition(devices.count <= KnownDevice.maximum && devices.count <= operationsPerSecond)
        self.devices = devices
        self.cipher = cipher
        cache = RecentTable(capacity: cacheSize, seed: seed, placeholder: 0)
        bucket = TokenBucket(perSecond: operationsPerSecond)
    }

    /// Whose the addresses in an HCI event are; of reports that can be read.
    /// - Parameter now: the source's clock, ns; it may go back, as a capture's does that begins again.
    mutating func resolve(event bytes: RawSpan, at now: UInt64) -> EventResolutions {
        var resolutions = EventResolutions()
        clock.follow(now)
        guard case .advertising(var reports)? = try? HCIEvent(bytes) else { return resolutions }
        var number = 0
        while let (report, _) = try? reports.next(in: bytes) {
            resolutions[number] = resolve(report.address, report.addressType, at: clock.now)
            number += 1
        }
        return resolutions
    }

    /// Whose the address is.
    /// - Parameter now: ns, of a clock that only goes forward.
    mutating func resolve(_ address: DeviceAddress, _ type: AddressType, at now: UInt64) -> Resolution {
        guard type != .anonymous, !devices.isEmpty else { return .unknown }
        guard type == .random, address.looksResolvable else {
            // An identity address: on air, or by a controller that has resolved it itself.
            return devices.firstIndex { $0.address == address }.map { Resolution(identity: UInt8($0 + 1)) } ?? .unknown
        }
        let key = RecentKey(address, type)
        if let index = cache.find(key) { return Resolution(identity: cache[index]) }
        guard bucket.holds(devices.count, at: now), let found = search(address) else { return .unresolved }
        cache.insert(key, found)
        return Resolution(identity: found)
    }

    /// Tries all keys; nil if the cipher failed.
    private mutating func search(_ address: DeviceAddress) -> UInt8? {
        let prand = address.value >> 24
        let hash = address.value & 0xFF_FFFF
        for device in devices.indices {
            bucket.take()
            operations += 1
            guard let block = cipher(device, UInt128(prand)) else { return nil }
            if UInt64(truncatingIfNeeded: block & 0xFF_FFFF) == hash { return UInt8(device + 1) }
        }
        return 0
    }
}

/// The tables have no other owner.
extension IdentityTable: @unchecked Sendable {}

/// So many operations a second: a bucket of tokens that fills with time and holds those of one second at most.
struct TokenBucket {
    private let perSecond: UInt64
    /// In billionths of a token: one token a second is one of these a nanosecond.
    private var level: UInt64
    private var filled: UInt64?

    private static let token: UInt64 = 1_000_000_000

    /// - Parameter perSecond: 1…10⁹. The bucket is full at first.
    init(perSecond: Int) {
        precondition((1...1_000_000_000).contains(perSecond))
        self.perSecond = UInt64(perSecond)
        level = UInt64(perSecond) * Self.token
    }

    /// Whether there are `count` tokens.
    /// - Parameter now: ns, of a clock that only goes forward.
    mutating func holds(_ count: Int, at now: UInt64) -> Bool {
        // More than a second fills it.
        let elapsed = min(now &- (filled ?? now), Self.token)
        filled = now
        level = min(level + elapsed * perSecond, perSecond * Self.token)
        return level >= UInt64(count) * Self.token
    }

    /// Takes a token that is there.
    mutating func take() { level -= Self.token }
}
