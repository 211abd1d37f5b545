import Bytes
import Testing

@testable import MQTTWire

/// The fixed header, MQTT 3.1.1 section 2.2.
@Suite struct PacketLengthTests {
    /// Table 2.4: where the Remaining Length gains a digit.
    @Test(
        arguments: [
            (0, [0x00]), (1, [0x01]), (127, [0x7F]),
            (128, [0x80, 0x01]), (129, [0x81, 0x01]), (16_383, [0xFF, 0x7F]),
            (16_384, [0x80, 0x80, 0x01]), (16_385, [0x81, 0x80, 0x01]), (2_097_151, [0xFF, 0xFF, 0x7F]),
            (2_097_152, [0x80, 0x80, 0x80, 0x01]), (3_000_000, [0xC0, 0x8D, 0xB7, 0x01]),
        ] as [(Int, [UInt8])])
    func `a body of this many bytes has this Remaining Length`(count: Int, length: [UInt8]) throws {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        let bytes = try #require(written(capacity: count + 5) { $0.packet(0x30) { $0.bytes(body) } })
        #expect(bytes[0] == 0x30)
        #expect(Array(bytes[1...length.count]) == length)
        #expect(Array(bytes[(1 + length.count)...]) == body)
    }

    @Test func `a second packet stands right behind a short first one`() {
        #expect(
            written {
                $0.packet(0xC0) { _ in }
                $0.packet(0x30) { $0.u8(7) }
                $0.packet(0xE0) { _ in }
            } == wire([0xC0, 0], [0x30, 1, 7], [0xE0, 0]))
    }

    @Test(arguments: [0, 5, 127, 128, 16_383, 16_384, 20_000])
    func `a packet that does not fit is reported at every size that is too small`(count: Int) {
        let body = [UInt8](repeating: 9, count: count)
        let digits = count < 128 ? 1 : count < 16_384 ? 2 : 3
        // Two bytes are kept free for the length while the body is written.
        let needed = 1 + max(2, digits) + count
        for capacity in Set([1, 2, 3, count, needed - 2, needed - 1]) where capacity > 0 && capacity < needed {
            #expect(written(capacity: capacity) { $0.packet(0x30) { $0.bytes(body) } } == nil, "\(capacity) of \(needed)")
        }
        #expect(written(capacity: needed) { $0.packet(0x30) { $0.bytes(body) } }?.count == 1 + digits + count)
    }
}
