import Foundation

/// A btsnoop file in the test's own words: the daemon's reader is what is under test.
struct CaptureFile {
    struct Record {
        /// Microseconds since 1970.
        var time: Int64
        /// | 2 received, event | of the flags; kept as read.
        var flags: UInt32
        var bytes: [UInt8]
    }

    /// 1001 HCI without packet type, 1002 with it (H4), 2001 BlueZ's monitor.
    var datalink: UInt32
    var records: [Record]

    /// Microseconds from year 0 to 1970.
    private static let epoch: Int64 = 0x00DC_DDB3_0F2F_8000

    struct Unreadable: Error {
        let path: String
    }

    init(records: [Record] = []) {
        datalink = 1002
        self.records = records
    }

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw Unreadable(path: path) }
        let bytes = [UInt8](data)
        func integer(_ offset: Int, _ size: Int) -> UInt64 {
            bytes[offset..<offset + size].reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard bytes.count >= 16, bytes.starts(with: Array("btsnoop\0".utf8)) else { throw Unreadable(path: path) }
        datalink = UInt32(integer(12, 4))
        records = []
        var offset = 16
        while offset + 24 <= bytes.count {
            let size = Int(integer(offset + 4, 4))
            guard offset + 24 + size <= bytes.count else { throw Unreadable(path: path) }
            records.append(
                Record(
                    time: Int64(bitPattern: integer(offset + 16, 8)) - Self.epoch, flags: UInt32(integer(offset + 8, 4)),
                    bytes: Array(bytes[offset + 24..<offset + 24 + size])))
            offset += 24 + size
        }
    }

    /// An event packet with its H4 type in front.
    mutating func append(event: [UInt8], at time: Int64) {
        records.append(Record(time: time, flags: 1, bytes: event))
    }

    func write(to path: String) throws {
        var bytes = Array("btsnoop\0".utf8)
        func put(_ value: UInt64, _ size: Int) {
            for shift in stride(from: (size - 1) * 8, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
        }
        put(1, 4)
        put(UInt64(datalink), 4)
        for record in records {
            put(UInt64(record.bytes.count), 4)
            put(UInt64(record.bytes.count), 4)
            put(UInt64(record.flags), 4)
            put(0, 4)
            put(UInt64(bitPattern: record.time + Self.epoch), 8)
            bytes += record.bytes
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// HCI event packets with the H4 type in front, whatever the datalink, nil for records that are none.
    var events: [[UInt8]?] {
        records.map { record in
            switch datalink {
            case 1001: record.flags & 3 == 3 ? [0x04] + record.bytes : nil
            case 2001: record.flags & 0xFFFF == 3 ? [0x04] + record.bytes : nil
            default: record.bytes.first == 0x04 ? record.bytes : nil
            }
        }
    }
}
