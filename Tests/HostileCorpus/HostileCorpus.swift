/// What a hostile, broken or foreign server may say to a client that only publishes: the project's own corpus, made by rule.
///
/// Each case is what the server sends at one stage of a connection, and what must become of the connection. Nothing here knows the
/// client's code: the expectation is from MQTT 3.1.1.
public struct HostileCase: Sendable, CustomStringConvertible {
    /// When the server says it.
    public enum Stage: CaseIterable, Sendable {
        /// After CONNECT, instead of CONNACK.
        case awaitingConnack
        /// After CONNACK and the client's first PUBLISH.
        case online
        /// After the client's DISCONNECT.
        case disconnecting
    }

    /// What the client does.
    public enum Outcome: Equatable, Sendable {
        /// Closes at once, for the server has broken the protocol.
        case violation
        /// Closes at once, for it was refused.
        case refused
        /// Closes when its patience is at an end: what was said is not complete.
        case timeout
        /// Goes on: odd, but harmless.
        case tolerated
    }

    public let name: String
    public let stage: Stage
    public let bytes: [UInt8]
    public let outcome: Outcome

    public var description: String { "\(name), \(stage)" }
}

/// The corpus.
public enum HostileCorpus {
    /// The packets that a server may send a publisher: type with flags, and Remaining Length.
    private static let known: [UInt8: Int] = [0x20: 2, 0x40: 2, 0xD0: 0]

    /// What must become of a connection on which the server says `bytes`, read by the specification, packet by packet.
    private static func outcome(_ bytes: [UInt8], at stage: HostileCase.Stage) -> HostileCase.Outcome {
        var rest = bytes[...]
        var isAccepted = stage != .awaitingConnack
        // Packets that answer something: one message may wait for its PUBACK, and one of the client's own. A hundred more are borne.
        var answers = 0
        while let first = rest.first {
            guard let size = known[first] else { return .violation }
            guard rest.count >= 2 else { break }
            guard rest[rest.startIndex + 1] == size else { return .violation }
            let body = Array(rest.dropFirst(2).prefix(size))
            guard body.count == size else { break }
            switch first {
            case 0x20:
                guard !isAccepted, body[0] < 2, body[0] == 0 || body[1] == 0 else { return .violation }
                guard body[1] == 0 else { return .refused }
                isAccepted = true
            case 0x40:
                guard isAccepted, body != [0, 0] else { return .violation }
            default:
                guard isAccepted else { return .violation }
            }
            rest = rest.dropFirst(2 + size)
            if first != 0x20 { answers += 1 }
            if answers > 102 { return .violation }
        }
        return isAccepted ? .tolerated : .timeout
    }

    /// Remaining Lengths, well-formed and not: | bytes of the length field |.
    private static let lengths: [(name: String, bytes: [UInt8])] = [
        ("length 0", [0]), ("length 1", [1]), ("length 2", [2]), ("length 3", [3]), ("length 127", [127]), ("length 128", [0x80, 1]),
        ("length 2 in two bytes", [0x82, 0]), ("length 2 in four", [0x82, 0x80, 0x80, 0]), ("length 16,384", [0x80, 0x80, 1]),
        ("length 268,435,455", [0xFF, 0xFF, 0xFF, 0x7F]), ("a length of five bytes", [0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        ("a length without end", [UInt8](repeating: 0x80, count: 40)),
    ]

    /// Whole packets of both protocols and every type, as a server might send them by mistake.
    private static let packets: [(name: String, bytes: [UInt8])] = [
        ("CONNECT", [0x10, 12, 0, 4, 0x4D, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0]), ("CONNACK", [0x20, 2, 0, 0]),
        ("CONNACK with a session", [0x20, 2, 1, 0]), ("CONNACK of MQTT 5", [0x20, 3, 0, 0, 0]),
        ("PUBLISH", [0x30, 4, 0, 1, 0x74, 0x78]), ("PUBLISH QoS 1", [0x32, 6, 0, 1, 0x74, 0, 1, 0x78]),
        ("PUBLISH QoS 3", [0x36, 6, 0, 1, 0x74, 0, 1, 0x78]), ("PUBACK", [0x40, 2, 0, 1]), ("PUBACK of MQTT 5", [0x40, 4, 0, 1, 0x10, 0]),
        ("PUBREC", [0x50, 2, 0, 1]), ("PUBREL", [0x62, 2, 0, 1]), ("PUBCOMP", [0x70, 2, 0, 1]),
        ("SUBSCRIBE", [0x82, 6, 0, 1, 0, 1, 0x74, 0]), ("SUBACK", [0x90, 3, 0, 1, 0]), ("UNSUBSCRIBE", [0xA2, 5, 0, 1, 0, 1, 0x74]),
        ("UNSUBACK", [0xB0, 2, 0, 1]), ("PINGREQ", [0xC0, 0]), ("PINGRESP", [0xD0, 0]), ("DISCONNECT", [0xE0, 0]),
        ("DISCONNECT of MQTT 5", [0xE0, 2, 0x8E, 0]), ("AUTH", [0xF0, 0]), ("HTTP", Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)),
        ("a TLS alert", [0x15, 3, 1, 0, 2, 2, 40]), ("SSH", Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)), ("SMTP", Array("220 mail ESMTP\r\n".utf8)),
        ("AMQP", Array("AMQP".utf8) + [0, 0, 9, 1]), ("zeros", [UInt8](repeating: 0, count: 64)), ("ones", [UInt8](repeating: 0xFF, count: 64)),
    ]

    /// All cases, the same at every call: over 12,000.
    public static let cases: [HostileCase] = {
        var all: [HostileCase] = []
        for stage in HostileCase.Stage.allCases {
            func add(_ name: String, _ bytes: [UInt8]) {
                all.append(HostileCase(name: name, stage: stage, bytes: bytes, outcome: outcome(bytes, at: stage)))
            }
            headers(add)
            truncations(add)
            connacks(add)
            acknowledgements(add)
            sequences(add)
            giants(add)
            garbage(behind: stage == .awaitingConnack ? [0x20, 2, 0, 0] : [0xD0, 0], add)
        }
        return all
    }()

    private typealias Add = (String, [UInt8]) -> Void

    /// Every type with every flags nibble and every kind of length, and two bytes behind.
    private static func headers(_ add: Add) {
        for first in UInt8(0)...255 {
            for length in lengths {
                var bytes: [UInt8] = [first]
                bytes += length.bytes
                bytes += [0, 1]
                add("type \(first >> 4), flags \(first & 15), \(length.name)", bytes)
            }
        }
    }

    /// Every packet, cut after every byte, and with something behind it.
    private static func truncations(_ add: Add) {
        let tails: [[UInt8]] = [[0], [0x20], [0xD0], [0xFF, 0xFF]]
        for packet in packets {
            for count in 1...packet.bytes.count {
                add("\(packet.name), \(count) of \(packet.bytes.count) bytes", Array(packet.bytes.prefix(count)))
            }
            for tail in tails { add("\(packet.name) and \(tail) behind", packet.bytes + tail) }
        }
    }

    /// Every return code, every flags byte.
    private static func connacks(_ add: Add) {
        for value in UInt8(0)...255 {
            add("CONNACK, code \(value)", [0x20, 2, 0, value])
            add("CONNACK, flags \(value)", [0x20, 2, value, 0])
            add("CONNACK, session present and code \(value)", [0x20, 2, 1, value])
        }
    }

    /// PUBACKs of identifiers that were used, were not, cannot be.
    private static func acknowledgements(_ add: Add) {
        let identifiers: [UInt16] = [0, 1, 2, 255, 256, 59_999, 60_000, 60_001, 60_002, 65_535]
        for id in identifiers {
            let puback: [UInt8] = [0x40, 2, UInt8(id >> 8), UInt8(id & 0xFF)]
            var thousand: [UInt8] = []
            for _ in 0..<1_000 { thousand += puback }
            add("PUBACK \(id)", puback)
            add("PUBACK \(id) twice", puback + puback)
            add("PUBACK \(id) a thousand times", thousand)
        }
    }

    /// Every two packets, one behind the other.
    private static func sequences(_ add: Add) {
        for one in packets.prefix(21) {
            for other in packets.prefix(21) { add("\(one.name), \(other.name)", one.bytes + other.bytes) }
        }
    }

    /// Headers that announce up to 256 MB, and some of what they announce.
    private static func giants(_ add: Add) {
        for type in UInt8(1)...15 {
            for size in [1, 1_000, 65_536] {
                var bytes: [UInt8] = [type << 4, 0xFF, 0xFF, 0xFF, 0x7F]
                bytes += [UInt8](repeating: type, count: size)
                add("256 MB of type \(type), \(size) bytes of them", bytes)
            }
        }
    }

    /// Bytes by chance, one third of them behind a good beginning.
    private static func garbage(behind beginning: [UInt8], _ add: Add) {
        for seed in UInt64(0)..<300 {
            var state: UInt64 = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xB5
            func next() -> UInt8 {
                // xorshift64.
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return UInt8(truncatingIfNeeded: state >> 24)
            }
            var bytes: [UInt8] = seed % 3 == 0 ? beginning : []
            for _ in 0...Int(next()) { bytes.append(next()) }
            add("garbage \(seed)", bytes)
        }
    }
}
