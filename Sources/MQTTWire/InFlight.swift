import Bytes

/// The messages between being handed to the session and being done with: taken by the transport (QoS 0) or acknowledged (QoS 1).
///
/// A ring of slots in the order of sending. QoS 1 packet identifiers follow the slots' sequence numbers, so an identifier
/// is never used twice at a time, and a PUBACK finds its slot without a search.
struct InFlight: ~Copyable {
    struct Slot {
        /// Stream position behind the message's last byte.
        var end: UInt64 = 0
        /// When the advertisement was received; CLOCK_MONOTONIC, ns.
        var received: UInt64 = 0
        /// When the message was handed over; CLOCK_MONOTONIC, ns.
        var queued: UInt64 = 0
        /// Which count the message goes to, 0…15.
        var tag: UInt8 = 0
        /// Neither done nor free.
        var isOpen = false
    }

    let qos: QoS
    private let slots: UnsafeMutableBufferPointer<Slot>
    /// Sequence number of the oldest slot in use.
    private(set) var oldest: UInt64 = 0
    /// Sequence number that the next message gets.
    private(set) var next: UInt64 = 0
    /// Sequence number of the first message whose last byte the transport has not taken.
    private(set) var unwritten: UInt64 = 0
    /// Open messages.
    private(set) var count = 0

    /// Packet identifiers of messages are 1…60000; those above are left to the session's own messages.
    static let identifiers: UInt64 = 60_000

    init(capacity: Int, qos: QoS) {
        precondition((1..<Int(Self.identifiers)).contains(capacity))
        self.qos = qos
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot())
    }

    deinit { slots.deallocate() }

    /// A slot is free. With QoS 1 the oldest unacknowledged message holds all slots behind it: the window slides.
    var hasRoom: Bool { next - oldest < UInt64(slots.count) }
    var isEmpty: Bool { next == oldest }

    /// Packet identifier of the message that is opened next.
    var nextPacketID: UInt16 { UInt16(next % Self.identifiers) + 1 }

    private func index(_ sequence: UInt64) -> Int { Int(sequence % UInt64(slots.count)) }

    mutating func open(end: UInt64, received: UInt64, tag: UInt8, at now: UInt64) {
        precondition(hasRoom && Int(tag) < Tally.slots)
        slots[index(next)] = Slot(end: end, received: received, queued: now, tag: tag, isOpen: true)
        next += 1
        count += 1
    }

    /// The transport has taken everything up to stream position `taken`; `body` sees each message that is now written whole.
    /// QoS 0 messages are done with this.
    mutating func written(upTo taken: UInt64, _ body: (Slot) -> Void) {
        while unwritten < next, slots[index(unwritten)].end <= taken {
            body(slots[index(unwritten)])
            let sequence = unwritten
            unwritten += 1
            if qos == .atMostOnce { close(sequence) }
        }
    }

    /// A PUBACK; the slot it closes, nil where no message waits for it.
    mutating func acknowledge(_ packetID: UInt16) -> Slot? {
        guard qos == .atLeastOnce, next > 0, packetID <= Self.identifiers else { return nil }
        let distance = ((next - 1) % Self.identifiers + Self.identifiers - UInt64(packetID - 1)) % Self.identifiers
        guard distance < next - oldest else { return nil }
        let sequence = next - 1 - distance
        let slot = slots[index(sequence)]
        // An acknowledgement that overtakes its message is a lie.
        guard slot.isOpen, sequence < unwritten else { return nil }
        close(sequence)
        return slot
    }

    private mutating func close(_ sequence: UInt64) {
        slots[index(sequence)].isOpen = false
        count -= 1
        while oldest < unwritten, !slots[index(oldest)].isOpen { oldest += 1 }
    }

    /// When the oldest message that waits was handed over; nil where none does.
    var oldestQueued: UInt64? { isEmpty ? nil : slots[index(oldest)].queued }

    /// Open messages by tag; a walk over all slots in use.
    var tally: Tally {
        var tally = Tally()
        for sequence in oldest..<next where slots[index(sequence)].isOpen { tally.add(slots[index(sequence)].tag) }
        return tally
    }

    /// Forgets everything open; how many were written whole but not acknowledged, and how many were not written whole, by tag.
    mutating func abandon() -> (unconfirmed: Tally, unsent: Tally) {
        var unconfirmed = Tally()
        var unsent = Tally()
        while oldest < next {
            let slot = slots[index(oldest)]
            if slot.isOpen {
                if oldest < unwritten { unconfirmed.add(slot.tag) } else { unsent.add(slot.tag) }
            }
            slots[index(oldest)].isOpen = false
            oldest += 1
        }
        unwritten = next
        count = 0
        return (unconfirmed, unsent)
    }
}
