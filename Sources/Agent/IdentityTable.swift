import HCI

/// Finds out which known device an address belongs to, with a bound on what that may cost.
///
/// A resolvable private address is | 24 prand, top bits 01 | 24 hash |, the hash being `ah(IRK, prand)`: Core specification
/// Vol 6 Part B 1.3.2.2 and Vol 3 Part H 2.2.2. Trying a key takes one block of AES-128. What was found out about an address,
/// that it is nobody's included, is kept in a table of a fixed size.
public struct IdentityTable: ~Copyable {
    /// Enciphers a block with a device's IRK: number of the device, block as a number, its first byte the most significant.
    /// Nil where that failed.
    public typealias Cipher = @Sendable (_ device: Int, _ block: UInt128) -> UInt128?

    /// Whose the addresses are; a device's number plus one is `Advertisement.identity`.
    public let devices: [KnownDevice]
    /// Addresses that were left unresolved because the bound was reached or the cipher failed.
    public private(set) var skipped: UInt64 = 0
    /// Blocks enciphered.
    public private(set) var operations: UInt64 = 0

    private let cipher: Cipher
    private var cache: RecentTable<UInt8>
    private var bucket: TokenBucket

    /// - Parameters:
    ///   - cacheSize: addresses that are remembered, 24 to 32 bytes each.
    ///   - operationsPerSecond: blocks that may be enciphered in a second, in the mean; and at once.
    ///   - seed: a number that nobody outside can guess.
    public init(
        _ devices: [KnownDevice], cacheSize: Int = 4096, operationsPerSecond: Int = 2000, seed: UInt64 = 0, cipher: @escaping Cipher
    ) {
        precondition(devices.count <= KnownDevice.maximum && devices.count <= operationsPerSecond)
        self.devices = devices
        self.cipher = cipher
        cache = RecentTable(capacity: cacheSize, seed: seed, placeholder: 0)
        bucket = TokenBucket(perSecond: operationsPerSecond)
    }

    /// The number of the device that has this address plus one, 0 where it is nobody's or cannot be told at present.
    /// - Parameter now: ns, of a clock that only goes forward.
    mutating func resolve(_ address: DeviceAddress, _ type: AddressType, at now: UInt64) -> UInt8 {
        guard type != .anonymous, !devices.isEmpty else { return 0 }
        guard type == .random, address.looksResolvable else {
            // An identity address: on air, or by a controller that has resolved it itself.
            return devices.firstIndex { $0.address == address }.map { UInt8($0 + 1) } ?? 0
        }
        let key = RecentKey(address, type)
        if let index = cache.find(key) { return cache[index] }
        guard bucket.holds(devices.count, at: now), let found = search(address) else {
            skipped += 1
            return 0
        }
        cache.insert(key, found)
        return found
    }

    /// Tries all keys; nil where the cipher failed.
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
