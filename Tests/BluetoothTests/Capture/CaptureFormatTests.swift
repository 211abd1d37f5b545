import Testing

@testable import Bluetooth

@Suite struct CaptureFormatTests {
    private func format(_ bytes: [UInt8]) -> CaptureFormat { CaptureFormat.of(bytes.span.bytes) }

    @Test func `captures are known by their magic, in either byte order`() {
        #expect(format(header(datalink: 1002)) == .btsnoop)
        for order in [ByteOrder.little, .big] {
            #expect(format(pcapHeader(order: order)) == .pcap)
            #expect(format(pcapHeader(order: order, magic: 0xA1B2_3C4D)) == .pcap)
            #expect(format(sectionHeader(order: order)) == .pcapng)
        }
    }

    @Test(
        arguments: [
            ([0x1F, 0x8B, 0x08, 0x00, 0, 0, 0, 0], .gzip), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0, 4], .xz),
            ([0x28, 0xB5, 0x2F, 0xFD, 0x24, 0, 1, 0], .zstd), ([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26], .bzip2),
            ([0x04, 0x22, 0x4D, 0x18, 0x64, 0x40, 0xA7, 0], .lz4), ([0x50, 0x4B, 0x03, 0x04, 0x14, 0, 0, 0], .zip),
            ([0x34, 0xCD, 0xB2, 0xA1, 2, 0, 4, 0], .modifiedPcap), ([0xA1, 0xB2, 0xCD, 0x34, 0, 2, 0, 4], .modifiedPcap),
            (Array("0000  04 3e 2b 02\n".utf8), .text), (Array("Bluetooth monitor ver 5.66\n= Note: Küche".utf8), .text),
            ([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0], .unknown), ([UInt8](repeating: 0, count: 8), .unknown),
            ([], .empty), ([0x1F], .unknown), ([0x1F, 0x8B], .gzip), (Array("x".utf8), .text),
        ] as [([UInt8], CaptureFormat.Foreign)])
    func `what is no capture is named`(bytes: [UInt8], expected: CaptureFormat.Foreign) {
        #expect(format(bytes) == .foreign(expected))
        if bytes.count >= CaptureFormat.magicSize {
            #expect(read(bytes).error?.field.description == "capture format")
        }
    }

    @Test func `the start of a magic is not the magic`() {
        for whole in [header(datalink: 1002), pcapHeader(), sectionHeader()] {
            for size in 0..<4 {
                let short = format(Array(whole[..<size]))
                #expect(short != .btsnoop && short != .pcap && short != .pcapng)
            }
        }
    }
}
