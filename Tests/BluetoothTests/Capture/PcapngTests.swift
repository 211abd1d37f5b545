import Bytes
import Testing

@testable import Bluetooth

@Suite struct PcapngTests {
    private let event: [UInt8] = [0x04, 0x0E, 0x01, 0x07, 0x00]

    @Test func `a pcapng file, byte by byte`() {
        let bytes: [UInt8] = [
            0x0A, 0x0D, 0x0D, 0x0A,  // section header
            0x1C, 0x00, 0x00, 0x00,  // total length 28
            0x4D, 0x3C, 0x2B, 0x1A,  // byte-order magic: little-endian
            0x01, 0x00, 0x00, 0x00,  // version 1.0
            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,  // section length: unknown
            0x1C, 0x00, 0x00, 0x00,  // total length
            0x01, 0x00, 0x00, 0x00,  // interface description
            0x20, 0x00, 0x00, 0x00,  // total length 32
            0xBB, 0x00, 0x00, 0x00,  // link type 187, reserved
            0x00, 0x00, 0x00, 0x00,  // no snapshot length
            0x09, 0x00, 0x01, 0x00, 0x09, 0x00, 0x00, 0x00,  // if_tsresol: nanoseconds; padding
            0x00, 0x00, 0x00, 0x00,  // end of options
            0x20, 0x00, 0x00, 0x00,  // total length
            0x06, 0x00, 0x00, 0x00,  // enhanced packet
            0x28, 0x00, 0x00, 0x00,  // total length 40
            0x00, 0x00, 0x00, 0x00,  // interface 0
            0x01, 0x00, 0x00, 0x00,  // upper half of the time
            0x10, 0x27, 0x00, 0x00,  // lower half: 2³² + 10,000 ns
            0x05, 0x00, 0x00, 0x00,  // captured length
            0x06, 0x00, 0x00, 0x00,  // original length
            0x04, 0x0E, 0x01, 0x07, 0x00, 0x00, 0x00, 0x00,  // data, padding
            0x28, 0x00, 0x00, 0x00,  // total length
        ]
        let reading = read(bytes)
        #expect(reading.records == [Seen(time: 4_294_977, event: event, isWhole: false)])
        #expect(reading.isComplete)
    }

    @Test(arguments: [ByteOrder.little, .big])
    func `enhanced, simple and obsolete packets, in both byte orders`(order: ByteOrder) {
        // Obsolete: | 2 interface | 2 drops | and the rest as the enhanced one.
        let obsolete =
            number(UInt16(0), order) + number(UInt16(9), order) + number(UInt32(0), order) + number(UInt32(7), order)
            + number(UInt32(5), order) + number(UInt32(5), order) + event
        let file =
            sectionHeader(order: order) + interface(order: order) + enhancedPacket(order: order, time: 0x0001_0000_0002, event) + block(order: order, 2, obsolete)
            // Simple: | 4 original length | data |
            + block(order: order, 3, number(UInt32(5), order) + event)
        let reading = read(file)
        #expect(reading.records == [
            Seen(time: 0x0001_0000_0002, event: event), Seen(time: 7, event: event), Seen(time: nil, event: event),
        ])
        #expect(reading.isComplete)
    }

    @Test func `a simple packet is as long as block and snapshot length let it be`() {
        func simple(original: UInt32, snapshot: UInt32, _ data: [UInt8]) -> Reading {
            read(sectionHeader() + interface(snapshot: snapshot) + block(3, number(original, .little) + data))
        }
        // Padding is not data.
        #expect(simple(original: 5, snapshot: 0, event).records == [Seen(time: nil, event: event)])
        #expect(simple(original: 9, snapshot: 5, event).records == [Seen(time: nil, event: event, isWhole: false)])
        #expect(simple(original: .max, snapshot: 0, event + [1, 2, 3]).records == [Seen(time: nil, event: event + [1, 2, 3], isWhole: false)])
        #expect(simple(original: 0, snapshot: 0, []).records == [Seen(time: nil, event: nil)])
    }

    @Test func `each interface has a link type and times of its own`() {
        let seconds: Int64 = 1_000_000
        let offset = option(14, number(1_700_000_000 as Int64, .little)) + option(9, [0])
        var file = sectionHeader()
        file += interface(linkType: 1) + interface(linkType: 254, options: option(2, Array("hci0".utf8)) + offset)
        file += enhancedPacket(interface: 0, time: 1, event) + enhancedPacket(interface: 1, time: 5, [0, 0, 0, 3] + event.dropFirst())
        file += interface(linkType: 201, options: option(9, [0x8A])) + enhancedPacket(interface: 2, time: 512, [0, 0, 0, 1] + event)
        let reading = read(file)
        #expect(reading.records == [
            Seen(time: 1), Seen(time: 1_700_000_005 * seconds, event: event, direction: .received),
            Seen(time: seconds / 2, event: event, direction: .received),
        ])
    }

    @Test func `a section begins anew, in its own byte order and with its own interfaces`() {
        let file =
            sectionHeader(order: .big) + interface(order: .big) + interface(order: .big) + enhancedPacket(order: .big, interface: 1, time: 3, event)
            + sectionHeader(order: .little) + interface(order: .little) + enhancedPacket(order: .little, time: 4, event)
        #expect(read(file).records == [Seen(time: 3, event: event), Seen(time: 4, event: event)])
        let stale = sectionHeader() + interface() + sectionHeader() + enhancedPacket(event)
        #expect(read(stale).error == DecodeError(.invalid, at: 28 + 20 + 28 + 8, in: "interface"))
    }

    @Test func `other blocks and options are gone past, however long they are`() {
        let long = [UInt8](repeating: 0x5A, count: 400_000)
        let file =
            sectionHeader(options: option(4, Array(long.prefix(60_000)))) + block(0x0BAD, long) + interface() + block(5, [1, 2, 3, 4])
            + enhancedPacket(event, options: (0..<5).flatMap { _ in option(1, Array(long.prefix(65_535))) } + option(0, [])) + block(4, long)
            + enhancedPacket(time: 1, event)
        for piece in [Int.max, 7_919, 4] {
            let reading = read(file, piece: piece)
            #expect(reading.records.map(\.time) == [0, 1] && reading.isComplete, "\(piece) at a time")
            #expect(reading.events == [event, event])
        }
    }

    @Test func `a packet of another link type may be of any length`() {
        let file = sectionHeader() + interface(linkType: 1) + interface() + enhancedPacket([UInt8](repeating: 4, count: 300_000))
        #expect(read(file + enhancedPacket(interface: 1, event)).events == [event])
        let tooLong = enhancedPacket(interface: 1, [UInt8](repeating: 4, count: 65_548))
        #expect(read(file + tooLong).error == DecodeError(.oversized, at: file.count + 20, in: "captured length"))
    }

    // MARK: Damage

    @Test func `a total length that differs at the end of the block is damage`() {
        let start = sectionHeader() + interface()
        #expect(read(start + block(5, [1, 2, 3, 4], trailer: 20)).error == DecodeError(.invalid, at: start.count + 12, in: "block total length"))
    }

    @Test(arguments: [0, 4, 8, 11, 13, 0xFFFF_FFFF] as [UInt32])
    func `a total length that no block can have is damage`(length: UInt32) {
        let start = sectionHeader()
        #expect(read(start + block(5, [], length: length)).error == DecodeError(.invalid, at: start.count + 4, in: "block total length"))
    }

    @Test func `what a packet block says of its data must fit into it`() {
        let start = sectionHeader() + interface()
        let place = DecodeError(.oversized, at: start.count + 20, in: "captured length")
        #expect(read(start + enhancedPacket(captured: 9, original: 9, event)).error == place)
        #expect(read(start + enhancedPacket(captured: 5, original: 4, event)).error == place)
        #expect(read(start + enhancedPacket(captured: .max, original: .max, event)).error == place)
        #expect(read(start + block(6, [0, 0, 0, 0])).error == DecodeError(.truncated, at: start.count + 12, in: "packet block"))
        #expect(read(start + enhancedPacket(interface: 1, event)).error == DecodeError(.invalid, at: start.count + 8, in: "interface"))
    }

    @Test func `other versions, byte orders and options of a wrong length are refused`() {
        #expect(read(sectionHeader(major: 2)).error == DecodeError(.invalid, at: 12, in: "section version"))
        var strange = sectionHeader()
        strange[8] = 0
        #expect(read(strange).error == DecodeError(.invalid, at: 8, in: "byte-order magic"))
        // 28 bytes of section header; the option stands behind 16 bytes of block and interface.
        #expect(read(sectionHeader() + interface(options: option(9, [6, 0]))).error == DecodeError(.invalid, at: 28 + 18, in: "option length"))
        let beyond = number(UInt16(1), .little) + number(UInt16(9), .little)
        #expect(read(sectionHeader() + interface(options: beyond)).error == DecodeError(.truncated, at: 28 + 20, in: "option"))
    }

    @Test func `no number of interfaces takes more than a bounded memory`() {
        let reading = read(sectionHeader() + (0..<300).flatMap { _ in interface() })
        #expect(reading.error == DecodeError(.oversized, at: 28 + 256 * 20 + 8, in: "interface description"))
    }

    @Test func `a truncated file is not complete, wherever it ends`() {
        let blocks = [sectionHeader(), interface(), enhancedPacket(event), block(3, number(UInt32(5), .little) + event)]
        let ends = blocks.indices.map { blocks[...$0].reduce(0) { $0 + $1.count } }
        let file = blocks.flatMap { $0 }
        for size in 0...file.count {
            let reading = read(Array(file[..<size]))
            #expect(reading.error == nil && reading.isComplete == ends.contains(size), "\(size) bytes")
        }
    }
}
