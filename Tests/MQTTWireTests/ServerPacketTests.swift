import Bytes
import Testing

@testable import MQTTWire

/// What a broker sends, MQTT 5 and 3.1.1 chapter 3, byte by byte.
@Suite struct ServerPacketTests {
    private static func packet(_ first: UInt8, _ body: [UInt8], _ version: ProtocolVersion = .v5) throws(DecodeError) -> ServerPacket {
        try ServerPacket(first, body.span.bytes, version: version)
    }

    private static func fault(_ first: UInt8, _ body: [UInt8], _ version: ProtocolVersion = .v5) -> DecodeError? {
        do throws(DecodeError) {
            _ = try packet(first, body, version)
            return nil
        } catch { return error }
    }

    @Test func `3.2 CONNACK of MQTT 5`() throws {
        let body: [UInt8] = [
            0x01,  // Session Present
            0x00,  // success
            0x08,  // Property Length
            0x21, 0x00, 0x14,  // Receive Maximum 20
            0x13, 0x00, 0x1E,  // Server Keep Alive 30
            0x25, 0x00,  // Retain Available: no
        ]
        guard case .connack(let connack) = try Self.packet(0x20, body) else { return #expect(Bool(false)) }
        #expect(connack.sessionPresent && connack.reasonCode == .success)
        let acceptance = ClientSession.Acceptance(connack, version: .v5, options: ClientSession.Options(clientID: "c"))
        #expect(acceptance.receiveMaximum == 20 && acceptance.keepAlive == 30 && !acceptance.canRetain)
        #expect(acceptance.maximumQoS == .exactlyOnce && acceptance.maximumPacketSize == nil && acceptance.clientID == "c")
        #expect(acceptance.hasSubscriptionIdentifiers && acceptance.hasWildcardSubscriptions && acceptance.hasSharedSubscriptions)
    }

    @Test func `3.2 CONNACK of MQTT 3.1.1`() throws {
        #expect(try Self.packet(0x20, [1, 0], .v3_1_1) == .connack(Connack(sessionPresent: true, reasonCode: .success)))
        let codes: [ReasonCode] = [.unsupportedProtocolVersion, .clientIdentifierNotValid, .serverUnavailable, .badUserNameOrPassword, .notAuthorized]
        for (index, code) in codes.enumerated() {
            #expect(try Self.packet(0x20, [0, UInt8(index + 1)], .v3_1_1) == .connack(Connack(sessionPresent: false, reasonCode: code)))
        }
        #expect(try Self.packet(0x20, [0, 77], .v3_1_1) == .connack(Connack(sessionPresent: false, reasonCode: .unspecifiedError)))
    }

    @Test func `a broker that does not know MQTT 5 refuses it in the words of 3.1.1`() throws {
        #expect(try Self.packet(0x20, [0, 1]) == .connack(Connack(sessionPresent: false, reasonCode: .unsupportedProtocolVersion)))
    }

    @Test(arguments: [[2, 0, 0], [1, 0x87, 0], [0, 0x01, 0], [0], [], [0, 0], [0, 0, 0, 9], [0, 0, 1]] as [[UInt8]])
    func `3.2 CONNACKs that are refused`(body: [UInt8]) {
        #expect(Self.fault(0x20, body) != nil)
    }

    @Test func `3.3 PUBLISH of MQTT 5`() throws {
        let body: [UInt8] = [
            0x00, 0x03, 0x61, 0x2F, 0x62,  // Topic Name "a/b"
            0x00, 0x0A,  // Packet Identifier 10
            0x07,  // Property Length
            0x01, 0x01,  // Payload Format Indicator: text
            0x02, 0x00, 0x00, 0x00, 0x3C,  // Message Expiry Interval 60 s
            0x68, 0x69,  // payload "hi"
        ]
        guard case .publish(let publish) = try Self.packet(0x3B, body) else { return #expect(Bool(false)) }
        #expect(publish.message.topic == "a/b" && publish.message.payload == [0x68, 0x69] && publish.message.qos == .atLeastOnce)
        #expect(publish.message.retain && publish.isDuplicate && publish.packetID == 10 && publish.topicAlias == nil)
        #expect(publish.message.properties.isPayloadText && publish.message.properties.messageExpiryInterval == 60)
    }

    @Test func `3.3.2.3.4 a topic alias is taken off the properties`() throws {
        let body: [UInt8] = [
            0x00, 0x00,  // no Topic Name
            0x05,  // Property Length
            0x23, 0x00, 0x07,  // Topic Alias 7
            0x01, 0x01,  // Payload Format Indicator
        ]
        guard case .publish(let publish) = try Self.packet(0x30, body) else { return #expect(Bool(false)) }
        #expect(publish.topicAlias == 7 && publish.message.topic.isEmpty && publish.message.properties.encoded == [0x01, 0x01])
    }

    @Test(arguments: [
        (0x36, [0, 1, 0x61, 0, 1, 0]),  // QoS 3
        (0x38, [0, 1, 0x61, 0]),  // DUP at QoS 0
        (0x32, [0, 1, 0x61, 0, 0, 0]),  // Packet Identifier 0
        (0x30, [0, 1, 0x2B, 0]),  // "+" in the name
        (0x30, [0, 1, 0x23, 0]),  // "#"
        (0x30, [0, 1, 0x00, 0]),  // U+0000
        (0x30, [0, 1, 0xFF, 0]),  // no UTF-8
        (0x30, [0, 0, 0]),  // neither name nor alias
        (0x30, [0, 5, 0x61]),  // cut off
        (0x32, [0, 1, 0x61, 0]),
        (0x30, [0, 1, 0x61]),  // no properties
        (0x30, [0, 1, 0x61, 2, 0x1F, 0]),  // a Reason String
    ] as [(UInt8, [UInt8])])
    func `3.3 PUBLISHes that are refused`(first: UInt8, body: [UInt8]) {
        #expect(Self.fault(first, body) != nil)
    }

    @Test func `3.4 to 3.7 acknowledgements, with reason code and properties or without`() throws {
        for (kind, first) in [(AcknowledgementKind.puback, 0x40), (.pubrec, 0x50), (.pubrel, 0x62), (.pubcomp, 0x70)] as [(AcknowledgementKind, UInt8)] {
            #expect(try Self.packet(first, [1, 2]) == .acknowledgement(kind, packetID: 0x0102, .success, Properties()))
            #expect(try Self.packet(first, [1, 2], .v3_1_1) == .acknowledgement(kind, packetID: 0x0102, .success, Properties()))
            #expect(try Self.packet(first, [1, 2, 0x97]) == .acknowledgement(kind, packetID: 0x0102, .quotaExceeded, Properties()))
            guard case .acknowledgement(_, _, let code, let properties) = try Self.packet(first, [1, 2, 0x87, 5, 0x1F, 0, 2, 0x6E, 0x6F]) else {
                return #expect(Bool(false))
            }
            #expect(code == .notAuthorized && properties.reasonString == "no")
            #expect(Self.fault(first ^ 0x01, [1, 2]) != nil)
            #expect(Self.fault(first, [0, 0]) != nil && Self.fault(first, [1]) != nil)
            #expect(Self.fault(first, [1, 2, 0], .v3_1_1)?.reason == .trailing)
            #expect(Self.fault(first, [1, 2, 0, 0, 0])?.reason == .trailing)
        }
    }

    @Test func `3.9 and 3.11 SUBACK and UNSUBACK`() throws {
        #expect(try Self.packet(0x90, [0, 1, 0, 2, 0x87]) == .suback(packetID: 1, [ReasonCode(rawValue: 2), .notAuthorized], Properties()))
        #expect(try Self.packet(0x90, [0, 1, 0x80], .v3_1_1) == .suback(packetID: 1, [.unspecifiedError], Properties()))
        #expect(try Self.packet(0xB0, [0, 1, 0, 0x11]) == .unsuback(packetID: 1, [.noSubscriptionExisted], Properties()))
        #expect(try Self.packet(0xB0, [0, 1], .v3_1_1) == .unsuback(packetID: 1, [], Properties()))
        #expect(Self.fault(0x90, [0, 1, 0]) != nil && Self.fault(0x90, [0, 1], .v3_1_1) != nil)
        #expect(Self.fault(0xB0, [0, 1, 0]) != nil && Self.fault(0xB0, [0, 1, 0], .v3_1_1) != nil)
    }

    @Test func `3.13 and 3.14 PINGRESP and DISCONNECT`() throws {
        #expect(try Self.packet(0xD0, []) == .pingresp)
        #expect(Self.fault(0xD0, [0])?.reason == .trailing)
        #expect(try Self.packet(0xE0, []) == .disconnect(.success, Properties()))
        #expect(try Self.packet(0xE0, [0x8E]) == .disconnect(.sessionTakenOver, Properties()))
        #expect(try Self.packet(0xE0, [0x8E, 0]) == .disconnect(.sessionTakenOver, Properties()))
        // 3.1.1 has none from the broker.
        #expect(Self.fault(0xE0, [], .v3_1_1) != nil)
    }

    @Test func `what only clients send, and AUTH, is refused`() {
        for first: UInt8 in [0x00, 0x10, 0x82, 0xA2, 0xC0, 0xF0] {
            #expect(Self.fault(first, []) == DecodeError(.invalid, at: 0, in: "packet type") || Self.fault(first, [])?.field.description == "fixed header flags")
        }
    }

    @Test func `a packet that is cut off anywhere is refused, and nothing traps`() {
        let whole: [(UInt8, [UInt8])] = [
            (0x20, [0, 0, 8, 0x21, 0, 20, 0x13, 0, 30, 0x25, 0]), (0x32, [0, 3, 0x61, 0x2F, 0x62, 0, 10, 2, 0x01, 1]),
            (0x90, [0, 1, 0, 2]), (0x40, [0, 1, 0x87, 5, 0x1F, 0, 2, 0x6E, 0x6F]),
        ]
        var refused = 0
        for (first, body) in whole {
            for count in 0..<body.count where Self.fault(first, Array(body.prefix(count))) != nil { refused += 1 }
        }
        // Left over are those that may be left out: an acknowledgement's reason code and properties.
        #expect(refused == whole.reduce(0) { $0 + $1.1.count } - 2)
    }

    @Test func `whatever comes, it is read or refused`() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<200_000 {
            let body = (0..<Int.random(in: 0...24, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) & [0xFF, 0x0F, 0x03].randomElement(using: &random)! }
            let first = UInt8(truncatingIfNeeded: random.next())
            _ = Self.fault(first, body, Bool.random(using: &random) ? .v5 : .v3_1_1)
        }
    }
}
