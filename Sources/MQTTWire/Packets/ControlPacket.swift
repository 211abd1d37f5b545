import Bytes

/// Quality of service, MQTT 5 section 4.3.
public enum QoS: UInt8, CaseIterable, Sendable {
    case atMostOnce = 0
    case atLeastOnce = 1
    /// Only of the client; a publisher that counts what it delivers has no use for it.
    case exactlyOnce = 2
}

/// Control packet types: the upper 4 bits of the fixed header's first byte, MQTT 3.1.1 section 2.2.1.
enum PacketType {
    static let connect: UInt8 = 1
    static let connack: UInt8 = 2
    static let publish: UInt8 = 3
    static let puback: UInt8 = 4
    static let subscribe: UInt8 = 8
    static let suback: UInt8 = 9
    static let unsubscribe: UInt8 = 10
    static let unsuback: UInt8 = 11
    static let pingreq: UInt8 = 12
    static let pingresp: UInt8 = 13
    static let disconnect: UInt8 = 14
}

/// Flags of PUBLISH: the lower 4 bits of the fixed header's first byte, MQTT 3.1.1 section 3.3.1.
enum PublishFlag {
    static let duplicate: UInt8 = 0x08
    static let retain: UInt8 = 0x01
}

/// A message to be published: the will, or one of the daemon's own.
public struct Message: Equatable, Sendable {
    public var topic: [UInt8]
    public var payload: [UInt8]
    public var qos: QoS
    public var retain: Bool

    /// - Precondition: topic and payload are at most 65,535 bytes, for a will's length is 16 bits.
    public init(topic: [UInt8], payload: [UInt8], qos: QoS, retain: Bool) {
        precondition(topic.count <= 65_535 && payload.count <= 65_535)
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
    }
}

/// The contents of CONNECT, MQTT 3.1.1 section 3.1.
public struct ConnectOptions: Equatable, Sendable {
    public var clientID: [UInt8]
    public var username: [UInt8]?
    /// - Precondition: none without a username [MQTT-3.1.2-22].
    public var password: [UInt8]?
    public var cleanSession: Bool
    /// Seconds; 0 switches keep alive off.
    public var keepAlive: UInt16
    public var will: Message?

    public init(
        clientID: [UInt8], username: [UInt8]? = nil, password: [UInt8]? = nil, cleanSession: Bool = true, keepAlive: UInt16 = 60,
        will: Message? = nil
    ) {
        precondition(password == nil || username != nil)
        self.clientID = clientID
        self.username = username
        self.password = password
        self.cleanSession = cleanSession
        self.keepAlive = keepAlive
        self.will = will
    }

    /// The CONNECT packet.
    ///
    /// Variable header: | 2 + 4 "MQTT" | 1 protocol level 4 | 1 connect flags | 2 keep alive |; payload: client identifier,
    /// will topic, will message, user name, password, each with a 16-bit length and only where there is one.
    func write(to writer: inout ByteWriter) {
        var flags: UInt8 = cleanSession ? 0x02 : 0
        if let will { flags |= 0x04 | will.qos.rawValue << 3 | (will.retain ? 0x20 : 0) }
        if username != nil { flags |= 0x80 }
        if password != nil { flags |= 0x40 }
        writer.packet(PacketType.connect << 4) { writer in
            writer.field([0x4D, 0x51, 0x54, 0x54])
            writer.u8(4)
            writer.u8(flags)
            writer.u16BigEndian(keepAlive)
            writer.field(clientID)
            if let will {
                writer.field(will.topic)
                writer.field(will.payload)
            }
            if let username { writer.field(username) }
            if let password { writer.field(password) }
        }
    }
}

extension ByteWriter {
    /// Bytes with a 16-bit length before them: MQTT 3.1.1 section 1.5.3.
    mutating func field(_ value: [UInt8]) {
        precondition(value.count <= 65_535)
        u16BigEndian(UInt16(value.count))
        bytes(value)
    }

    /// A control packet: first byte, Remaining Length, and what `body` writes.
    ///
    /// Two bytes are kept free for the Remaining Length (2.2.3), which fit bodies of 128 to 16,383 bytes; others are moved.
    mutating func packet(_ first: UInt8, _ body: (inout ByteWriter) -> Void) {
        let reserved = 2
        let start = count
        u8(first)
        u16BigEndian(0)
        let bodyStart = count
        body(&self)
        guard !isFull else { return }
        let length = count - bodyStart
        precondition(length <= 268_435_455)
        let digits = length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4
        if digits > reserved { for _ in reserved..<digits { u8(0) } }
        guard !isFull else { return }
        let memory = written.baseAddress! + start + 1
        if digits != reserved { (memory + digits).copyMemory(from: memory + reserved, byteCount: length) }
        if digits < reserved { rewind(to: count - (reserved - digits)) }
        var rest = length
        for index in 0..<digits {
            let digit = UInt8(rest & 0x7F)
            rest >>= 7
            memory.storeBytes(of: rest > 0 ? digit | 0x80 : digit, toByteOffset: index, as: UInt8.self)
        }
    }
}
