import Bytes

/// A capture on its way through memory of a fixed size: whoever has the file puts its bytes in, and takes records out.
public struct CaptureStream: ~Copyable, @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer
    public private(set) var reader = CaptureReader()
    /// Offset in the file of the first byte in memory.
    private var base = 0
    private var filled = 0
    /// Where in memory the next item begins; behind what is there, where bytes are to be gone past that have not come yet.
    private var position = 0

    /// - Parameter capacity: bytes; room for the largest item.
    public init(capacity: Int = 131_072) {
        precondition(capacity >= CaptureReader.largestItem)
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// What a record's `data` lies in, until `room` is called.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<filled]) }

    /// Offset in the file of what comes next.
    public var offset: Int { base + position }

    /// Nothing has left the memory: `rewind` is possible.
    public var isAtStart: Bool { base == 0 }
    /// All of the memory is in use.
    public var isFull: Bool { filled == memory.count }
    /// Whether the file may end with the bytes that have come: not in the middle of something.
    public var mayEnd: Bool { position == filled && reader.isBetweenRecords }

    /// Memory for the next bytes of the file, never empty. It moves what is there; records taken before are gone.
    public mutating func room() -> UnsafeMutableRawBufferPointer {
        let gone = min(position, filled)
        if gone > 0 {
            memory.baseAddress!.copyMemory(from: memory.baseAddress! + gone, byteCount: filled - gone)
            base += gone
            filled -= gone
            position -= gone
        }
        precondition(filled < memory.count, "an item larger than the largest")
        return UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
    }

    /// `count` bytes have been put there.
    public mutating func took(_ count: Int) {
        precondition(count >= 0 && filled + count <= memory.count)
        filled += count
    }

    /// The next record, nil if more bytes are needed.
    /// - Throws: `DecodeError` with the offset in the file, if it is malformed or no capture.
    public mutating func next() throws(DecodeError) -> CaptureRecord? {
        do throws(DecodeError) {
            while position <= filled {
                switch try reader.next(bytes.bytes, at: position) {
                case .record(let record, let next):
                    position = next
                    return record
                case .skip(let next): position = next
                case .more: return nil
                }
            }
            return nil
        } catch {
            throw DecodeError(error.reason, at: base + error.offset, in: error.field)
        }
    }

    /// Goes back to the first byte of the file, which is still in memory.
    public mutating func rewind() {
        precondition(isAtStart)
        position = 0
        reader = CaptureReader()
    }

    /// Begins anew, with nothing in memory, at the first byte of the file.
    public mutating func restart() {
        base = 0
        filled = 0
        position = 0
        reader = CaptureReader()
    }
}
