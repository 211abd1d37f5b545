import Bytes
import Testing

@testable import MQTTWire

/// What a client sends, MQTT 5 and 3.1.1 chapter 3, byte by byte.
@Suite struct ClientPacketTests {
    @Test func `3.1 CONNECT of MQTT 5 with all that it can have`() {
        var will = ApplicationMessage(topic: "w", text: "gone", qos: .atLeastOnce, retain: true)
        will.properties.contentType = "t"
        let options = ClientSession.Options(
            clientID: "id", userName: "u", password: [0x70], persistence: .persistent(expiry: 3600), keepAlive: 60, will: Will(will, delay: 5),
            receiveMaximum: 20, maximumPacketSize: 65_536, topicAliasMaximum: 10, userProperties: [UserProperty("k", "v")])
        var bytes: [UInt8] = []
        bytes.appendConnect(options, version: .v5, cleanStart: false)
        #expect(
            bytes == [
                0x10, 0x3F,  // CONNECT, Remaining Length 63
                0x00, 0x04, 0x4D, 0x51, 0x54, 0x54,  // "MQTT"
                0x05,  // protocol version
                0xEC,  // user name, password, will retain, will QoS 1, will
                0x00, 0x3C,  // keep alive 60 s
                0x17,  // Property Length
                0x11, 0x00, 0x00, 0x0E, 0x10,  // Session Expiry Interval 3600 s
                0x21, 0x00, 0x14,  // Receive Maximum 20
                0x27, 0x00, 0x01, 0x00, 0x00,  // Maximum Packet Size 65,536
                0x22, 0x00, 0x0A,  // Topic Alias Maximum 10
                0x26, 0x00, 0x01, 0x6B, 0x00, 0x01, 0x76,  // User Property k: v
                0x00, 0x02, 0x69, 0x64,  // Client Identifier
                0x09,  // Will Properties
                0x03, 0x00, 0x01, 0x74,  // Content Type
                0x18, 0x00, 0x00, 0x00, 0x05,  // Will Delay Interval 5 s
                0x00, 0x01, 0x77,  // Will Topic
                0x00, 0x04, 0x67, 0x6F, 0x6E, 0x65,  // Will Payload
                0x00, 0x01, 0x75,  // User Name
                0x00, 0x01, 0x70,  // Password
            ])
    }

    @Test func `3.1 CONNECT of MQTT 3.1.1`() {
        var bytes: [UInt8] = []
        bytes.appendConnect(ClientSession.Options(clientID: "", keepAlive: 0), version: .v3_1_1, cleanStart: true)
        #expect(bytes == [0x10, 12, 0, 4, 0x4D, 0x51, 0x54, 0x54, 4, 0x02, 0, 0, 0, 0])
    }

    @Test func `3.3 PUBLISH`() {
        var message = ApplicationMessage(topic: "a/b", text: "hi", qos: .exactlyOnce, retain: true)
        message.properties.messageExpiryInterval = 60
        var bytes: [UInt8] = []
        bytes.appendPublish(message, version: .v5, packetID: 10, isDuplicate: true, alias: nil)
        #expect(
            bytes == [
                0x3D, 0x0F,  // PUBLISH, DUP, QoS 2, retain; Remaining Length
                0x00, 0x03, 0x61, 0x2F, 0x62,  // Topic Name
                0x00, 0x0A,  // Packet Identifier
                0x05, 0x02, 0x00, 0x00, 0x00, 0x3C,  // Message Expiry Interval
                0x68, 0x69,
            ])
        bytes = []
        bytes.appendPublish(message, version: .v3_1_1, packetID: 10, isDuplicate: false, alias: nil)
        #expect(bytes == [0x35, 9, 0, 3, 0x61, 0x2F, 0x62, 0, 10, 0x68, 0x69])
        message.qos = .atMostOnce
        bytes = []
        bytes.appendPublish(message, version: .v5, packetID: 0, isDuplicate: false, alias: TopicAliases.Use(number: 3, isKnown: true))
        #expect(bytes == [0x31, 13, 0, 0, 8, 0x23, 0, 3, 0x02, 0, 0, 0, 0x3C, 0x68, 0x69])
    }

    @Test(arguments: [0, 1, 119, 120, 121, 16_374, 16_375, 16_376, 2_097_142, 2_097_143, 2_097_144])
    func `a PUBLISH is as long as it says, whatever its Remaining Length takes`(size: Int) throws {
        let message = ApplicationMessage(topic: "a/b", payload: [UInt8](repeating: 1, count: size), qos: .atLeastOnce)
        for version in ProtocolVersion.allCases {
            var bytes: [UInt8] = []
            bytes.appendPublish(message, version: version, packetID: 1, isDuplicate: false, alias: nil)
            #expect(bytes.count == PacketSize.whole(remaining: message.remaining(version)))
            var framer = PacketFramer(limit: 1 << 28)
            var seen: [Int] = []
            try framer.feed(bytes.span.bytes) { _, body in
                seen.append(body.byteCount)
                return true
            }
            #expect(seen == [message.remaining(version)])
        }
    }

    @Test func `3.4 to 3.7 acknowledgements have no reason code where there is nothing to say`() {
        var bytes: [UInt8] = []
        bytes.appendAcknowledgement(.puback, packetID: 0x0102, version: .v5)
        bytes.appendAcknowledgement(.pubrel, packetID: 1, version: .v3_1_1)
        bytes.appendAcknowledgement(.pubcomp, packetID: 1, .packetIdentifierNotFound, version: .v5)
        bytes.appendAcknowledgement(.pubcomp, packetID: 1, .packetIdentifierNotFound, version: .v3_1_1)
        #expect(bytes == [0x40, 2, 1, 2, 0x62, 2, 0, 1, 0x70, 3, 0, 1, 0x92, 0x70, 2, 0, 1])
    }

    @Test func `3.8 and 3.10 SUBSCRIBE and UNSUBSCRIBE`() throws {
        let plain = SubscriptionRequest(try TopicFilter("a"), qos: .exactlyOnce)
        let full = SubscriptionRequest(try TopicFilter("b/#"), qos: .atLeastOnce, noLocal: true, retainAsPublished: true, retainHandling: .doNotSend)
        let shared = SubscriptionRequest(try TopicFilter("$share/g/c"), qos: .atMostOnce, noLocal: true)
        var bytes: [UInt8] = []
        bytes.appendSubscribe([plain, full, shared], identifier: 200, packetID: 7, version: .v5)
        #expect(
            bytes == [
                0x82, 0x1D, 0x00, 0x07,  // SUBSCRIBE, Packet Identifier 7
                0x03, 0x0B, 0xC8, 0x01,  // Subscription Identifier 200
                0x00, 0x01, 0x61, 0x02,
                0x00, 0x03, 0x62, 0x2F, 0x23, 0x2D,  // QoS 1, No Local, Retain As Published, Retain Handling 2
                // No Local is not for shared subscriptions [MQTT-3.8.3-4].
                0x00, 0x0A, 0x24, 0x73, 0x68, 0x61, 0x72, 0x65, 0x2F, 0x67, 0x2F, 0x63, 0x00,
            ])
        bytes = []
        bytes.appendSubscribe([full], identifier: 200, packetID: 7, version: .v3_1_1)
        #expect(bytes == [0x82, 8, 0, 7, 0, 3, 0x62, 0x2F, 0x23, 1])
        bytes = []
        bytes.appendUnsubscribe([try TopicFilter("a")], packetID: 8, version: .v5)
        bytes.appendUnsubscribe([try TopicFilter("a")], packetID: 8, version: .v3_1_1)
        #expect(bytes == [0xA2, 6, 0, 8, 0, 0, 1, 0x61, 0xA2, 5, 0, 8, 0, 1, 0x61])
    }

    @Test func `3.12 and 3.14 PINGREQ and DISCONNECT`() {
        var bytes: [UInt8] = []
        bytes.appendPing()
        bytes.appendDisconnect(.success, sessionExpiry: nil, version: .v5)
        bytes.appendDisconnect(.disconnectWithWill, sessionExpiry: 0, version: .v5)
        bytes.appendDisconnect(.protocolError, sessionExpiry: 0, version: .v3_1_1)
        #expect(bytes == [0xC0, 0, 0xE0, 0, 0xE0, 7, 0x04, 5, 0x11, 0, 0, 0, 0, 0xE0, 0])
    }
}
