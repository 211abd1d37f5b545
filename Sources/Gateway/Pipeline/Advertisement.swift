import Bluetooth

/// One advertisement as the agent carries it: everything but its advertising data, which travels beside it.
public struct Advertisement: BitwiseCopyable, Equatable, Sendable {
    /// When the kernel received it (or the capture says so): microseconds since 1970-01-01 UTC.
    public var unixMicroseconds: Int64
    /// The same moment on CLOCK_MONOTONIC, ns: what latencies are measured from.
    public var received: UInt64
    public var addressValue: UInt64
    public var eventTypeValue: UInt8
    public var addressTypeValue: UInt8
    public var primaryPHY: UInt8
    public var secondaryPHY: UInt8
    public var sid: UInt8
    public var txPower: Int8
    public var rssi: Int8
    /// The advertising data is incomplete: the controller said so, or its rest did not come.
    public var isTruncated: Bool
    /// Which adapter heard it: an index into the agent's list of adapter names, 0…15, and the slot of its counts.
    public var adapter: UInt8
    /// Which known device it comes from: 0 none, else its index into the list of identities plus one.
    public var identity: UInt8 = 0
    /// It may come from a known device: the keys were not all tried on its address.
    public var isUnresolved = false
    /// When it was received the machine's clock was known not to be right: `unixMicroseconds` may be of any time. It belongs to the
    /// advertisement, for what waits while the clock is set keeps its wrong time.
    public var isClockUnsynchronized = false

    public init(
        _ report: AdvertisingReport, unixMicroseconds: Int64, received: UInt64, adapter: UInt8, isTruncated: Bool,
        resolution: Resolution = .nobody
    ) {
        self.unixMicroseconds = unixMicroseconds
        self.received = received
        addressValue = report.address.value
        eventTypeValue = report.eventType.rawValue
        addressTypeValue = report.addressType.rawValue
        primaryPHY = report.primaryPHY
        secondaryPHY = report.secondaryPHY
        sid = report.sid
        txPower = report.txPower
        rssi = report.rssi
        self.isTruncated = isTruncated
        self.adapter = adapter
        identity = resolution.identity
        isUnresolved = resolution.isUnresolved
    }

    /// The list of known devices is another now: it is none of theirs, or may be one's where only keys can tell.
    mutating func forgetIdentity() {
        identity = 0
        isUnresolved = addressType == .random && address.looksResolvable
    }

    public var address: DeviceAddress { DeviceAddress(addressValue) }
    public var addressType: AddressType { AddressType(rawValue: addressTypeValue) }
    public var eventType: AdvertisingEventType { AdvertisingEventType(rawValue: eventTypeValue) }

    /// The longest advertising data the specification allows: Core specification Vol 4 Part E 7.8.54.
    public static let maximumData = 1650
}
