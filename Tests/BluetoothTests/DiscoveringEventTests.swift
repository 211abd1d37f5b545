import Bluetooth
import Testing

/// BlueZ's doc/mgmt-api.txt: Discovering Event and Stop Discovery Command.
@Suite struct DiscoveringEventTests {
    private func discovery(_ packet: [UInt8], index: Int = 1) -> DiscoveringEvent? { DiscoveringEvent(packet.span.bytes, index: index) }

    /// | 2 event | 2 index | 2 length | 1 Address_Type | 1 Discovering |
    private let begins: [UInt8] = [0x13, 0x00, 0x01, 0x00, 0x02, 0x00, 0x07, 0x01]
    private let ends: [UInt8] = [0x13, 0x00, 0x01, 0x00, 0x02, 0x00, 0x07, 0x00]

    @Test func `a search begins and ends`() {
        #expect(discovery(begins) == DiscoveringEvent(addressTypes: 7, isOn: true))
        #expect(discovery(ends) == DiscoveringEvent(addressTypes: 7, isOn: false))
    }

    @Test func `other adapters' searches, other events and short ones are none of ours`() {
        #expect(discovery(begins, index: 0) == nil)
        #expect(discovery([0x12] + begins.dropFirst()) == nil)
        #expect(discovery(Array(begins.dropLast())) == nil)
    }

    @Test func `it is ended with the types it was begun with`() {
        #expect(DiscoveringEvent(addressTypes: 6, isOn: true).stopCommand(index: 0x0102) == [0x24, 0x00, 0x02, 0x01, 0x01, 0x00, 0x06])
    }
}
