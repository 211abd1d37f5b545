import Bytes
import Testing

@testable import MQTTWire

/// CONNECT, MQTT 3.1.1 section 3.1.
@Suite struct ConnectPacketTests {
    @Test func `the smallest CONNECT has a client identifier and nothing else`() {
        let options = ConnectOptions(clientID: Array("pi".utf8), cleanSession: true, keepAlive: 60)
        #expect(
            written { options.write(to: &$0) }
                == wire(
                    [0x10],  // CONNECT, reserved flags 0
                    [14],  // Remaining Length
                    [0, 4, 0x4D, 0x51, 0x54, 0x54],  // "MQTT" [MQTT-3.1.2-1]
                    [4],  // protocol level [MQTT-3.1.2-2]
                    [0x02],  // clean session
                    [0, 60],  // keep alive
                    [0, 2, 0x70, 0x69]  // client identifier "pi"
                ))
    }

    @Test func `the fields of the payload come in the order of MQTT-3.1.3-1`() {
        let options = ConnectOptions(
            clientID: Array("pi".utf8), username: Array("me".utf8), password: [0x00, 0xFF, 0x80], cleanSession: false, keepAlive: 0xABCD,
            will: Message(topic: Array("s".utf8), payload: Array("off".utf8), qos: .atLeastOnce, retain: true))
        #expect(
            written { options.write(to: &$0) }
                == wire(
                    [0x10], [31],
                    [0, 4, 0x4D, 0x51, 0x54, 0x54], [4],
                    [0b1110_1100],  // user name, password, will retain, will QoS 1, will; no clean session
                    [0xAB, 0xCD],  // keep alive, most significant byte first
                    [0, 2, 0x70, 0x69],  // client identifier
                    [0, 1, 0x73],  // will topic
                    [0, 3, 0x6F, 0x66, 0x66],  // will message
                    [0, 2, 0x6D, 0x65],  // user name
                    [0, 3, 0x00, 0xFF, 0x80]  // password: any bytes (3.1.3.5)
                ))
    }

    /// Clean session × keep alive off × user name × password × will with each QoS and retain.
    static let combinations: [(clean: Bool, user: Bool, password: Bool, will: Bool, qos: QoS, retain: Bool)] = {
        var all: [(clean: Bool, user: Bool, password: Bool, will: Bool, qos: QoS, retain: Bool)] = []
        for clean in [false, true] {
            for (user, password) in [(false, false), (true, false), (true, true)] {
                all.append((clean, user, password, false, .atMostOnce, false))
                for qos in [QoS.atMostOnce, .atLeastOnce] {
                    for retain in [false, true] { all.append((clean, user, password, true, qos, retain)) }
                }
            }
        }
        return all
    }()

    @Test func `every combination of connect flags agrees with the fields that follow`() throws {
        #expect(Self.combinations.count == 30)
        var seen: Set<UInt8> = []
        for one in Self.combinations {
            let will = Message(topic: Array("will/topic".utf8), payload: Array("gone".utf8), qos: one.qos, retain: one.retain)
            let options = ConnectOptions(
                clientID: Array("client".utf8), username: one.user ? Array("user".utf8) : nil,
                password: one.password ? Array("secret".utf8) : nil, cleanSession: one.clean, keepAlive: 0, will: one.will ? will : nil)
            let bytes = try #require(written { options.write(to: &$0) })
            let packet = try #require(cut(bytes[...]))
            #expect(packet.first == 0x10 && packet.size == bytes.count)

            // Section 3.1.2.3, bit by bit.
            var flags = 0  // bit 0 is reserved [MQTT-3.1.2-3]
            if one.clean { flags += 2 }
            if one.will { flags += 4 }
            if one.will, one.qos == .atLeastOnce { flags += 8 }
            if one.will, one.retain { flags += 32 }
            if one.password { flags += 64 }
            if one.user { flags += 128 }
            let expected = wire(
                [0, 4, 0x4D, 0x51, 0x54, 0x54, 4, UInt8(flags), 0, 0], field("client"),
                one.will ? field("will/topic") + field("gone") : [], one.user ? field("user") : [], one.password ? field("secret") : [])
            #expect(packet.body == expected, "\(one)")
            seen.insert(UInt8(flags))
        }
        #expect(seen.count == 30)
    }

    @Test func `an empty user name, password, client identifier and will message are still fields`() {
        let options = ConnectOptions(
            clientID: [], username: [], password: [], will: Message(topic: Array("t".utf8), payload: [], qos: .atMostOnce, retain: false))
        #expect(
            written { options.write(to: &$0) }
                == wire(
                    [0x10], [21], field("MQTT"), [4],
                    [0b1100_0110],  // user name, password, will, clean session
                    [0, 60],
                    [0, 0],  // client identifier
                    [0, 1, 0x74],  // will topic
                    [0, 0],  // will message
                    [0, 0],  // user name
                    [0, 0]  // password
                ))
    }

    @Test func `a CONNECT with the longest will, name and password needs three bytes of Remaining Length`() throws {
        let long = [UInt8](repeating: 0x61, count: 65_535)
        let options = ConnectOptions(
            clientID: [0x63], username: long, password: long, will: Message(topic: long, payload: long, qos: .atMostOnce, retain: false))
        let bytes = try #require(written(capacity: 300_000) { options.write(to: &$0) })
        let packet = try #require(cut(bytes[...]))
        // 10 of variable header, 3 of client identifier, 4 fields of 65,537.
        #expect(packet.body.count == 10 + 3 + 4 * 65_537)
        #expect(bytes.count == 1 + 3 + packet.body.count)
    }

    @Test func `MQTT-3.1.2-22: a password without a user name is refused`() async {
        await #expect(processExitsWith: .failure) {
            _ = ConnectOptions(clientID: [0x63], username: nil, password: [0x70])
        }
    }

    @Test func `a message longer than 16 bits can express is refused`() async {
        await #expect(processExitsWith: .failure) {
            _ = Message(topic: [0x74], payload: [UInt8](repeating: 0, count: 65_536), qos: .atMostOnce, retain: false)
        }
    }
}
