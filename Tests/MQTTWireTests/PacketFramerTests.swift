import Bytes
import Testing

@testable import MQTTWire

/// MQTT 5 section 2.1.
@Suite struct PacketFramerTests {
    private struct Packet: Equatable {
        var first: UInt8
        var body: [UInt8]
    }

    private static func feed(_ framer: inout PacketFramer, _ bytes: [UInt8], _ packets: inout [Packet]) throws(DecodeError) {
        var found: [Packet] = []
        try framer.feed(bytes.span.bytes) { first, body in
            found.append(Packet(first: first, body: body.array(0..<body.byteCount)))
            return true
        }
        packets += found
    }

    private static func packet(_ first: UInt8, size: Int) -> [UInt8] {
        var bytes = [first]
        bytes.append(variableByteInteger: size)
        return bytes + (0..<size).map { UInt8(truncatingIfNeeded: $0) }
    }

    @Test func `however the stream is cut, the packets are the same`() throws {
        let sizes = [0, 2, 127, 128, 129, 0, 1000, 16_383, 16_384, 3]
        let stream = sizes.flatMap { Self.packet(0x30, size: $0) }
        var random = SplitMix64(seed: 1)
        for round in 0..<60 {
            var framer = PacketFramer(limit: 1 << 20)
            var packets: [Packet] = []
            var position = 0
            while position < stream.count {
                let longest = [1, 2, 5, 300, 20_000][round % 5]
                let end = min(stream.count, position + Int.random(in: 1...longest, using: &random))
                try Self.feed(&framer, Array(stream[position..<end]), &packets)
                position = end
            }
            #expect(packets.map(\.body.count) == sizes)
            #expect(packets.allSatisfy { $0.first == 0x30 && $0.body == (0..<$0.body.count).map { UInt8(truncatingIfNeeded: $0) } })
            #expect(framer.taken == stream.count && framer.kept == 0)
        }
    }

    @Test func `what a header announces is not kept before it has come`() throws {
        var framer = PacketFramer(limit: 268_435_460)
        var packets: [Packet] = []
        // 268,435,455 bytes are announced, and 10 come.
        try Self.feed(&framer, [0x30, 0xFF, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 0, count: 10), &packets)
        #expect(packets.isEmpty && framer.kept == 15)
    }

    @Test func `a packet beyond the limit is refused by its header`() {
        for (limit, size, isRefused) in [(100, 98, false), (100, 99, true), (16, 14, false), (16, 15, true)] {
            for isSplit in [false, true] {
                var framer = PacketFramer(limit: limit)
                var packets: [Packet] = []
                let header = Array(Self.packet(0x30, size: size).prefix(2))
                do throws(DecodeError) {
                    if isSplit {
                        try Self.feed(&framer, [header[0]], &packets)
                        try Self.feed(&framer, [header[1]], &packets)
                    } else {
                        try Self.feed(&framer, header, &packets)
                    }
                    #expect(!isRefused)
                } catch {
                    #expect(isRefused && error == DecodeError(.oversized, at: 1, in: "Remaining Length"))
                }
            }
        }
    }

    @Test(arguments: [[0x30, 0x80, 0x00], [0x30, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x80, 0x80, 0x80, 0x00]] as [[UInt8]])
    func `2.1.4 a Remaining Length of five bytes, or in more than it needs, is refused`(bytes: [UInt8]) {
        for size in 1...bytes.count {
            var framer = PacketFramer(limit: 1 << 28)
            #expect(throws: DecodeError(.invalid, at: 1, in: "Remaining Length")) {
                var packets: [Packet] = []
                for start in stride(from: 0, to: bytes.count, by: size) {
                    try Self.feed(&framer, Array(bytes[start..<min(bytes.count, start + size)]), &packets)
                }
            }
        }
    }

    @Test func `after a packet at which it was stopped nothing more is seen`() throws {
        var framer = PacketFramer(limit: 100)
        var seen = 0
        let bytes: [UInt8] = [0xD0, 0, 0xD0, 0, 0xD0, 0]
        try framer.feed(bytes.span.bytes) { _, _ in
            seen += 1
            return seen < 2
        }
        #expect(seen == 2)
    }
}
