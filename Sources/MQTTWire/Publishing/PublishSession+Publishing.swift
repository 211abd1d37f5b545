import Bytes

extension PublishSession {
    /// Hands over an advertisement: `topic` and `payload` write straight into the outbox; a second time where that had to make
    /// room first.
    /// - Parameters:
    ///   - received: its receive stamp.
    ///   - tag: which count of `counters` and `inFlightTally` it goes to, 0…15.
    public mutating func publish(
        received: UInt64, tag: UInt8, at now: UInt64, topic: (inout ByteWriter) -> Void, payload: (inout ByteWriter) -> Void
    ) -> PublishResult {
        guard canPublish else { return .busy }
        let packetID: UInt16? = options.qos == .atLeastOnce ? inFlight.nextPacketID : nil
        let before = outbox.count
        guard append(qos: options.qos, retain: false, packetID: packetID, topic: topic, payload: payload) else {
            return outbox.count == 0 ? .oversize : .busy
        }
        let size = outbox.count - before
        guard !sizeLimit.refuses(size, at: now) else {
            outbox.takeBack(size)
            counters.refused.add(tag)
            return .refused
        }
        var position: UInt64 = 0
        if keeps {
            guard let place = kept.append(UnsafeRawBufferPointer(rebasing: outbox.pending.suffix(size))) else {
                outbox.takeBack(size)
                missing = size
                return .busy
            }
            position = place
            missing = 0
        }
        inFlight.open(end: outbox.end, position: position, size: size, received: received, tag: tag, at: now)
        return .accepted(packetID: packetID)
    }

    /// What the last connection left behind goes out again: in its order, with its packet identifiers, before anything newer
    /// [MQTT-4.4.0-1] [MQTT-4.6.0-1], and with DUP where its first byte had gone out before [MQTT-3.3.1-1].
    mutating func resend(at now: UInt64) {
        guard state == .online else { return }
        while outbox.count < Self.resendBatch, let slot = inFlight.nextToResend(stream: outbox.end) {
            guard !sizeLimit.refuses(Int(slot.size), at: now) else {
                counters.refused.add(slot.tag)
                inFlight.giveUpNext()
                kept.release(upTo: inFlight.oldestPosition)
                continue
            }
            if slot.isSuspected, !isAnswering(at: now) { return }
            guard Self.append(slot, of: kept, to: &outbox) else { return }
            inFlight.resent(end: outbox.end, at: now)
            if slot.isBegun { counters.redelivered += 1 }
        }
    }

    private static func append(_ slot: InFlight.Slot, of kept: borrowing KeptPackets, to outbox: inout Outbox) -> Bool {
        outbox.append { kept.write(slot.position, size: Int(slot.size), flags: slot.isBegun ? PublishFlag.duplicate : 0, to: &$0) }
    }

    /// Hands over a message of the session's own; false if it could not be taken, as one that seems to be too large for the broker
    /// cannot for a time.
    @discardableResult
    public mutating func publish(own message: Message, at now: UInt64) -> Bool { publish(own: message, isLast: false, at: now) }

    /// - Parameter isLast: room is kept for this one, however many others a broker has left unacknowledged.
    mutating func publish(own message: Message, isLast: Bool, at now: UInt64) -> Bool {
        guard state == .online, pendingClose == nil, message.qos == .atMostOnce || own.hasRoom || isLast else { return false }
        // Before it is written: while the limit stands, a message that waits is offered again at each iteration of the loop.
        let size = message.packetSize
        guard !sizeLimit.refuses(size, at: now) else { return false }
        let packetID = message.qos == .atLeastOnce ? own.nextPacketID : nil
        guard
            append(
                qos: message.qos, retain: message.retain, packetID: packetID, topic: { $0.bytes(message.topic) },
                payload: { $0.bytes(message.payload) })
        else { return false }
        if packetID != nil { own.open(size: size, at: now) }
        return true
    }

    /// PUBLISH, MQTT 3.1.1 section 3.3: | 2 + n topic | 2 packet identifier, QoS 1 only | n payload |.
    private mutating func append(
        qos: QoS, retain: Bool, packetID: UInt16?, topic: (inout ByteWriter) -> Void, payload: (inout ByteWriter) -> Void
    ) -> Bool {
        outbox.append { writer in
            writer.packet(PacketType.publish << 4 | qos.rawValue << 1 | (retain ? 1 : 0)) { writer in
                let lengthAt = writer.count
                writer.u16BigEndian(0)
                topic(&writer)
                let length = writer.count - lengthAt - 2
                if !writer.isFull {
                    writer.written.storeBytes(of: UInt16(length).bigEndian, toByteOffset: lengthAt, as: UInt16.self)
                }
                if let packetID { writer.u16BigEndian(packetID) }
                payload(&writer)
            }
        }
    }
}

extension Message {
    /// Bytes of its PUBLISH: | 1 type and flags | 1…3 remaining length | 2 + n topic | 2 packet identifier, QoS 1 only | n payload |.
    var packetSize: Int {
        let remaining = 2 + topic.count + (qos == .atLeastOnce ? 2 : 0) + payload.count
        return 1 + (remaining < 128 ? 1 : remaining < 16_384 ? 2 : 3) + remaining
    }
}
