import Bluetooth
import Bytes
import Testing

@Suite struct HeaderTests {
    @Test func `a header, byte by byte`() {
        let bytes: [UInt8] = [
            0x62, 0x74, 0x73, 0x6E, 0x6F, 0x6F, 0x70, 0x00,  // "btsnoop\0"
            0x00, 0x00, 0x00, 0x01,  // version 1
            0x00, 0x00, 0x03, 0xEA,  // datalink 1002: HCI UART (H4)
        ]
        #expect(bytes.count == BTSnoop.headerSize)
        #expect(readHeader(bytes) == .success(.h4))
    }

    @Test(arguments: [(1001, .unencapsulated), (1002, .h4), (2001, .monitor)] as [(UInt32, BTSnoop.Datalink)])
    func `three datalinks are read`(number: UInt32, datalink: BTSnoop.Datalink) {
        #expect(readHeader(header(datalink: number)) == .success(datalink))
    }

    /// 1003 BCSP, 1004 three-wire, 2002 the simulator's; and the same bytes the other way round.
    @Test(arguments: [0, 1, 1000, 1003, 1004, 2000, 2002, 0xEA03_0000, .max] as [UInt32])
    func `any other datalink is refused where it stands`(number: UInt32) {
        #expect(readHeader(header(datalink: number)) == .failure(DecodeError(.invalid, at: 12, in: "btsnoop datalink")))
    }

    @Test(arguments: [0, 2, 0x0100_0000] as [UInt32])
    func `any other version is refused where it stands`(version: UInt32) {
        #expect(readHeader(header(version: version, datalink: 1002)) == .failure(DecodeError(.invalid, at: 8, in: "btsnoop version")))
    }

    @Test func `a magic with any byte changed is refused`() {
        for place in 0..<8 {
            var bytes = header(datalink: 1002)
            bytes[place] ^= 0x20
            #expect(readHeader(bytes) == .failure(DecodeError(.invalid, at: 0, in: "btsnoop magic")), "byte \(place)")
        }
    }

    @Test func `a pcap file is no btsnoop file`() {
        let pcap: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 0x02, 0x00, 0x04, 0x00] + [UInt8](repeating: 0, count: 16)
        #expect(readHeader(pcap) == .failure(DecodeError(.invalid, at: 0, in: "btsnoop magic")))
    }

    @Test func `a header that is truncated names the field that is missing`() {
        let whole = header(datalink: 2001)
        for size in 0..<16 {
            let expected: DecodeError =
                switch size {
                case 0..<8: DecodeError(.truncated, at: 0, in: "btsnoop magic")
                case 8..<12: DecodeError(.truncated, at: 8, in: "btsnoop version")
                default: DecodeError(.truncated, at: 12, in: "btsnoop datalink")
                }
            #expect(readHeader(Array(whole[..<size])) == .failure(expected), "\(size) bytes")
        }
    }
}
