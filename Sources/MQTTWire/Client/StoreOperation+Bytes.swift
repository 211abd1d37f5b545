import Bytes

/// How a file keeps the operations: | 1 kind | fields |, big-endian.
extension ClientSession.StoreOperation {
    private enum Kind: UInt8 {
        /// | 8 number | 1 QoS, 0x80 retain | 2 + n topic | 4 + n properties | payload |
        case publish = 1
        /// | 8 number |
        case release = 2
        case finish = 3
        /// | 2 packet identifier |
        case received = 4
        case released = 5
        case forgetReceived = 6
    }

    public func append(to bytes: inout [UInt8]) {
        func add(_ kind: Kind, _ number: UInt64) {
            bytes.append(kind.rawValue)
            bytes.append(bigEndian: number)
        }
        switch self {
        case .publish(let number, let message):
            add(.publish, number)
            bytes.append(message.qos.rawValue | (message.retain ? 0x80 : 0))
            bytes.append(field: message.topic.utf8)
            bytes.append(bigEndian: UInt32(message.properties.encoded.count))
            bytes += message.properties.encoded
            bytes += message.payload
        case .release(let number): add(.release, number)
        case .finish(let number): add(.finish, number)
        case .received(let packetID):
            bytes.append(Kind.received.rawValue)
            bytes.append(bigEndian: packetID)
        case .released(let packetID):
            bytes.append(Kind.released.rawValue)
            bytes.append(bigEndian: packetID)
        case .forgetReceived: bytes.append(Kind.forgetReceived.rawValue)
        }
    }

    /// - Throws: `DecodeError` at anything that `append` does not write.
    public init(_ bytes: RawSpan) throws(DecodeError) {
        var reader = ByteReader(0..<bytes.byteCount)
        guard let kind = Kind(rawValue: try reader.u8(bytes, "kind")) else { throw DecodeError(.invalid, at: 0, in: "kind") }
        switch kind {
        case .publish:
            let number = try reader.u64BigEndian(bytes, "number")
            let flags = try reader.u8(bytes, "QoS")
            guard let qos = QoS(rawValue: flags & 0x7F) else { throw DecodeError(.invalid, at: 9, in: "QoS") }
            let topic = try reader.text(bytes, "topic")
            let count = Int(try reader.u32BigEndian(bytes, "properties"))
            let start = try reader.skip(count, "properties")
            let properties = try Properties(stored: bytes, start..<start + count)
            let payload = try reader.skip(reader.remaining, "payload")
            self = .publish(
                number: number,
                ApplicationMessage(
                    topic: topic, payload: bytes.array(payload..<reader.offset), qos: qos, retain: flags & 0x80 != 0, properties: properties))
        case .release: self = .release(number: try reader.u64BigEndian(bytes, "number"))
        case .finish: self = .finish(number: try reader.u64BigEndian(bytes, "number"))
        case .received: self = .received(packetID: try reader.u16BigEndian(bytes, "packet identifier"))
        case .released: self = .released(packetID: try reader.u16BigEndian(bytes, "packet identifier"))
        case .forgetReceived: self = .forgetReceived
        }
        guard reader.remaining == 0 else { throw DecodeError(.trailing, at: reader.offset, in: "operation") }
    }
}
