extension Configuration {
    /// Keys below `filters`. The first rule that matches decides, else the default.
    public struct Filters: Sendable, Equatable {
        /// Where no rule matches. Key `default`.
        public var defaultAction = FilterAction.allow
        /// In order, at most 256.
        public var rules: [FilterRule] = []

        /// More than these rules, a rule counted for each of its `alternatives`, are refused.
        public static let maximumAlternatives = 1024
    }

    /// An element of `filters.rules`. It matches where all of its conditions do; there is at least one. A condition of several values
    /// does where one of them does; one without values is none.
    public struct FilterRule: Sendable, Equatable {
        /// What becomes of an advertisement that matches.
        public var action: FilterAction
        /// The address on air, or of the identity it was resolved to.
        public var addresses: [AddressPattern] = []
        /// `public`, `random`, `public_identity`, `random_identity` or `anonymous`.
        public var addressTypes: [String] = []
        /// A glob over the whole local name: `*` any run, `?` one character; `\` makes the `*`, `?` or `\` after it literal and stands
        /// before nothing else. 1…248 bytes.
        public var names: [String] = []
        /// Of manufacturer data, as the Bluetooth SIG assigns it: Apple is 0x004C.
        public var companyIDs: [UInt16] = []
        /// In the lists of UUIDs or in service data: 16 bytes, most significant first, expanded from shorter forms.
        public var serviceUUIDs: [[UInt8]] = []
        /// In dBm: at or above, −127…20.
        public var rssiMin: Int?
        /// In dBm: below, −127…20.
        public var rssiBelow: Int?
        /// `ADV_IND`, `ADV_DIRECT_IND`, `ADV_SCAN_IND`, `ADV_NONCONN_IND`, `SCAN_RSP` or `EXT_ADV`.
        public var eventTypes: [String] = []
        /// Proximity UUID of an Apple iBeacon: 16 bytes, most significant first.
        public var iBeaconUUIDs: [[UInt8]] = []

        /// A rule still without a condition.
        public init(action: FilterAction) {
            self.action = action
        }

        /// Rules of at most one value a condition, one of which matches exactly where this one does.
        public var alternatives: [FilterRule] {
            var rules = [self]
            func divide<Value>(_ values: WritableKeyPath<FilterRule, [Value]>) {
                guard self[keyPath: values].count > 1 else { return }
                rules = rules.flatMap { rule in
                    self[keyPath: values].map { value in
                        var rule = rule
                        rule[keyPath: values] = [value]
                        return rule
                    }
                }
            }
            divide(\.addresses)
            divide(\.addressTypes)
            divide(\.names)
            divide(\.companyIDs)
            divide(\.serviceUUIDs)
            divide(\.eventTypes)
            divide(\.iBeaconUUIDs)
            return rules
        }

        /// How many these are; each condition has at most 256 values.
        var alternativeCount: Int {
            [addresses.count, addressTypes.count, names.count, companyIDs.count, serviceUUIDs.count, eventTypes.count, iBeaconUUIDs.count]
                .reduce(1) { $0 * max(1, $1) }
        }
    }

    /// The first bytes of an address, or all of it.
    public struct AddressPattern: Sendable, Equatable {
        /// In the lower 48 bits, the first byte as written the most significant; zero where the pattern ends. `AA:BB:CC` is 0xAABBCC000000.
        public let value: UInt64
        /// How many bytes count: 1…6.
        public let bytes: Int

        /// Whether an address (in the lower 48 bits) begins with these bytes.
        public func matches(_ address: UInt64) -> Bool { (address ^ value) >> UInt64(48 - 8 * bytes) == 0 }
    }
}
