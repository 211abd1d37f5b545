import Bytes

/// The messages between being handed to the session and being done with: sent (QoS 0) or acknowledged (QoS 1).
///
/// A ring of slots in the order of sending. QoS 1 packet identifiers follow the slots' sequence numbers, so an identifier
/// is never used twice at a time, and a PUBACK finds its slot without a search. Slots may outlive their connection: then they are
/// sent again on the next one, with the identifiers that they have.
struct InFlight: ~Copyable {
    struct Slot {
        /// Stream position behind the message's last byte, on this connection.
        var end: UInt64 = 0
        /// When the advertisement was received; CLOCK_MONOTONIC, ns.
        var received: UInt64 = 0
        /// When the message was handed over, or put on this connection; CLOCK_MONOTONIC, ns.
        var queued: UInt64 = 0
        /// Where `KeptPackets` has its bytes, if it has.
        var position: UInt64 = 0
        /// Bytes of the packet.
        var size: Int32 = 0
        /// Which count the message goes to, 0…15.
        var tag: UInt8 = 0
        /// Connections that ended while it was being sent.
        var losses: UInt8 = 0
        /// Neither done nor free.
        var isOpen = false
        /// The transport has taken its first byte, on this connection or an earlier one: from then on it is a duplicate.
        var isBegun = false
        /// The transport has taken its last byte, on this connection or an earlier one; at QoS 0, that byte has been sent.
        var isWritten = false
        /// Two connections have ended over it, or over one beside it. It is sent alone, so that a third end leaves no doubt which it was.
        var isSuspected: Bool { losses >= InFlight.maximumLosses - 1 }
    }

    let qos: QoS
    private let slots: UnsafeMutableBufferPointer<Slot>
    /// Sequence number of the oldest slot in use.
    private(set) var oldest: UInt64 = 0
    /// Sequence number that the next message gets.
    private(set) var next: UInt64 = 0
    /// Sequence number of the first message whose last byte the transport has not taken, or at QoS 0 not sent.
    private(set) var unwritten: UInt64 = 0
    /// Sequence number of the first message that this connection has not been given; `next`, unless some are to be sent again.
    private(set) var unsent: UInt64 = 0
    /// Open messages.
    private(set) var count = 0

    /// Packet identifiers of messages are 1…60000; those above are left to the session's own messages.
    static let identifiers: UInt64 = 60_000
    /// A message over which this many connections have ended is not sent again.
    static let maximumLosses: UInt8 = 3

    init(capacity: Int, qos: QoS) {
        precondition((1..<Int(Self.identifiers)).contains(capacity))
        self.qos = qos
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot())
    }

    deinit { slots.deallocate() }

    /// A slot is free. With QoS 1 the oldest unacknowledged message holds all slots behind it: the window slides.
    var hasRoom: Bool { next - oldest < UInt64(slots.count) }
    var isHalfOpen: Bool { 2 * (next - oldest) <= UInt64(slots.count) }
    var isEmpty: Bool { next == oldest }

    /// Packet identifier of the message that is opened next.
    var nextPacketID: UInt16 { UInt16(next % Self.identifiers) + 1 }

    private func index(_ sequence: UInt64) -> Int { Int(sequence % UInt64(slots.count)) }

    /// - Precondition: nothing is to be sent again.
    mutating func open(end: UInt64, position: UInt64 = 0, size: Int, received: UInt64, tag: UInt8, at now: UInt64) {
        precondition(hasRoom && unsent == next && Int(tag) < Tally.slots)
        slots[index(next)] = Slot(
            end: end, received: received, queued: now, position: position, size: Int32(size), tag: tag, isOpen: true)
        next += 1
        unsent = next
        count += 1
    }

    /// The transport has taken, at QoS 0 sent, everything up to stream position `taken`; `body` sees each message that is now written whole for
    /// the first time. QoS 0 messages are done with this.
    mutating func written(upTo taken: UInt64, _ body: (Slot) -> Void) {
        while unwritten < unsent, slots[index(unwritten)].end <= taken {
            let place = index(unwritten)
            if slots[place].isOpen {
                slots[place].isBegun = true
                if !slots[place].isWritten {
                    slots[place].isWritten = true
                    body(slots[place])
                }
            }
            let sequence = unwritten
            unwritten += 1
            if qos == .atMostOnce { close(sequence) }
        }
    }

    /// A PUBACK; the slot it closes, nil if no message waits for it.
    mutating func acknowledge(_ packetID: UInt16) -> Slot? {
        guard qos == .atLeastOnce, next > 0, packetID <= Self.identifiers else { return nil }
        let distance = ((next - 1) % Self.identifiers + Self.identifiers - UInt64(packetID - 1)) % Self.identifiers
        guard distance < next - oldest else { return nil }
        let sequence = next - 1 - distance
        let slot = slots[index(sequence)]
        // A message that has not been written cannot have been acknowledged.
        guard slot.isOpen, sequence < unwritten else { return nil }
        close(sequence)
        return slot
    }

    private mutating func close(_ sequence: UInt64) {
        slots[index(sequence)].isOpen = false
        count -= 1
        while oldest < next, !slots[index(oldest)].isOpen { oldest += 1 }
        unwritten = max(unwritten, oldest)
        unsent = max(unsent, oldest)
    }

    /// When the oldest open message was handed over; nil if none.
    var oldestQueued: UInt64? { isEmpty ? nil : slots[index(oldest)].queued }
    /// `KeptPackets` needs nothing before this; nil if it needs nothing at all.
    var oldestPosition: UInt64? { isEmpty ? nil : slots[index(oldest)].position }

    /// Open messages by tag; a walk over all slots in use.
    var tally: Tally {
        var tally = Tally()
        for sequence in oldest..<next where slots[index(sequence)].isOpen { tally.add(slots[index(sequence)].tag) }
        return tally
    }

    // MARK: The end of a connection

    private func isBegun(_ sequence: UInt64, taken: UInt64) -> Bool {
        let slot = slots[index(sequence)]
        return slot.isOpen && sequence < unsent && slot.end - UInt64(slot.size) < taken
    }

    /// Bytes of the largest open message of which the transport has taken anything on this connection; 0 where there is none.
    /// - Parameter taken: this connection's stream position.
    func largestBegun(taken: UInt64) -> Int {
        var largest: Int32 = 0
        for sequence in oldest..<next where isBegun(sequence, taken: taken) { largest = max(largest, slots[index(sequence)].size) }
        return Int(largest)
    }

    /// Forgets everything open; how many were written whole but not acknowledged, and how many were not written whole, by tag.
    mutating func abandon() -> (unconfirmed: Tally, unsent: Tally) {
        var unconfirmed = Tally()
        var unsent = Tally()
        while oldest < next {
            let slot = slots[index(oldest)]
            if slot.isOpen {
                if slot.isWritten { unconfirmed.add(slot.tag) } else { unsent.add(slot.tag) }
            }
            slots[index(oldest)].isOpen = false
            oldest += 1
        }
        unwritten = next
        self.unsent = next
        count = 0
        return (unconfirmed, unsent)
    }

    /// Everything open is to be sent again on the next connection.
    /// - Parameters:
    ///   - taken: the stream position that this connection came to.
    ///   - blames: whether the connection may have ended over one of those that were being sent.
    /// - Returns: those given up, over which too many connections have ended, by tag.
    mutating func keep(taken: UInt64, blames: Bool) -> Tally {
        var givenUp = Tally()
        for sequence in oldest..<next where isBegun(sequence, taken: taken) {
            let place = index(sequence)
            slots[place].isBegun = true
            if blames { slots[place].losses += 1 }
            guard slots[place].losses >= Self.maximumLosses else { continue }
            givenUp.add(slots[place].tag)
            close(sequence)
        }
        unwritten = oldest
        unsent = oldest
        return givenUp
    }

    // MARK: Sending again

    /// Messages wait to be sent again, or a suspected one has not been acknowledged: nothing newer may be sent.
    var isResending: Bool { unsent < next || isOldestSuspected }

    private var isOldestSuspected: Bool { !isEmpty && slots[index(oldest)].isSuspected }

    /// What is to be sent again next; nil if nothing is, or where an older message must be acknowledged first.
    mutating func nextToResend(stream end: UInt64) -> Slot? {
        while unsent < next, !slots[index(unsent)].isOpen {
            slots[index(unsent)].end = end
            unsent += 1
        }
        guard unsent < next else { return nil }
        if unsent > oldest, isOldestSuspected || slots[index(unsent)].isSuspected { return nil }
        return slots[index(unsent)]
    }

    /// `nextToResend` has been put into the outbox.
    mutating func resent(end: UInt64, at now: UInt64) {
        slots[index(unsent)].end = end
        slots[index(unsent)].queued = now
        unsent += 1
    }

    /// `nextToResend` is not sent again.
    mutating func giveUpNext() { close(unsent) }

    /// The time limit of all open messages begins anew: a connection has been made.
    mutating func restartClocks(at now: UInt64) {
        for sequence in oldest..<next { slots[index(sequence)].queued = now }
    }
}
