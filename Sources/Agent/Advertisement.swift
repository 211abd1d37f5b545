import HCI

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

    public init(_ report: AdvertisingReport, unixMicroseconds: Int64, received: UInt64, adapter: UInt8, isTruncated: Bool) {
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
    }

    public var address: DeviceAddress { DeviceAddress(addressValue) }
    public var addressType: AddressType { AddressType(rawValue: addressTypeValue) }
    public var eventType: AdvertisingEventType { AdvertisingEventType(rawValue: eventTypeValue) }

    /// The longest advertising data the specification allows: Core specification Vol 4 Part E 7.8.54.
    public static let maximumData = 1650
}
