/// The session's own messages of QoS 1 that wait for their PUBACK: birth message, status, offline message.
///
/// Their packet identifiers are 60001…65535, apart from those of the advertisements. They are not sent again on another connection,
/// whose birth message has the state of that time; their identifiers go on all the same, so that none meets one that is not acknowledged.
struct OwnMessages {
    private var open: [(packetID: UInt16, size: Int, queued: UInt64)] = []
    private var sent: UInt64 = 0

    static let capacity = 8

    var isEmpty: Bool { open.isEmpty }
    var hasRoom: Bool { open.count < Self.capacity }
    var nextPacketID: UInt16 { UInt16(InFlight.identifiers + 1 + sent % (65_535 - InFlight.identifiers)) }
    /// When the oldest was handed over; CLOCK_MONOTONIC, ns.
    var oldestQueued: UInt64? { open.first?.queued }
    /// Bytes of the largest packet; 0 where there is none.
    var largest: Int { open.reduce(0) { max($0, $1.size) } }

    mutating func open(size: Int, at now: UInt64) {
        open.append((nextPacketID, size, now))
        sent += 1
    }

    /// A PUBACK; the packet's bytes, nil if it belongs to none of these.
    mutating func acknowledge(_ packetID: UInt16) -> Int? {
        open.firstIndex { $0.packetID == packetID }.map { open.remove(at: $0).size }
    }

    /// The connection has ended.
    mutating func forget() { open.removeAll(keepingCapacity: true) }
}
