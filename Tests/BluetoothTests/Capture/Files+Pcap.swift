import Bytes

@testable import Bluetooth

/// An integer of a file, in its byte order.
func number<Value: FixedWidthInteger>(_ value: Value, _ order: ByteOrder) -> [UInt8] {
    withUnsafeBytes(of: order == .big ? value.bigEndian : value.littleEndian, Array.init)
}

/// | 4 magic | 2 major | 2 minor | 8 reserved | 4 snapshot length | 4 link type |
func pcapHeader(order: ByteOrder = .little, magic: UInt32 = 0xA1B2_C3D4, major: UInt16 = 2, minor: UInt16 = 4, linkType: UInt32 = 187) -> [UInt8] {
    number(magic, order) + number(major, order) + number(minor, order) + [UInt8](repeating: 0xEE, count: 8) + number(UInt32(65_535), order)
        + number(linkType, order)
}

/// | 4 seconds | 4 fraction | 4 captured length | 4 original length | n data |
func pcapRecord(
    order: ByteOrder = .little, seconds: UInt32 = 1, fraction: UInt32 = 0, captured: UInt32? = nil, original: UInt32? = nil, _ data: [UInt8]
) -> [UInt8] {
    number(seconds, order) + number(fraction, order) + number(captured ?? UInt32(data.count), order)
        + number(original ?? UInt32(data.count), order) + data
}

/// | 4 type | 4 total length | body, padded | 4 total length |
func block(order: ByteOrder = .little, _ type: UInt32, _ body: [UInt8], length: UInt32? = nil, trailer: UInt32? = nil) -> [UInt8] {
    let padded = body + [UInt8](repeating: 0xFA, count: (4 - body.count % 4) % 4)
    let length = length ?? UInt32(padded.count + 12)
    return number(type, order) + number(length, order) + padded + number(trailer ?? length, order)
}

/// | 4 byte-order magic | 2 major | 2 minor | 8 section length | options |
func sectionHeader(order: ByteOrder = .little, major: UInt16 = 1, options: [UInt8] = []) -> [UInt8] {
    block(order: order, 0x0A0D_0D0A, number(UInt32(0x1A2B_3C4D), order) + number(major, order) + number(UInt16(0), order) + number(Int64(-1), order) + options)
}

/// | 2 code | 2 length | value, padded |
func option(order: ByteOrder = .little, _ code: UInt16, _ value: [UInt8]) -> [UInt8] {
    number(code, order) + number(UInt16(value.count), order) + value + [UInt8](repeating: 0xFB, count: (4 - value.count % 4) % 4)
}

/// | 2 link type | 2 reserved | 4 snapshot length | options |
func interface(order: ByteOrder = .little, linkType: UInt16 = 187, snapshot: UInt32 = 0, options: [UInt8] = []) -> [UInt8] {
    block(order: order, 1, number(linkType, order) + [0xEE, 0xEE] + number(snapshot, order) + options)
}

/// | 4 interface | 4 upper half of the time | 4 lower half | 4 captured length | 4 original length | n data, padded | options |
func enhancedPacket(
    order: ByteOrder = .little, interface: UInt32 = 0, time: UInt64 = 0, captured: UInt32? = nil, original: UInt32? = nil, _ data: [UInt8],
    options: [UInt8] = []
) -> [UInt8] {
    let padded = data + [UInt8](repeating: 0xFA, count: (4 - data.count % 4) % 4)
    let head = number(interface, order) + number(UInt32(time >> 32), order) + number(UInt32(truncatingIfNeeded: time), order)
    let lengths = number(captured ?? UInt32(data.count), order) + number(original ?? UInt32(data.count), order)
    return block(order: order, 6, head + lengths + padded + options)
}

/// What a reader sees in a whole file: each record's time and its packet, as an H4 packet where it is an event.
struct Seen: Equatable {
    var time: Int64?
    var event: [UInt8]?
    var direction = CaptureRecord.Direction.unknown
    var isWhole = true
}

struct Reading: Equatable {
    var records: [Seen] = []
    var error: DecodeError?
    /// The file may end where it ended.
    var isComplete = false

    var events: [[UInt8]] { records.compactMap(\.event) }
}

/// Reads a file through a stream.
/// - Parameter piece: bytes that come at a time.
func read(_ file: [UInt8], piece: Int = .max, capacity: Int = 131_072) -> Reading {
    var stream = CaptureStream(capacity: capacity)
    var reading = Reading()
    var rest = file[...]
    do throws(DecodeError) {
        while true {
            while let record = try stream.next() {
                let data = Array(stream.bytes[record.data])
                let event = record.event.map { $0 == .withPacketType ? data : [0x04] + data }
                reading.records.append(
                    Seen(time: record.unixMicroseconds, event: event, direction: record.direction, isWhole: record.isWhole))
            }
            guard !rest.isEmpty else { break }
            let room = stream.room()
            let count = min(room.count, piece, rest.count)
            room.copyBytes(from: rest.prefix(count))
            rest = rest.dropFirst(count)
            stream.took(count)
        }
    } catch {
        reading.error = error
    }
    reading.isComplete = reading.error == nil && stream.reader.format != nil && stream.mayEnd
    return reading
}
