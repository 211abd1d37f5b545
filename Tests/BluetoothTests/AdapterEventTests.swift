import Bluetooth
import Testing

@Suite struct AdapterEventTests {
    private static func event(_ packet: [UInt8]) -> AdapterEvent? {
        AdapterEvent(packet.span.bytes)
    }

    @Test func `the kernel events of an adapter`() {
        // | packet type | EVT_STACK_INTERNAL | length | EVT_SI_DEVICE | event | dev_id |
        #expect(Self.event([0x04, 0xFD, 6, 1, 0, 1, 0, 0, 0]) == AdapterEvent(.registered, index: 0))
        #expect(Self.event([0x04, 0xFD, 6, 1, 0, 2, 0, 1, 0]) == AdapterEvent(.unregistered, index: 1))
        #expect(Self.event([0x04, 0xFD, 6, 1, 0, 3, 0, 15, 0]) == AdapterEvent(.up, index: 15))
        #expect(Self.event([0x04, 0xFD, 6, 1, 0, 4, 0, 0x02, 0x01]) == AdapterEvent(.down, index: 0x102))
    }

    @Test func `suspend, resume and what is not known is no event`() {
        for event: UInt8 in [0, 5, 6, 0xFF] { #expect(Self.event([0x04, 0xFD, 6, 1, 0, event, 0, 0, 0]) == nil) }
        #expect(Self.event([0x04, 0xFD, 6, 1, 0, 3, 1, 0, 0]) == nil)
        // Not an event, not the kernel's, not of a device.
        #expect(Self.event([0x01, 0xFD, 6, 1, 0, 3, 0, 0, 0]) == nil)
        #expect(Self.event([0x04, 0x3E, 6, 1, 0, 3, 0, 0, 0]) == nil)
        #expect(Self.event([0x04, 0xFD, 6, 2, 0, 3, 0, 0, 0]) == nil)
        #expect(Self.event([0x04, 0xFD, 6, 1, 1, 3, 0, 0, 0]) == nil)
        #expect(Self.event([0x04, 0xFD, 5, 1, 0, 3, 0, 0, 0]) == nil)
    }

    @Test func `a packet that ends early is no event`() {
        let packet: [UInt8] = [0x04, 0xFD, 6, 1, 0, 3, 0, 0, 0]
        for count in 0..<packet.count { #expect(Self.event(Array(packet.prefix(count))) == nil) }
    }
}
