import Bytes

/// What kind of file it is, by its first bytes.
public enum CaptureFormat: Equatable, Sendable {
    case btsnoop
    case pcap
    case pcapng
    /// No capture that is read here.
    case foreign(Foreign)

    /// What people hand over in place of a capture.
    public enum Foreign: CaseIterable, Sendable {
        case empty, gzip, xz, zstd, bzip2, lz4, zip, modifiedPcap, text, unknown
    }

    /// Bytes that are enough to recognize the format.
    public static let magicSize = 8

    /// The format, by its magic.
    /// - Parameter bytes: at least `magicSize` bytes of the file's start, or all of a shorter one.
    public static func of(_ bytes: RawSpan) -> CaptureFormat {
        func starts(_ magic: StaticString) -> Bool {
            guard bytes.byteCount >= magic.utf8CodeUnitCount else { return false }
            return (0..<magic.utf8CodeUnitCount).allSatisfy { bytes.byte(at: $0) == magic.utf8Start[$0] }
        }
        func starts(_ magic: UInt32) -> Bool {
            guard bytes.byteCount >= 4 else { return false }
            return (0..<4).allSatisfy { bytes.byte(at: $0) == UInt8(truncatingIfNeeded: magic >> UInt32(24 - 8 * $0)) }
        }
        if bytes.byteCount == 0 { return .foreign(.empty) }
        if starts("btsnoop\0") { return .btsnoop }
        if Pcap.magics.contains(where: { starts($0) || starts($0.byteSwapped) }) { return .pcap }
        if starts(Pcapng.sectionHeader) { return .pcapng }
        if bytes.byteCount >= 2, bytes.u16(at: 0) == 0x8B1F { return .foreign(.gzip) }
        if starts(0xFD37_7A58) { return .foreign(.xz) }
        if starts(0x28B5_2FFD) { return .foreign(.zstd) }
        if starts("BZh") { return .foreign(.bzip2) }
        if starts(0x0422_4D18) { return .foreign(.lz4) }
        if starts(0x504B_0304) { return .foreign(.zip) }
        // Kuznetzov's variant of pcap, with a longer record header.
        if starts(0xA1B2_CD34) || starts(0x34CD_B2A1) { return .foreign(.modifiedPcap) }
        let isText = (0..<min(bytes.byteCount, 512)).allSatisfy { index in
            switch bytes.byte(at: index) {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1B, 0x20...0x7E, 0x80...0xFF: true
            default: false
            }
        }
        return .foreign(isText ? .text : .unknown)
    }
}
