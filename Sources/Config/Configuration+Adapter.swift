extension Configuration {
    /// An element of `adapters`: an adapter, and what it does otherwise than `scanner` says. `nil` is as `scanner` says.
    public struct Adapter: Sendable, Equatable {
        /// Which adapter, or all (that no other element names).
        public var adapter: AdapterSelector
        /// Passive, active or by turns.
        public var mode: ScanMode?
        /// In milliseconds: 2.5…10240.
        public var intervalMilliseconds: Double?
        /// In milliseconds: 2.5…10240; at most the interval, whichever of the two is `scanner`'s.
        public var windowMilliseconds: Double?
        /// The address scan requests carry.
        public var ownAddressType: OwnAddressType?
        /// The PHYs listened on.
        public var phys: ScanPHYs?
        /// How the adapter is shared with other programs.
        public var access: AdapterAccess?
        /// In bytes: 64 KiB…64 MiB.
        public var receiveBufferBytes: Int?

        /// An adapter that scans as `scanner` says.
        public init(adapter: AdapterSelector) {
            self.adapter = adapter
        }
    }

    /// What to scan with: one for each element of `adapters`, in their order, or `scanner` alone where there is none. 1…16.
    public var scanners: [Scanner] {
        guard !adapters.isEmpty else { return [scanner] }
        return adapters.map { element in
            var scanner = scanner
            scanner.adapter = element.adapter
            scanner.mode = element.mode ?? scanner.mode
            scanner.intervalMilliseconds = element.intervalMilliseconds ?? scanner.intervalMilliseconds
            scanner.windowMilliseconds = element.windowMilliseconds ?? scanner.windowMilliseconds
            scanner.ownAddressType = element.ownAddressType ?? scanner.ownAddressType
            scanner.phys = element.phys ?? scanner.phys
            scanner.access = element.access ?? scanner.access
            scanner.receiveBufferBytes = element.receiveBufferBytes ?? scanner.receiveBufferBytes
            return scanner
        }
    }
}
