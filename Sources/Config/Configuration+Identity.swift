extension Configuration {
    /// An element of `identities`: a device that changes its address, and the key that tells it by each. Printing one hides the key.
    public struct Identity: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
        /// 1…64 bytes of UTF-8 without control characters.
        public var name: String
        /// The identity address, in the lower 48 bits, the first byte as written the most significant.
        public var address: UInt64
        /// Identity resolving key: 16 bytes, most significant first, as the Core specification prints it. Secret.
        public var irk: [UInt8]

        /// A device. The values are not checked here.
        public init(name: String, address: UInt64, irk: [UInt8]) {
            self.name = name
            self.address = address
            self.irk = irk
        }

        /// Name and address only.
        public var description: String { "\(name) (\(AdapterSelector.address(address)))" }
        /// Name and address only.
        public var debugDescription: String { description }
    }
}
