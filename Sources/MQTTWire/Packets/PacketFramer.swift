import Bytes

/// Cuts a peer's byte stream into packets: MQTT 5 section 2.1.
///
/// A packet that came whole is handed on where it lies. Of one that did not, only the bytes that have come are kept: what its header
/// announces is never allocated before it is there, and a packet that is larger than allowed is refused when its header has come.
struct PacketFramer: Sendable {
    /// Bytes of a packet, header included.
    let limit: Int
    private var partial: [UInt8] = []
    /// Where the body begins, and the whole packet ends; nil while its header is not known.
    private var extent: (body: Int, end: Int)?
    /// Bytes taken from this connection before `partial`.
    private(set) var taken = 0

    init(limit: Int) { self.limit = limit }

    /// Bytes that are kept until their packet is whole.
    var kept: Int { partial.count }

    /// Takes `bytes`; `body` sees the first byte of each packet and its body, and says whether to go on.
    /// - Throws: `DecodeError` of the framing or of `body`; offsets count from the start of the packet.
    mutating func feed(_ bytes: RawSpan, _ body: (UInt8, RawSpan) throws(DecodeError) -> Bool) throws(DecodeError) {
        var position = 0
        let count = bytes.byteCount
        if !partial.isEmpty {
            guard try complete(bytes, &position) else { return }
            let whole = partial
            let extent = extent!
            partial = []
            self.extent = nil
            taken += whole.count
            guard try body(whole[0], whole.span.bytes.extracting(extent.body..<extent.end)) else { return }
        }
        while position < count {
            guard let extent = try Self.extent(bytes.extracting(position..<count), limit: limit), position + extent.end <= count else {
                partial = bytes.array(position..<count)
                self.extent = try Self.extent(partial.span.bytes, limit: limit)
                return
            }
            taken += extent.end
            let packet = bytes.extracting(position..<position + extent.end)
            position += extent.end
            guard try body(packet.byte(at: 0), packet.extracting(extent.body..<extent.end)) else { return }
        }
    }

    /// Adds to `partial` what belongs to its packet; whether that is whole.
    private mutating func complete(_ bytes: RawSpan, _ position: inout Int) throws(DecodeError) -> Bool {
        while extent == nil, position < bytes.byteCount {
            partial.append(bytes.byte(at: position))
            position += 1
            extent = try Self.extent(partial.span.bytes, limit: limit)
        }
        guard let extent else { return false }
        let more = min(extent.end - partial.count, bytes.byteCount - position)
        bytes.extracting(position..<position + more).withUnsafeBytes { partial.append(contentsOf: $0) }
        position += more
        return partial.count == extent.end
    }

    /// Reads | 1 type and flags | 1…4 Remaining Length |; nil if the header is not whole.
    private static func extent(_ bytes: RawSpan, limit: Int) throws(DecodeError) -> (body: Int, end: Int)? {
        var value = 0
        for index in 0..<4 {
            guard index + 1 < bytes.byteCount else { return nil }
            let byte = bytes.byte(at: index + 1)
            value |= Int(byte & 0x7F) << (7 * index)
            guard byte & 0x80 == 0 else { continue }
            guard byte != 0 || index == 0 else { throw DecodeError(.invalid, at: 1, in: "Remaining Length") }
            let end = index + 2 + value
            guard end <= limit else { throw DecodeError(.oversized, at: 1, in: "Remaining Length") }
            return (index + 2, end)
        }
        throw DecodeError(.invalid, at: 1, in: "Remaining Length")
    }
}
