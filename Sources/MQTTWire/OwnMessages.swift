/// The session's own messages of QoS 1 that wait for their PUBACK: birth, status, farewell.
///
/// Their packet identifiers are 60001…65535, apart from those of the advertisements.
struct OwnMessages {
    private var open: [(packetID: UInt16, queued: UInt64)] = []
    private var sent: UInt64 = 0

    static let capacity = 8

    var isEmpty: Bool { open.isEmpty }
    var hasRoom: Bool { open.count < Self.capacity }
    var nextPacketID: UInt16 { UInt16(InFlight.identifiers + 1 + sent % (65_535 - InFlight.identifiers)) }
    /// When the oldest was handed over; CLOCK_MONOTONIC, ns.
    var oldestQueued: UInt64? { open.first?.queued }

    mutating func open(at now: UInt64) {
        open.append((nextPacketID, now))
        sent += 1
    }

    /// A PUBACK; false where it belongs to none of these.
    mutating func acknowledge(_ packetID: UInt16) -> Bool {
        guard let index = open.firstIndex(where: { $0.packetID == packetID }) else { return false }
        open.remove(at: index)
        return true
    }
}
