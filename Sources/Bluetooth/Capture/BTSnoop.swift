import Bytes

/// The btsnoop file format (RFC 1761's record layout with Bluetooth datalinks), all integers big-endian:
///
///     header   8 "btsnoop\0" | 4 version = 1 | 4 datalink
///     record   4 original length | 4 included length | 4 flags | 4 cumulative drops | 8 time stamp | n data
public enum BTSnoop {
    /// How a record's data is framed.
    public enum Datalink: UInt32, Sendable {
        /// HCI without a packet type; flags say what it is: bit 0 received, bit 1 command or event.
        case unencapsulated = 1001
        /// HCI UART: the H4 packet type comes first.
        case h4 = 1002
        /// BlueZ's monitor: flags are | 2 adapter index | 2 monitor opcode |.
        case monitor = 2001
    }

    /// One record; `data` lies in the bytes that were parsed.
    public struct Record: Equatable, Sendable {
        /// Length on the wire; the capture may have kept less.
        public var originalLength: Int
        public var flags: UInt32
        /// Microseconds since 1970-01-01 UTC; negative before. Any value, for it is the file's.
        public var unixMicroseconds: Int64
        public var data: Range<Int>
    }

    public static let headerSize = 16
    public static let recordHeaderSize = 24
    /// The longest data this reader takes: an ACL packet with its H4 header is the longest HCI knows.
    public static let maximumData = 65_540
    /// Microseconds from year 0, where the time stamps start, to 1970.
    static let epoch: Int64 = 0x00DC_DDB3_0F2F_8000

    /// - Throws: `DecodeError` where the magic, the version or the datalink is not one of these.
    public static func header(_ bytes: RawSpan) throws(DecodeError) -> Datalink {
        var reader = ByteReader(0..<bytes.byteCount)
        guard try reader.u64BigEndian(bytes, "btsnoop magic") == 0x6274_736E_6F6F_7000 else {
            throw DecodeError(.invalid, at: 0, in: "btsnoop magic")
        }
        guard try reader.u32BigEndian(bytes, "btsnoop version") == 1 else { throw DecodeError(.invalid, at: 8, in: "btsnoop version") }
        guard let datalink = Datalink(rawValue: try reader.u32BigEndian(bytes, "btsnoop datalink")) else {
            throw DecodeError(.invalid, at: 12, in: "btsnoop datalink")
        }
        return datalink
    }

    /// The record at `start`, nil if more bytes are needed.
    /// - Throws: `DecodeError` where the lengths are impossible: the file is malformed and what follows cannot be found.
    public static func record(_ bytes: RawSpan, at start: Int) throws(DecodeError) -> Record? {
        guard bytes.byteCount - start >= recordHeaderSize else { return nil }
        var reader = ByteReader(start..<bytes.byteCount)
        let original = try reader.u32BigEndian(bytes, "original length")
        let included = Int(try reader.u32BigEndian(bytes, "included length"))
        guard included <= original, included <= maximumData else { throw DecodeError(.oversized, at: start + 4, in: "included length") }
        let flags = try reader.u32BigEndian(bytes, "flags")
        _ = try reader.skip(4, "cumulative drops")
        let time = Int64(bitPattern: try reader.u64BigEndian(bytes, "time stamp"))
        guard reader.remaining >= included else { return nil }
        return Record(
            originalLength: Int(original), flags: flags, unixMicroseconds: time.subtractingClamped(epoch),
            data: reader.offset..<reader.offset + included)
    }

    /// How the record holds an HCI event, nil for anything else.
    public static func eventFraming(of record: Record, _ datalink: Datalink, in bytes: RawSpan) -> CaptureRecord.Framing? {
        switch datalink {
        case .unencapsulated: record.flags & 3 == 3 ? .withoutPacketType : nil
        case .h4: LinkType.h4Event(record.data, in: bytes)
        case .monitor: UInt16(truncatingIfNeeded: record.flags) == Monitor.event ? .withoutPacketType : nil
        }
    }
}

extension CaptureRecord {
    init(_ record: BTSnoop.Record, _ datalink: BTSnoop.Datalink, in bytes: RawSpan) {
        let direction: Direction =
            switch datalink {
            // The one flag that all of these have: 1 received.
            case .unencapsulated, .h4: record.flags & 1 == 1 ? .received : .sent
            case .monitor: Monitor.direction(UInt16(truncatingIfNeeded: record.flags))
            }
        self.init(
            CapturedPacket(direction: direction, event: BTSnoop.eventFraming(of: record, datalink, in: bytes), data: record.data),
            unixMicroseconds: record.unixMicroseconds, isWhole: record.data.count == record.originalLength)
    }
}
