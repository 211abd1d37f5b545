import Bytes

/// What a broker may send to a client that only publishes.
public enum InboundPacket: Equatable, Sendable {
    /// 3.2; `returnCode` 0 is accepted.
    case connack(sessionPresent: Bool, returnCode: UInt8)
    /// 3.4
    case puback(packetID: UInt16)
    /// 3.13
    case pingresp
}

/// Cuts the broker's byte stream into packets.
///
/// Each packet this client accepts has a Remaining Length below 128, known from its type, so no packet is longer than 4 bytes
/// and nothing else is ever stored: a header that announces anything else is refused when its second byte arrives.
public struct InboundParser: Sendable {
    private var partial: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
    private var count = 0
    /// Bytes taken from this connection, for the errors' offsets.
    private var taken = 0

    public init() {}

    /// Takes one byte; a packet when it completes one.
    /// - Throws: `DecodeError` on anything but a well-formed CONNACK, PUBACK or PINGRESP; the connection must then be closed [MQTT-4.8.0-1].
    public mutating func take(_ byte: UInt8) throws(DecodeError) -> InboundPacket? {
        switch count {
        case 0:
            // The lower 4 bits are reserved and 0 in all three (2.2.2).
            guard byte == PacketType.connack << 4 || byte == PacketType.puback << 4 || byte == PacketType.pingresp << 4 else {
                throw DecodeError(.invalid, at: taken, in: "packet type")
            }
            partial.0 = byte
        case 1:
            let expected: UInt8 = partial.0 == PacketType.pingresp << 4 ? 0 : 2
            guard byte == expected else { throw DecodeError(.invalid, at: taken, in: "Remaining Length") }
        case 2: partial.2 = byte
        default: partial.3 = byte
        }
        taken += 1
        count += 1
        switch (partial.0 >> 4, count) {
        case (PacketType.pingresp, 2):
            count = 0
            return .pingresp
        case (PacketType.connack, 4):
            guard partial.2 & 0xFE == 0 else { throw DecodeError(.invalid, at: taken - 2, in: "Connect Acknowledge Flags") }
            // A refusal with Session Present set contradicts itself [MQTT-3.2.2-4].
            guard partial.2 == 0 || partial.3 == 0 else { throw DecodeError(.invalid, at: taken - 2, in: "Session Present") }
            count = 0
            return .connack(sessionPresent: partial.2 == 1, returnCode: partial.3)
        case (PacketType.puback, 4):
            let packetID = UInt16(partial.2) << 8 | UInt16(partial.3)
            guard packetID != 0 else { throw DecodeError(.invalid, at: taken - 2, in: "Packet Identifier") }
            count = 0
            return .puback(packetID: packetID)
        default:
            return nil
        }
    }
}
