import Bytes

/// The pcap file format (draft-ietf-opsawg-pcap), in either byte order:
///
///     header   4 magic | 2 major = 2 | 2 minor = 4 | 8 reserved | 4 snapshot length | 4 link type, its lower 16 bits
///     record   4 seconds | 4 microseconds or nanoseconds | 4 captured length | 4 original length | n data
struct Pcap: Equatable, Sendable {
    static let headerSize = 24
    static let recordHeaderSize = 16
    /// Of times in microseconds and in nanoseconds, as their writer's byte order has them.
    static let magics: [UInt32] = [0xA1B2_C3D4, 0xA1B2_3C4D]

    let order: ByteOrder
    let countsNanoseconds: Bool
    /// As the file has it, supported or not.
    let linkType: UInt16

    /// - Throws: `DecodeError` where the magic or the version is another.
    init(header bytes: RawSpan, at start: Int) throws(DecodeError) {
        var reader = ByteReader(start..<bytes.byteCount)
        let magic = try reader.u32BigEndian(bytes, "pcap magic")
        guard let found = Self.magics.firstIndex(where: { $0 == magic || $0.byteSwapped == magic }) else {
            throw DecodeError(.invalid, at: start, in: "pcap magic")
        }
        countsNanoseconds = found == 1
        order = Self.magics[found] == magic ? .big : .little
        let major = try reader.u16(bytes, order, "pcap version")
        let minor = try reader.u16(bytes, order, "pcap version")
        guard major == 2, minor == 4 else { throw DecodeError(.invalid, at: start + 4, in: "pcap version") }
        _ = try reader.skip(12, "pcap snapshot length")
        linkType = UInt16(truncatingIfNeeded: try reader.u32(bytes, order, "pcap link type"))
    }

    /// The record at `start`, nil if more bytes are needed.
    /// - Throws: `DecodeError` where the lengths are impossible: the file is malformed and what follows cannot be found.
    func record(_ bytes: RawSpan, at start: Int) throws(DecodeError) -> CaptureRecord? {
        guard bytes.byteCount - start >= Self.recordHeaderSize else { return nil }
        var reader = ByteReader(start..<bytes.byteCount)
        let seconds = Int64(try reader.u32(bytes, order, "seconds"))
        let fraction = Int64(try reader.u32(bytes, order, "fraction of a second"))
        let captured = Int(try reader.u32(bytes, order, "captured length"))
        let original = try reader.u32(bytes, order, "original length")
        guard captured <= original, captured <= CaptureReader.maximumData else {
            throw DecodeError(.oversized, at: start + 8, in: "captured length")
        }
        guard reader.remaining >= captured else { return nil }
        let data = reader.offset..<reader.offset + captured
        return CaptureRecord(
            LinkType(rawValue: linkType)?.packet(data, in: bytes) ?? CapturedPacket(data: data),
            unixMicroseconds: seconds * 1_000_000 + (countsNanoseconds ? fraction / 1000 : fraction), isWhole: captured == original)
    }
}
