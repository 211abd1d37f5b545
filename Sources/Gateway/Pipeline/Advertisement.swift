import Bluetooth

/// One advertisement on its way through the daemon: a report, or the last of several that it was joined from, and what is known of it.
/// Its advertising data travels beside it.
public struct Advertisement: BitwiseCopyable, Equatable, Sendable {
    /// When the kernel received it, or the time in the capture: microseconds since 1970-01-01 UTC.
    public var unixMicroseconds: Int64
    /// The same moment on CLOCK_MONOTONIC, ns: what latencies are measured from.
    public var received: UInt64
    public var report: AdvertisingReport
    /// Which adapter received it: an index into the list of adapter names, 0…15, and the slot of its counts.
    public var adapter: UInt8
    /// Which known device it comes from: 0 none, else its index into the list of identities plus one.
    public var identity: UInt8
    /// It may come from a known device: the keys were not all tried on its address.
    public var isUnresolved: Bool
    /// When it was received the machine's clock was known not to be right: `unixMicroseconds` may be of any time. It belongs to the
    /// advertisement, for what waits while the clock is set keeps its wrong time.
    public var isClockUnsynchronized = false

    public init(
        _ report: AdvertisingReport, unixMicroseconds: Int64, received: UInt64, adapter: UInt8, resolution: Resolution = .unknown
    ) {
        self.report = report
        self.unixMicroseconds = unixMicroseconds
        self.received = received
        self.adapter = adapter
        identity = resolution.identity
        isUnresolved = resolution.isUnresolved
    }

    /// The advertising data is incomplete: the controller reported so, or further fragments did not come.
    public var isTruncated: Bool { report.dataStatus == .truncated }

    /// The list of known devices is another now: it is none of theirs, or unresolved where only keys could decide.
    mutating func forgetIdentity() {
        identity = 0
        isUnresolved = report.addressType == .random && report.address.looksResolvable
    }
}
