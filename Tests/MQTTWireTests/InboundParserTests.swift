import Bytes
import Testing

@testable import MQTTWire

@Suite struct InboundParserTests {
    /// The packets and the error, if any, of a stream, and how many bytes were taken before it.
    static func parse(_ bytes: [UInt8]) -> (packets: [InboundPacket], error: DecodeError?, accepted: Int) {
        var parser = InboundParser()
        var packets: [InboundPacket] = []
        for (index, byte) in bytes.enumerated() {
            do throws(DecodeError) {
                if let packet = try parser.take(byte) { packets.append(packet) }
            } catch {
                return (packets, error, index)
            }
        }
        return (packets, nil, bytes.count)
    }

    @Test func `a packet comes with its last byte and not before`() throws {
        var parser = InboundParser()
        let stream: [(UInt8, InboundPacket?)] = [
            (0x20, nil), (2, nil), (0, nil), (0, .connack(sessionPresent: false, returnCode: 0)),
            (0xD0, nil), (0, .pingresp),
            (0x40, nil), (2, nil), (0x12, nil), (0x34, .puback(packetID: 0x1234)),
            (0x20, nil), (2, nil), (1, nil), (0, .connack(sessionPresent: true, returnCode: 0)),
            (0x40, nil), (2, nil), (0xFF, nil), (0xFF, .puback(packetID: 65_535)),
            (0x40, nil), (2, nil), (0, nil), (1, .puback(packetID: 1)),
        ]
        for (byte, expected) in stream {
            let packet = try parser.take(byte)
            #expect(packet == expected)
        }
    }

    @Test func `every other first byte is refused at once`() {
        for first in UInt8.min...UInt8.max where ![0x20, 0x40, 0xD0].contains(first) {
            let result = Self.parse([first, 0, 0, 0])
            #expect(result.accepted == 0)
            #expect(result.error == DecodeError(.invalid, at: 0, in: "packet type"), "\(first)")
        }
    }

    @Test(arguments: [(0x20, 2), (0x40, 2), (0xD0, 0)] as [(UInt8, UInt8)])
    func `every other Remaining Length is refused at the second byte`(first: UInt8, right: UInt8) {
        for length in UInt8.min...UInt8.max where length != right {
            let result = Self.parse([first, length])
            #expect(result.accepted == 1)
            #expect(result.error == DecodeError(.invalid, at: 1, in: "Remaining Length"), "\(length)")
        }
        #expect(Self.parse([first, right]).error == nil)
    }

    @Test func `MQTT-3.2.2-1: reserved CONNACK flags are refused`() {
        for flags in UInt8(2)...255 {
            let result = Self.parse([0x20, 2, flags, 0])
            #expect(result.error == DecodeError(.invalid, at: 2, in: "Connect Acknowledge Flags"), "\(flags)")
            #expect(result.packets.isEmpty)
        }
    }

    @Test func `MQTT-3.2.2-4: a refusal with Session Present is refused itself`() {
        for code in UInt8(1)...255 {
            #expect(Self.parse([0x20, 2, 1, code]).error == DecodeError(.invalid, at: 2, in: "Session Present"), "\(code)")
        }
    }

    @Test func `every return code of a CONNACK is passed on`() {
        for code in UInt8.min...UInt8.max {
            #expect(Self.parse([0x20, 2, 0, code]).packets == [.connack(sessionPresent: false, returnCode: code)])
        }
    }

    @Test func `MQTT-2.3.1-1: packet identifier 0 is refused`() {
        #expect(Self.parse([0x40, 2, 0, 0]).error == DecodeError(.invalid, at: 2, in: "Packet Identifier"))
    }

    @Test func `every other packet identifier is passed on`() throws {
        var parser = InboundParser()
        for id in UInt16(1)...UInt16.max {
            _ = try parser.take(0x40)
            _ = try parser.take(2)
            _ = try parser.take(UInt8(id >> 8))
            let packet = try parser.take(UInt8(id & 0xFF))
            guard packet == .puback(packetID: id) else {
                Issue.record("\(id): \(String(describing: packet))")
                return
            }
        }
    }

    @Test func `an error has its offset from the start of the connection`() {
        let good: [UInt8] = [0x20, 2, 0, 0, 0xD0, 0, 0x40, 2, 0, 1]
        #expect(Self.parse(good + [0x30]).error == DecodeError(.invalid, at: 10, in: "packet type"))
        #expect(Self.parse(good + [0x40, 3]).error == DecodeError(.invalid, at: 11, in: "Remaining Length"))
        #expect(Self.parse(good + [0x40, 2, 0, 0]).error == DecodeError(.invalid, at: 12, in: "Packet Identifier"))
        #expect(Self.parse(good + [0x20, 2, 4, 0]).error == DecodeError(.invalid, at: 12, in: "Connect Acknowledge Flags"))
    }
}
