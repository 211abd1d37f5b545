import Bytes

/// A message of QoS 1 or 2 that was delivered on this connection, until its acknowledgement has gone out.
struct Inbound: Sendable {
    enum Answer: Sendable {
        case awaited, given
        /// It is not acknowledged on this connection.
        case refused
    }

    var packetID: UInt16
    var qos: QoS
    var answer = Answer.awaited
    /// Of topic and payload, at QoS 2.
    var digest = 0
}

/// A message of QoS 2 that was delivered on an earlier connection and has not come again on this one.
struct Parked: Sendable {
    /// By which it was delivered.
    var number: UInt64
    var isAcknowledged: Bool
    /// Of topic and payload: an identifier that comes with others is a new message, whatever DUP says.
    var digest: Int
}

extension ClientSession {
    mutating func receive(_ publish: ServerPublish) throws(DecodeError) {
        var message = publish.message
        if let alias = publish.topicAlias {
            guard let topic = inboundAliases.resolve(message.topic, alias) else { throw DecodeError(.invalid, at: 0, in: "Topic Alias") }
            message.topic = topic
        }
        guard message.qos != .atMostOnce else { return deliver(message, nil, publish) }
        var entry = Inbound(packetID: publish.packetID, qos: message.qos)
        if message.qos == .exactlyOnce, isKnown(message, &entry) {
            counters.duplicates += 1
            return
        }
        deliver(message, inbound.append(entry), publish)
    }

    /// Whether a message of QoS 2 has been delivered before; it is then acknowledged in its turn, once it is to be.
    private mutating func isKnown(_ message: ApplicationMessage, _ entry: inout Inbound) -> Bool {
        // Brokers of MQTT 3.1 may send again on the same connection.
        guard inboundExactlyOnce.insert(entry.packetID).inserted else { return true }
        var hasher = Hasher()
        hasher.combine(message.topic)
        hasher.combine(message.payload)
        entry.digest = hasher.finalize()
        if released.contains(entry.packetID) {
            if releasedDigests[entry.packetID, default: entry.digest] == entry.digest {
                // The broker did not get the PUBREC.
                entry.answer = .given
                _ = inbound.append(entry)
                return true
            }
            // A session that this side does not know of.
            released.remove(entry.packetID)
        }
        guard let known = parked.removeValue(forKey: entry.packetID), known.digest == entry.digest else { return false }
        if known.isAcknowledged { entry.answer = .given }
        let place = inbound.append(entry)
        if !known.isAcknowledged { moved[known.number] = place }
        return true
    }

    private mutating func deliver(_ message: ApplicationMessage, _ number: UInt64?, _ publish: ServerPublish) {
        counters.received += 1
        events.append(
            .message(Delivery(message: message, number: number, packetID: publish.packetID, isDuplicate: publish.isDuplicate)))
    }

    /// A message that was delivered is to be acknowledged: once it is the oldest of those that are not [MQTT-4.6.0-2].
    /// - Returns: false where that comes to nothing, because the connection has ended: the broker delivers the message again.
    @discardableResult
    public mutating func acknowledge(_ number: UInt64) -> Bool { answer(number, .given) }

    /// A message that was delivered will not be acknowledged on this connection, and does not keep others from being. It comes again with the next
    /// connection, which is made once the broker may send no more because of such messages. In a clean session, where none comes again, it is
    /// acknowledged all the same.
    public mutating func abandon(_ number: UInt64) {
        guard answer(number, options.persistence == .clean ? .given : .refused) else { return }
        counters.abandoned += 1
        guard options.persistence != .clean else { return }
        abandoned += 1
        if abandoned >= (version == .v5 ? Int(options.receiveMaximum) : Self.smallestWindow) { close(.unacknowledged, .success) }
    }

    private mutating func answer(_ number: UInt64, _ answer: Inbound.Answer) -> Bool {
        let place = moved.removeValue(forKey: number) ?? number
        if let entry = inbound[place], entry.answer == .awaited {
            inbound[place]?.answer = answer
            if place == inbound.oldest { flushAcknowledgements() }
            return true
        }
        guard let (packetID, known) = parked.first(where: { $0.value.number == number }), !known.isAcknowledged else {
            if answer == .given { counters.voidAcknowledgements += 1 }
            return false
        }
        if answer == .given { parked[packetID]?.isAcknowledged = true } else { parked[packetID] = nil }
        return true
    }

    /// Acknowledges the oldest messages, as far as they are to be.
    mutating func flushAcknowledgements() {
        while let entry = inbound[inbound.oldest], entry.answer != .awaited {
            inbound.remove(inbound.oldest)
            if entry.qos == .exactlyOnce { inboundExactlyOnce.remove(entry.packetID) }
            guard entry.answer == .given else { continue }
            counters.acknowledged += 1
            if entry.qos == .exactlyOnce, released.insert(entry.packetID).inserted {
                releasedDigests[entry.packetID] = entry.digest
                operations.append(.received(packetID: entry.packetID))
            }
            output.appendAcknowledgement(entry.qos == .exactlyOnce ? .pubrec : .puback, packetID: entry.packetID, version: version)
        }
    }

    /// PUBREL.
    /// - Returns: whether it was waited for.
    mutating func release(_ packetID: UInt16) -> Bool {
        let isKnown = released.remove(packetID) != nil
        releasedDigests[packetID] = nil
        if isKnown { operations.append(.released(packetID: packetID)) }
        output.appendAcknowledgement(.pubcomp, packetID: packetID, isKnown ? .success : .packetIdentifierNotFound, version: version)
        return isKnown
    }

    /// The connection has ended: messages of QoS 1 will come anew, those of QoS 2 only if they were let go.
    mutating func parkInbound() {
        var numbers: [UInt64: UInt64] = [:]
        for (delivered, place) in moved { numbers[place] = delivered }
        for place in inbound.numbers {
            guard let entry = inbound[place], entry.qos == .exactlyOnce, entry.answer != .refused, !released.contains(entry.packetID) else { continue }
            parked[entry.packetID] = Parked(number: numbers[place] ?? place, isAcknowledged: entry.answer == .given, digest: entry.digest)
        }
        inbound.removeAll()
        inboundExactlyOnce = []
        moved = [:]
    }
}
