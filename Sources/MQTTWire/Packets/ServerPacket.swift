import Bytes

/// The contents of CONNACK, MQTT 5 section 3.2 and 3.1.1 section 3.2.
public struct Connack: Equatable, Sendable {
    public var sessionPresent: Bool
    public var reasonCode: ReasonCode
    var properties = Properties()
}

/// What a broker may send to a client: MQTT 5 and 3.1.1, chapter 3.
enum ServerPacket: Equatable {
    case connack(Connack)
    /// 3.3. `topic` may be empty where `topicAlias` is not nil.
    case publish(ServerPublish)
    /// 3.4 to 3.7: PUBACK, PUBREC, PUBREL, PUBCOMP.
    case acknowledgement(AcknowledgementKind, packetID: UInt16, ReasonCode, Properties)
    /// 3.9: a reason code for each filter.
    case suback(packetID: UInt16, [ReasonCode], Properties)
    /// 3.11; with 3.1.1 without reason codes.
    case unsuback(packetID: UInt16, [ReasonCode], Properties)
    /// 3.13
    case pingresp
    /// 3.14, MQTT 5 only.
    case disconnect(ReasonCode, Properties)
}

/// The packets by which a PUBLISH is acknowledged.
enum AcknowledgementKind: UInt8, Sendable {
    case puback = 4
    case pubrec = 5
    case pubrel = 6
    case pubcomp = 7

    /// The fixed header's first byte: PUBREL has a flag that the others have not [MQTT-3.6.1-1].
    var firstByte: UInt8 { rawValue << 4 | (self == .pubrel ? 0x02 : 0) }
}

/// A PUBLISH as it came.
struct ServerPublish: Equatable {
    var message: ApplicationMessage
    /// 0 at QoS 0.
    var packetID: UInt16
    var isDuplicate: Bool
    var topicAlias: UInt16?
}

extension ServerPacket {
    /// Reads the body of a packet.
    /// - Parameter first: the fixed header's first byte.
    /// - Throws: `DecodeError`, with an offset from the start of the body, at anything that a broker must not send; the connection must then be
    ///   closed [MQTT-4.13.1-1].
    init(_ first: UInt8, _ body: RawSpan, version: ProtocolVersion) throws(DecodeError) {
        var reader = ByteReader(0..<body.byteCount)
        if first >> 4 == PacketType.publish {
            self = .publish(try ServerPublish(first, body, &reader, version))
            return
        }
        if let kind = AcknowledgementKind(rawValue: first >> 4) {
            guard first == kind.firstByte else { throw DecodeError(.invalid, at: 0, in: "fixed header flags") }
            let packetID = try reader.packetID(body)
            var code = ReasonCode.success
            var properties = Properties()
            // Both may be left out, the second also alone: 3.4.2.1, 3.4.2.2.1.
            if version == .v5, reader.remaining > 0 {
                code = ReasonCode(rawValue: try reader.u8(body, "Reason Code"))
                if reader.remaining > 0 { properties = try .read(body, &reader, in: .acknowledgement) }
            }
            try reader.finish("acknowledgement")
            self = .acknowledgement(kind, packetID: packetID, code, properties)
            return
        }
        guard first & 0x0F == 0 else { throw DecodeError(.invalid, at: 0, in: "fixed header flags") }
        switch first >> 4 {
        case PacketType.connack: self = .connack(try Connack(body, &reader, version))
        case PacketType.suback:
            let (packetID, codes, properties) = try Self.results(body, &reader, version)
            guard !codes.isEmpty else { throw DecodeError(.truncated, at: reader.offset, in: "SUBACK reason codes") }
            self = .suback(packetID: packetID, codes, properties)
        case PacketType.unsuback:
            let (packetID, codes, properties) = try Self.results(body, &reader, version)
            guard codes.isEmpty == (version == .v3_1_1) else { throw DecodeError(.invalid, at: reader.offset, in: "UNSUBACK reason codes") }
            self = .unsuback(packetID: packetID, codes, properties)
        case PacketType.pingresp:
            try reader.finish("PINGRESP")
            self = .pingresp
        case PacketType.disconnect where version == .v5:
            let code = reader.remaining > 0 ? ReasonCode(rawValue: try reader.u8(body, "Disconnect Reason Code")) : .success
            let properties = reader.remaining > 0 ? try Properties.read(body, &reader, in: .disconnect) : Properties()
            try reader.finish("DISCONNECT")
            self = .disconnect(code, properties)
        default:
            // AUTH among them: none was asked for by an Authentication Method [MQTT-4.12.0-6].
            throw DecodeError(.invalid, at: 0, in: "packet type")
        }
    }

    private static func results(
        _ body: RawSpan, _ reader: inout ByteReader, _ version: ProtocolVersion
    ) throws(DecodeError) -> (UInt16, [ReasonCode], Properties) {
        let packetID = try reader.packetID(body)
        let properties = version == .v5 ? try Properties.read(body, &reader, in: .acknowledgement) : Properties()
        let start = try reader.skip(reader.remaining, "reason codes")
        return (packetID, body.array(start..<reader.offset).map(ReasonCode.init(rawValue:)), properties)
    }
}

extension Connack {
    init(_ body: RawSpan, _ reader: inout ByteReader, _ version: ProtocolVersion) throws(DecodeError) {
        let flags = try reader.u8(body, "Connect Acknowledge Flags")
        guard flags & 0xFE == 0 else { throw DecodeError(.invalid, at: 0, in: "Connect Acknowledge Flags") }
        let code = try reader.u8(body, "Connect Reason Code")
        // A broker that does not know MQTT 5 refuses it by a CONNACK of 3.1.1, without properties.
        let isOld = version == .v3_1_1 || code == 1 && reader.remaining == 0
        properties = isOld ? Properties() : try .read(body, &reader, in: .connack)
        try reader.finish("CONNACK")
        sessionPresent = flags == 1
        reasonCode = isOld ? ReasonCode(returnCode: code) : ReasonCode(rawValue: code)
        // A refusal with Session Present set contradicts itself [MQTT-3.2.2-6].
        guard !sessionPresent || code == 0 else { throw DecodeError(.invalid, at: 0, in: "Session Present") }
        guard code == 0 || reasonCode.isFailure else { throw DecodeError(.invalid, at: 1, in: "Connect Reason Code") }
    }
}

extension ServerPublish {
    init(_ first: UInt8, _ body: RawSpan, _ reader: inout ByteReader, _ version: ProtocolVersion) throws(DecodeError) {
        guard let qos = QoS(rawValue: first >> 1 & 3) else { throw DecodeError(.invalid, at: 0, in: "QoS 3") }
        isDuplicate = first & PublishFlag.duplicate != 0
        guard !isDuplicate || qos != .atMostOnce else { throw DecodeError(.invalid, at: 0, in: "DUP at QoS 0") }
        let topic = try reader.text(body, "Topic Name")
        packetID = qos == .atMostOnce ? 0 : try reader.packetID(body)
        var properties = version == .v5 ? try Properties.read(body, &reader, in: .publish) : Properties()
        topicAlias = properties.number(.topicAlias).map { UInt16($0) }
        // It holds for this connection only, and is no concern of the application.
        if topicAlias != nil { properties.remove(.topicAlias) }
        guard !topic.isEmpty || topicAlias != nil else { throw DecodeError(.invalid, at: 0, in: "Topic Name") }
        guard !topic.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }) else {
            throw DecodeError(.invalid, at: 2, in: "Topic Name")
        }
        let start = try reader.skip(reader.remaining, "Payload")
        message = ApplicationMessage(
            topic: topic, payload: body.array(start..<reader.offset), qos: qos, retain: first & PublishFlag.retain != 0, properties: properties)
    }
}

extension ByteReader {
    fileprivate mutating func packetID(_ bytes: RawSpan) throws(DecodeError) -> UInt16 {
        let at = offset
        let value = try u16BigEndian(bytes, "Packet Identifier")
        guard value != 0 else { throw DecodeError(.invalid, at: at, in: "Packet Identifier") }
        return value
    }

    fileprivate func finish(_ field: StaticString) throws(DecodeError) {
        guard remaining == 0 else { throw DecodeError(.trailing, at: offset, in: field) }
    }
}
