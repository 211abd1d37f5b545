import Bytes

/// The pcapng file format (draft-ietf-opsawg-pcapng): a row of blocks, in the byte order of the section that they are in.
///
///     block    4 type | 4 total length | body | 4 total length
///
/// Packets are in enhanced, simple and obsolete packet blocks; section headers and interface descriptions say how to read them. Any other
/// block is gone past, however long it is, and so are a packet's options.
struct Pcapng: Equatable, Sendable {
    /// The type of a section header, the same in either byte order.
    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    /// Interfaces that a section may describe.
    static let maximumInterfaces = 256
    /// The longest description of an interface, its options included, in bytes.
    static let maximumDescription = 65_536

    private enum Block {
        static let interface: UInt32 = 1
        static let obsoletePacket: UInt32 = 2
        static let simplePacket: UInt32 = 3
        static let enhancedPacket: UInt32 = 6
    }

    private struct Interface: Equatable {
        var linkType: UInt16
        /// Zero for no limit.
        var snapshotLength: UInt32
        var time = TimeScale()
    }

    private var order = ByteOrder.little
    /// Those of the present section.
    private var interfaces: [Interface] = []
    /// The total length that must stand at the end of the block whose body was gone past.
    private var trailer: UInt32?
    /// A link type that is not Bluetooth HCI, of the interface that was described last with one.
    private(set) var foreignLinkType: UInt16?

    /// Whether the file may end here.
    var isBetweenBlocks: Bool { trailer == nil }

    /// What begins at `start`.
    /// - Throws: `DecodeError` where a block is impossible.
    mutating func next(_ bytes: RawSpan, at start: Int) throws(DecodeError) -> CaptureReader.Step {
        if let expected = trailer {
            guard bytes.byteCount - start >= 4 else { return .more }
            var reader = ByteReader(start..<bytes.byteCount)
            guard try reader.u32(bytes, order, "block total length") == expected else {
                throw DecodeError(.invalid, at: start, in: "block total length")
            }
            trailer = nil
            return .skip(to: start + 4)
        }
        guard bytes.byteCount - start >= 12 else { return .more }
        var reader = ByteReader(start..<bytes.byteCount)
        let type = try reader.u32(bytes, order, "block type")
        if type == Self.sectionHeader { try readByteOrder(bytes, at: start + 8) }
        let length = Int(try reader.u32(bytes, order, "block total length"))
        let isPossible = length >= (type == Self.sectionHeader ? 28 : 12) && length % 4 == 0
        guard isPossible else { throw DecodeError(.invalid, at: start + 4, in: "block total length") }
        let body = start + 8..<start + length - 4
        let step: CaptureReader.Step?
        switch type {
        case Self.sectionHeader: step = try section(bytes, body)
        case Block.interface: step = try interface(bytes, body)
        case Block.enhancedPacket, Block.obsoletePacket: step = try packet(bytes, body, isObsolete: type == Block.obsoletePacket)
        case Block.simplePacket: step = try simplePacket(bytes, body)
        default: step = .skip(to: body.upperBound)
        }
        guard let step else { return .more }
        trailer = UInt32(length)
        return step
    }

    private mutating func readByteOrder(_ bytes: RawSpan, at offset: Int) throws(DecodeError) {
        var reader = ByteReader(offset..<bytes.byteCount)
        switch try reader.u32BigEndian(bytes, "byte-order magic") {
        case 0x1A2B_3C4D: order = .big
        case 0x4D3C_2B1A: order = .little
        default: throw DecodeError(.invalid, at: offset, in: "byte-order magic")
        }
    }

    /// | 4 byte-order magic | 2 major = 1 | 2 minor | 8 section length | options |
    private mutating func section(_ bytes: RawSpan, _ body: Range<Int>) throws(DecodeError) -> CaptureReader.Step? {
        guard bytes.byteCount - body.lowerBound >= 8 else { return nil }
        var reader = ByteReader(body.lowerBound + 4..<bytes.byteCount)
        // A minor version adds only what can be gone past.
        guard try reader.u16(bytes, order, "section version") == 1 else {
            throw DecodeError(.invalid, at: body.lowerBound + 4, in: "section version")
        }
        interfaces.removeAll(keepingCapacity: true)
        return .skip(to: body.upperBound)
    }

    /// | 2 link type | 2 reserved | 4 snapshot length | options |
    private mutating func interface(_ bytes: RawSpan, _ body: Range<Int>) throws(DecodeError) -> CaptureReader.Step? {
        guard body.count <= Self.maximumDescription, interfaces.count < Self.maximumInterfaces else {
            throw DecodeError(.oversized, at: body.lowerBound, in: "interface description")
        }
        guard bytes.byteCount >= body.upperBound else { return nil }
        var reader = ByteReader(body)
        let linkType = try reader.u16(bytes, order, "link type")
        _ = try reader.skip(2, "link type")
        var interface = Interface(linkType: linkType, snapshotLength: try reader.u32(bytes, order, "snapshot length"))
        // | 2 code | 2 length | value, padded to 4 |, closed by code 0 or by the block's end.
        while reader.remaining >= 4 {
            let code = try reader.u16(bytes, order, "option code")
            let length = Int(try reader.u16(bytes, order, "option length"))
            if code == 0 { break }
            let value = reader.offset
            _ = try reader.skip(length, "option")
            switch (code, length) {
            case (9, 1): interface.time.resolution = bytes.byte(at: value)
            case (14, 8):
                var number = ByteReader(value..<value + length)
                interface.time.offsetSeconds = Int64(bitPattern: try number.u64(bytes, order, "if_tsoffset"))
            case (9, _), (14, _): throw DecodeError(.invalid, at: value - 2, in: "option length")
            default: break
            }
            _ = try reader.skip(min((4 - length % 4) % 4, reader.remaining), "option")
        }
        if LinkType(rawValue: linkType) == nil { foreignLinkType = linkType }
        interfaces.append(interface)
        return .skip(to: body.upperBound)
    }

    /// Enhanced: | 4 interface | 8 time stamp, its upper half first | 4 captured length | 4 original length | n data, padded | options |.
    /// Obsolete: the same with | 2 interface | 2 drops | in front.
    private func packet(_ bytes: RawSpan, _ body: Range<Int>, isObsolete: Bool) throws(DecodeError) -> CaptureReader.Step? {
        guard body.count >= 20 else { throw DecodeError(.truncated, at: body.upperBound, in: "packet block") }
        guard bytes.byteCount - body.lowerBound >= 20 else { return nil }
        var reader = ByteReader(body.lowerBound..<bytes.byteCount)
        let number: Int
        if isObsolete {
            number = Int(try reader.u16(bytes, order, "interface"))
            _ = try reader.skip(2, "drops")
        } else {
            number = Int(try reader.u32(bytes, order, "interface"))
        }
        guard interfaces.indices.contains(number) else { throw DecodeError(.invalid, at: body.lowerBound, in: "interface") }
        let upper = UInt64(try reader.u32(bytes, order, "time stamp"))
        let ticks = upper << 32 | UInt64(try reader.u32(bytes, order, "time stamp"))
        let captured = Int(try reader.u32(bytes, order, "captured length"))
        let original = Int(try reader.u32(bytes, order, "original length"))
        return try record(
            bytes, body, reader, captured: captured, original: original, interfaces[number],
            unixMicroseconds: interfaces[number].time.unixMicroseconds(ticks))
    }

    /// | 4 original length | n data, padded |, of the first interface and without a time. It is as long as the block and the snapshot
    /// length let it be.
    private func simplePacket(_ bytes: RawSpan, _ body: Range<Int>) throws(DecodeError) -> CaptureReader.Step? {
        guard body.count >= 4 else { throw DecodeError(.truncated, at: body.upperBound, in: "packet block") }
        guard bytes.byteCount - body.lowerBound >= 4 else { return nil }
        guard let interface = interfaces.first else { throw DecodeError(.invalid, at: body.lowerBound, in: "interface") }
        var reader = ByteReader(body.lowerBound..<bytes.byteCount)
        let original = Int(try reader.u32(bytes, order, "original length"))
        let limit = interface.snapshotLength == 0 ? Int.max : Int(interface.snapshotLength)
        return try record(
            bytes, body, reader, captured: min(original, limit, body.count - 4), original: original, interface, unixMicroseconds: nil)
    }

    /// - Parameter reader: where the data begins.
    private func record(
        _ bytes: RawSpan, _ body: Range<Int>, _ reader: ByteReader, captured: Int, original: Int, _ interface: Interface,
        unixMicroseconds: Int64?
    ) throws(DecodeError) -> CaptureReader.Step? {
        // The lengths stand right before the data, in all but the simple packet block, whose one cannot be wrong.
        guard captured <= original, captured <= body.upperBound - reader.offset else {
            throw DecodeError(.oversized, at: reader.offset - 8, in: "captured length")
        }
        let linkType = LinkType(rawValue: interface.linkType)
        // What is no Bluetooth may be of any length.
        guard linkType != nil || captured <= CaptureReader.maximumData else { return .skip(to: body.upperBound) }
        guard captured <= CaptureReader.maximumData else {
            throw DecodeError(.oversized, at: reader.offset - 8, in: "captured length")
        }
        guard reader.remaining >= captured else { return nil }
        let data = reader.offset..<reader.offset + captured
        let packet = linkType?.packet(data, in: bytes) ?? CapturedPacket(data: data)
        return .record(
            CaptureRecord(packet, unixMicroseconds: unixMicroseconds, isWhole: captured == original), next: body.upperBound)
    }
}
