import Bluetooth
import Bytes
import Testing

@Suite struct AddressTests {
    private let address = DeviceAddress(0xA4C1_38DF_C50B)

    @Test func `an address is six upper-case bytes, the most significant first`() {
        #expect(address.description == "A4:C1:38:DF:C5:0B")
        #expect(DeviceAddress(0).description == "00:00:00:00:00:00")
        #expect(DeviceAddress(.max).description == "FF:FF:FF:FF:FF:FF")
        #expect(address.bytes == [0xA4, 0xC1, 0x38, 0xDF, 0xC5, 0x0B])
    }

    @Test func `bits beyond the forty-eighth are no part of an address`() {
        #expect(DeviceAddress(0xFFFF_A4C1_38DF_C50B) == address)
        #expect(DeviceAddress(0x0001_0000_0000_0000).value == 0)
    }

    @Test func `a written address is its description in seventeen bytes`() {
        var random = SplitMix64(seed: 48)
        for _ in 0..<1000 {
            let address = DeviceAddress(random.next())
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 17, alignment: 1)
            defer { memory.deallocate() }
            var writer = ByteWriter(memory)
            address.write(to: &writer)
            let isFull = writer.isFull
            #expect(String(decoding: writer.written, as: UTF8.self) == address.description)
            #expect(!isFull)
        }
    }

    @Test(
        arguments: [
            (0x00, "public"), (0x01, "random"), (0x02, "public_identity"), (0x03, "random_identity"), (0xFF, "anonymous"), (0x04, nil),
            (0xFE, nil),
        ] as [(UInt8, String?)])
    func `an address type has the wire contract's name`(type: UInt8, name: String?) {
        #expect(AddressType(rawValue: type).name?.description == name)
    }

    @Test func `a non-resolvable private address has two zero bits on top, Vol 6 Part B 1_3_2_2`() {
        #expect(HCICommand.nonResolvablePrivateAddress(random: .max).description == "3F:FF:FF:FF:FF:FF")
        #expect(HCICommand.nonResolvablePrivateAddress(random: 0xFFFF_8123_4567_89AB).description == "01:23:45:67:89:AB")
    }
}
