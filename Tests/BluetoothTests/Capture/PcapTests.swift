import Bytes
import Testing

@testable import Bluetooth

@Suite struct PcapTests {
    private let event: [UInt8] = [0x04, 0x0E, 0x01, 0x07]

    @Test func `a pcap file, byte by byte`() {
        let bytes: [UInt8] = [
            0xD4, 0xC3, 0xB2, 0xA1,  // magic: little-endian, microseconds
            0x02, 0x00, 0x04, 0x00,  // version 2.4
            0x00, 0x00, 0x00, 0x00,  // reserved (time zone)
            0x00, 0x00, 0x00, 0x00,  // reserved (accuracy)
            0x00, 0x00, 0x04, 0x00,  // snapshot length
            0xBB, 0x00, 0x00, 0x00,  // link type 187
            0x05, 0x00, 0x00, 0x00,  // 5 s
            0x40, 0xE2, 0x01, 0x00,  // 123,456 µs
            0x03, 0x00, 0x00, 0x00,  // captured length
            0x07, 0x00, 0x00, 0x00,  // original length: four bytes were cut off
            0x04, 0x3E, 0x02,  // data
        ]
        let reading = read(bytes)
        #expect(reading.records == [Seen(time: 5_123_456, event: [0x04, 0x3E, 0x02], isWhole: false)])
        #expect(reading.isComplete)
    }

    @Test(arguments: [ByteOrder.little, .big])
    func `both byte orders, with times in microseconds and in nanoseconds`(order: ByteOrder) {
        let micro = pcapHeader(order: order) + pcapRecord(order: order, seconds: 3_000_000_000, fraction: 999_999, event)
        #expect(read(micro).records == [Seen(time: 3_000_000_000_999_999, event: event)])
        let nano = pcapHeader(order: order, magic: 0xA1B2_3C4D) + pcapRecord(order: order, seconds: 1, fraction: 999_999_999, event)
        #expect(read(nano).records == [Seen(time: 1_999_999, event: event)])
        // A fraction of more than a second is external input like any other.
        let late = pcapHeader(order: order) + pcapRecord(order: order, seconds: .max, fraction: .max, event)
        #expect(read(late).records.map(\.time) == [4_294_967_295_000_000 + 4_294_967_295 as Int64])
    }

    @Test func `187: of H4 packets, those of type 4 are events`() {
        let file = pcapHeader() + pcapRecord([0x01, 0x03, 0x0C, 0x00]) + pcapRecord(event) + pcapRecord([]) + pcapRecord([0x02, 1, 2])
        #expect(read(file).records.map(\.event) == [nil, event, nil, nil])
    }

    @Test func `201: the direction comes before the H4 packet`() {
        // | 4 direction, big-endian in either order | H4 |
        let file =
            pcapHeader(linkType: 201) + pcapRecord([0, 0, 0, 1] + event) + pcapRecord([0, 0, 0, 0, 0x01, 0x03, 0x0C, 0x00])
            + pcapRecord(original: 30, [0, 0, 0])
        let reading = read(file)
        #expect(reading.records.map(\.event) == [event, nil, nil])
        #expect(reading.records.map(\.direction) == [.received, .sent, .unknown])
        #expect(reading.records.map(\.isWhole) == [true, true, false])
    }

    @Test(arguments: [ByteOrder.little, .big])
    func `254: the monitor's header is big-endian in either order, and its events have no packet type`(order: ByteOrder) {
        // | 2 adapter | 2 opcode |: 2 command, 3 event, 11 vendor diagnostics
        let file =
            pcapHeader(order: order, linkType: 254) + pcapRecord(order: order, [0x00, 0x01, 0x00, 0x02, 0x03, 0x0C, 0x00])
            + pcapRecord(order: order, [0xFF, 0xFF, 0x00, 0x03] + event.dropFirst()) + pcapRecord(order: order, [0x00, 0x00, 0x03, 0x00, 0x0E])
            + pcapRecord(order: order, [0x00, 0x00])
        let reading = read(file)
        #expect(reading.records.map(\.event) == [nil, event, nil, nil])
        #expect(reading.records.map(\.direction) == [.sent, .received, .unknown, .unknown])
    }

    @Test func `the link type is the lower half of its field`() {
        // The upper half is about frame check sequences.
        #expect(read(pcapHeader(linkType: 0xF400_00BB) + pcapRecord(event)).events == [event])
    }

    @Test func `of another link type no packet is an event, and it is named`() throws {
        var reader = CaptureReader()
        let file = pcapHeader(linkType: 251) + pcapRecord(event)
        #expect(try reader.next(file.span.bytes, at: 0) == .skip(to: 24))
        #expect(reader.format == .pcap && reader.foreignLinkType == 251)
        #expect(read(file).records == [Seen(time: 1_000_000)])
    }

    @Test(arguments: [(1, 4), (3, 4), (2, 3), (2, 5)] as [(UInt16, UInt16)])
    func `another version is refused`(major: UInt16, minor: UInt16) {
        #expect(read(pcapHeader(major: major, minor: minor)).error == DecodeError(.invalid, at: 4, in: "pcap version"))
    }

    @Test func `impossible lengths are reported by their place in the file`() {
        let start = pcapHeader() + pcapRecord([1, 2, 3])
        let expected = DecodeError(.oversized, at: start.count + 8, in: "captured length")
        #expect(read(start + pcapRecord(captured: 4, original: 3, [1, 2, 3])).error == expected)
        #expect(read(start + pcapRecord(captured: 65_545, original: 65_545, [])).error == expected)
        #expect(read(start + pcapRecord(captured: .max, original: .max, [])).error == expected)
        let longest = read(start + pcapRecord([UInt8](repeating: 4, count: 65_544)))
        #expect(longest.isComplete && longest.records.count == 2)
    }

    @Test func `a truncated file is not complete, wherever it ends`() {
        let file = pcapHeader() + pcapRecord(event)
        #expect(read(file).isComplete && read(pcapHeader()).isComplete)
        for size in 0..<file.count where size != 24 {
            let reading = read(Array(file[..<size]))
            #expect(!reading.isComplete && reading.error == nil && reading.records == [], "\(size) bytes")
        }
    }
}
