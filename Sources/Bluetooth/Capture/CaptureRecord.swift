/// One record of a capture, whatever the format.
public struct CaptureRecord: Equatable, Sendable {
    /// Whether an HCI event's H4 packet type already stands in the data or must be put before it.
    public enum Framing: Equatable, Sendable {
        case withPacketType, withoutPacketType
    }

    /// Which way the packet went.
    public enum Direction: Equatable, Sendable {
        /// From the controller to the host.
        case received
        /// From the host to the controller.
        case sent
        /// The capture does not record it.
        case unknown
    }

    /// Microseconds since 1970-01-01 UTC, negative before: any value, for it is the file's; nil if the record has no time.
    public var unixMicroseconds: Int64?
    public var direction: Direction
    /// How `data` holds an HCI event; nil for anything else.
    public var event: Framing?
    /// The HCI packet, in the bytes that were parsed, without any pseudo-header.
    public var data: Range<Int>
    /// The packet was captured whole, not truncated.
    public var isWhole: Bool

    init(_ packet: CapturedPacket, unixMicroseconds: Int64?, isWhole: Bool) {
        self.unixMicroseconds = unixMicroseconds
        direction = packet.direction
        event = packet.event
        data = packet.data
        self.isWhole = isWhole
    }
}

/// What is known of a record's data by its link type.
struct CapturedPacket: Equatable {
    var direction = CaptureRecord.Direction.unknown
    var event: CaptureRecord.Framing?
    var data: Range<Int>
}
