import Bytes

/// What the writer holds after `body`, in memory of `capacity` bytes with a guard of 16 bytes behind it.
struct Written: Equatable {
    var bytes: [UInt8]
    var isFull: Bool
    /// The bytes behind the memory are as they were.
    var guardStands: Bool

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

func written(capacity: Int = 64, _ body: (inout ByteWriter) -> Void) -> Written {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity + 16, alignment: 1)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
    var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<capacity]))
    body(&writer)
    return Written(
        bytes: Array(writer.written), isFull: writer.isFull, guardStands: memory[capacity...].allSatisfy { $0 == 0xA5 })
}

/// The error that `body` throws, nil if it returns.
func failure<T>(_ body: () throws(DecodeError) -> T) -> DecodeError? {
    do throws(DecodeError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}
