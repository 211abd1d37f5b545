import Bytes

/// The encoded bytes of messages that may have to be sent again, in memory of a fixed size: a ring of bytes without a gap.
///
/// Positions count the bytes kept since the start. While nothing is kept the ring begins anew at its first byte, so that pages
/// which were never needed are never touched.
struct KeptPackets: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    /// Position of the oldest byte.
    private var start: UInt64 = 0
    /// Position behind the newest.
    private var end: UInt64 = 0

    /// - Parameter capacity: bytes; 0 where nothing is ever kept.
    init(capacity: Int) {
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    var capacity: Int { memory.count }
    var free: Int { memory.count - Int(end - start) }

    private func place(_ position: UInt64) -> Int { Int(position % UInt64(memory.count)) }

    /// Keeps a copy; its position, nil if it does not fit.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        guard bytes.count <= free, let source = bytes.baseAddress else { return nil }
        let position = end
        let from = place(position)
        let first = min(bytes.count, memory.count - from)
        (memory.baseAddress! + from).copyMemory(from: source, byteCount: first)
        if first < bytes.count { memory.baseAddress!.copyMemory(from: source + first, byteCount: bytes.count - first) }
        end += UInt64(bytes.count)
        return position
    }

    /// Nothing before `position` is needed any more; with nil nothing at all.
    mutating func release(upTo position: UInt64?) {
        if let position {
            start = position
        } else if end > start {
            end = (end + UInt64(memory.count) - 1) / UInt64(memory.count) * UInt64(memory.count)
            start = end
        }
    }

    /// Writes `size` bytes from `position` on, with the bits of `flags` added to the first.
    func write(_ position: UInt64, size: Int, flags: UInt8, to writer: inout ByteWriter) {
        let from = place(position)
        let first = min(size, memory.count - from)
        writer.u8(memory[from] | flags)
        writer.bytes(UnsafeRawBufferPointer(rebasing: memory[from + 1..<from + first]))
        writer.bytes(UnsafeRawBufferPointer(rebasing: memory[..<(size - first)]))
    }
}
