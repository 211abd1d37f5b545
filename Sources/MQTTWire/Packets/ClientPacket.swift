import Bytes

/// A topic filter with the options of its subscription: MQTT 5 section 3.8.3.1. Only `filter` and `qos` mean anything with 3.1.1.
public struct SubscriptionRequest: Hashable, Sendable {
    /// Whether the broker sends retained messages when the subscription is made: 3.8.3.1.
    public enum RetainHandling: UInt8, Sendable {
        case send = 0
        case sendIfNew = 1
        case doNotSend = 2
    }

    public var filter: TopicFilter
    /// The most at which messages come.
    public var qos: QoS
    /// Messages that this client has published are not sent back to it.
    public var noLocal: Bool
    /// The retain flag is as published, not only a mark of messages that were kept.
    public var retainAsPublished: Bool
    public var retainHandling: RetainHandling

    public init(
        _ filter: TopicFilter, qos: QoS = .atLeastOnce, noLocal: Bool = false, retainAsPublished: Bool = false,
        retainHandling: RetainHandling = .send
    ) {
        self.filter = filter
        self.qos = qos
        self.noLocal = noLocal
        self.retainAsPublished = retainAsPublished
        self.retainHandling = retainHandling
    }

    fileprivate func options(_ version: ProtocolVersion) -> UInt8 {
        guard version == .v5 else { return qos.rawValue }
        // A shared subscription with No Local is a protocol error [MQTT-3.8.3-4].
        return qos.rawValue | (noLocal && filter.shareName == nil ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | retainHandling.rawValue << 4
    }
}

/// What a client sends, appended to an array.
extension [UInt8] {
    /// A control packet: first byte, Remaining Length, and what `body` appends.
    private mutating func appendPacket(_ first: UInt8, _ body: (inout [UInt8]) -> Void) {
        append(first)
        let start = count
        // The length is moved behind the body's beginning only where it needs more than the one byte that is kept for it.
        append(0)
        body(&self)
        let length = count - start - 1
        precondition(length <= PacketSize.largestRemaining)
        if length < 128 {
            self[start] = UInt8(length)
        } else {
            var digits: [UInt8] = []
            digits.append(variableByteInteger: length)
            replaceSubrange(start...start, with: digits)
        }
    }

    /// CONNECT, MQTT 5 section 3.1: | 2 + 4 "MQTT" | 1 version | 1 flags | 2 keep alive | properties |, and the payload: client identifier,
    /// will properties, topic and payload, user name, password, each only where there is one. 3.1.1 has no properties.
    mutating func appendConnect(_ options: ClientSession.Options, version: ProtocolVersion, cleanStart: Bool) {
        let will = options.will
        var flags: UInt8 = cleanStart ? 0x02 : 0
        if let will { flags |= 0x04 | will.message.qos.rawValue << 3 | (will.message.retain ? 0x20 : 0) }
        if options.userName != nil { flags |= 0x80 }
        if options.password != nil { flags |= 0x40 }
        appendPacket(PacketType.connect << 4) { packet in
            packet.append(field: "MQTT".utf8)
            packet.append(version.rawValue)
            packet.append(flags)
            packet.append(bigEndian: options.keepAlive)
            if version == .v5 { packet.append(options.connectProperties) }
            packet.append(field: options.clientID.utf8)
            if let will {
                if version == .v5 {
                    var properties = will.message.properties
                    properties.set(.willDelayInterval, will.delay > 0 ? will.delay : nil)
                    packet.append(properties)
                }
                packet.append(field: will.message.topic.utf8)
                packet.append(field: will.message.payload)
            }
            if let userName = options.userName { packet.append(field: userName.utf8) }
            if let password = options.password { packet.append(field: password) }
        }
    }

    /// PUBLISH, MQTT 5 section 3.3: | 2 + n topic | 2 packet identifier, not at QoS 0 | properties | payload |.
    mutating func appendPublish(_ message: ApplicationMessage, version: ProtocolVersion, packetID: UInt16, isDuplicate: Bool, alias: TopicAliases.Use?) {
        let remaining = message.remaining(version, alias: alias)
        append(PacketType.publish << 4 | (isDuplicate ? PublishFlag.duplicate : 0) | message.qos.rawValue << 1 | (message.retain ? PublishFlag.retain : 0))
        append(variableByteInteger: remaining)
        append(field: alias?.isKnown == true ? "".utf8 : message.topic.utf8)
        if message.qos != .atMostOnce { append(bigEndian: packetID) }
        if version == .v5 {
            append(variableByteInteger: message.properties.encoded.count + (alias == nil ? 0 : 3))
            if let alias {
                append(PropertyID.topicAlias.rawValue)
                append(bigEndian: alias.number)
            }
            append(contentsOf: message.properties.encoded)
        }
        append(contentsOf: message.payload)
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP, sections 3.4 to 3.7.
    mutating func appendAcknowledgement(_ kind: AcknowledgementKind, packetID: UInt16, _ code: ReasonCode = .success, version: ProtocolVersion) {
        let hasCode = version == .v5 && code != .success
        append(kind.firstByte)
        append(hasCode ? 3 : 2)
        append(bigEndian: packetID)
        if hasCode { append(code.rawValue) }
    }

    /// SUBSCRIBE, section 3.8.
    mutating func appendSubscribe(_ requests: [SubscriptionRequest], identifier: UInt32?, packetID: UInt16, version: ProtocolVersion) {
        appendPacket(PacketType.subscribe << 4 | 0x02) { packet in
            packet.append(bigEndian: packetID)
            if version == .v5 {
                var properties = Properties()
                properties.set(.subscriptionIdentifier, identifier)
                packet.append(properties)
            }
            for request in requests {
                packet.append(field: request.filter.text.utf8)
                packet.append(request.options(version))
            }
        }
    }

    /// UNSUBSCRIBE, section 3.10.
    mutating func appendUnsubscribe(_ filters: [TopicFilter], packetID: UInt16, version: ProtocolVersion) {
        appendPacket(PacketType.unsubscribe << 4 | 0x02) { packet in
            packet.append(bigEndian: packetID)
            if version == .v5 { packet.append(0) }
            for filter in filters { packet.append(field: filter.text.utf8) }
        }
    }

    mutating func appendPing() {
        append(PacketType.pingreq << 4)
        append(0)
    }

    /// DISCONNECT, section 3.14; 3.1.1 has neither reason nor properties.
    mutating func appendDisconnect(_ code: ReasonCode, sessionExpiry: UInt32?, version: ProtocolVersion) {
        appendPacket(PacketType.disconnect << 4) { packet in
            guard version == .v5, code != .success || sessionExpiry != nil else { return }
            var properties = Properties()
            properties.set(.sessionExpiryInterval, sessionExpiry)
            packet.append(code.rawValue)
            packet.append(properties)
        }
    }
}

extension ApplicationMessage {
    /// Remaining Length of its PUBLISH.
    func remaining(_ version: ProtocolVersion, alias: TopicAliases.Use? = nil) -> Int {
        let name = alias?.isKnown == true ? 0 : topic.utf8.count
        let listed = properties.encoded.count + (alias == nil ? 0 : 3)
        return 2 + name + (qos == .atMostOnce ? 0 : 2) + (version == .v5 ? PacketSize.digits(listed) + listed : 0) + payload.count
    }
}
