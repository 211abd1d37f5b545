import Testing

@testable import Bluetooth

@Suite struct FramingTests {
    private func framing(_ datalink: BTSnoop.Datalink, flags: UInt32 = 0, _ data: [UInt8], behind before: Int = 0) -> CaptureRecord.Framing? {
        let bytes = [UInt8](repeating: 0x04, count: before) + data
        let record = BTSnoop.Record(originalLength: data.count, flags: flags, unixMicroseconds: 0, data: before..<bytes.count)
        return BTSnoop.eventFraming(of: record, datalink, in: bytes.span.bytes)
    }

    @Test func `1001: the flags say what was received and what is a command or event`() {
        // Bit 0 received, bit 1 command or event: only both together are an event.
        #expect(framing(.unencapsulated, flags: 0b00, [0x3E]) == nil)
        #expect(framing(.unencapsulated, flags: 0b01, [0x3E]) == nil)
        #expect(framing(.unencapsulated, flags: 0b10, [0x3E]) == nil)
        #expect(framing(.unencapsulated, flags: 0b11, [0x3E]) == .withoutPacketType)
    }

    @Test func `1001: other flags change nothing, and neither does the data`() {
        #expect(framing(.unencapsulated, flags: 0xFFFF_FFFF, [0x01]) == .withoutPacketType)
        #expect(framing(.unencapsulated, flags: 0xFFFF_FFFC, [0x04]) == nil)
        #expect(framing(.unencapsulated, flags: 0b11, []) == .withoutPacketType)
    }

    @Test func `1002: the packet type stands in the data`() {
        for type in UInt8.min...UInt8.max {
            #expect(framing(.h4, [type, 0x04, 0x04]) == (type == 0x04 ? .withPacketType : nil))
        }
    }

    @Test func `1002: the first byte of the record counts, not of the file, and the flags do not`() {
        #expect(framing(.h4, [0x02, 0x04], behind: 40) == nil)
        #expect(framing(.h4, flags: 0b10, [0x04], behind: 40) == .withPacketType)
        #expect(framing(.h4, flags: 0b11, [0x01]) == nil)
    }

    @Test func `1002: a record without data is nothing`() {
        #expect(framing(.h4, []) == nil)
        #expect(framing(.h4, [], behind: 3) == nil)
    }

    @Test func `2001: the lower half of the flags is the monitor's opcode`() {
        // 0 New Index, 1 Delete Index, 2 Command, 3 Event, 4 ACL TX, 5 ACL RX, …
        for opcode: UInt32 in 0...20 {
            #expect(framing(.monitor, flags: opcode, [0x04]) == (opcode == 3 ? .withoutPacketType : nil), "opcode \(opcode)")
        }
        #expect(framing(.monitor, flags: 0x0000_0103, [0x3E]) == nil)
        #expect(framing(.monitor, flags: 0x0000_8003, [0x3E]) == nil)
    }

    @Test func `2001: the upper half is the adapter, any adapter`() {
        #expect(framing(.monitor, flags: 0x0001_0003, [0x3E]) == .withoutPacketType)
        #expect(framing(.monitor, flags: 0xFFFF_0003, [0x3E]) == .withoutPacketType)
        #expect(framing(.monitor, flags: 0x0003_0002, [0x3E]) == nil)
    }
}
