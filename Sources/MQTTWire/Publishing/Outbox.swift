import Bytes

/// Bytes for the transport: memory of a fixed size in which packets wait until the transport takes them.
struct Outbox: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private var head = 0
    private var tail = 0
    /// Stream position of the first pending byte: bytes the transport has taken on this connection.
    private(set) var taken: UInt64 = 0

    init(capacity: Int) {
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    var count: Int { tail - head }
    /// Stream position behind the last pending byte.
    var end: UInt64 { taken + UInt64(count) }

    /// The bytes that the transport should take next.
    var pending: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[head..<tail]) }

    /// The transport has taken `count` bytes.
    mutating func take(_ count: Int) {
        precondition(count <= tail - head)
        head += count
        taken += UInt64(count)
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Appends what `body` writes, all of it or, where it does not fit, nothing.
    mutating func append(_ body: (inout ByteWriter) -> Void) -> Bool {
        if write(body) { return true }
        guard head > 0 else { return false }
        memory.baseAddress!.copyMemory(from: memory.baseAddress! + head, byteCount: tail - head)
        tail -= head
        head = 0
        return write(body)
    }

    private mutating func write(_ body: (inout ByteWriter) -> Void) -> Bool {
        guard tail < memory.count else { return false }
        var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: memory[tail...]))
        body(&writer)
        guard !writer.isFull else { return false }
        tail += writer.count
        return true
    }

    /// Takes back the last `count` bytes that were appended.
    mutating func takeBack(_ count: Int) {
        precondition(count <= tail - head)
        tail -= count
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// A new connection: nothing pending, position 0.
    mutating func reset() {
        head = 0
        tail = 0
        taken = 0
    }
}
