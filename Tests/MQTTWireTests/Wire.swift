import Bytes

@testable import MQTTWire

/// Bytes field by field.
func wire(_ fields: [UInt8]...) -> [UInt8] { fields.flatMap { $0 } }

/// Text with its 16-bit length before it, MQTT 3.1.1 section 1.5.3.
func field(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
}

/// What `body` writes into `capacity` bytes; nil if it does not fit.
func written(capacity: Int = 4096, _ body: (inout ByteWriter) -> Void) -> [UInt8]? {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    defer { memory.deallocate() }
    var writer = ByteWriter(memory)
    body(&writer)
    return writer.isFull ? nil : Array(memory[..<writer.count])
}

/// A control packet cut by an independent reading of section 2.2: first byte, body, and how many bytes it took.
func cut(_ bytes: ArraySlice<UInt8>) -> (first: UInt8, body: [UInt8], size: Int)? {
    guard let first = bytes.first else { return nil }
    var length = 0
    var index = bytes.startIndex + 1
    var factor = 1
    while index < bytes.endIndex {
        length += Int(bytes[index] % 128) * factor
        factor *= 128
        index += 1
        if bytes[index - 1] < 128 {
            guard bytes.endIndex - index >= length else { return nil }
            return (first, Array(bytes[index..<index + length]), index + length - bytes.startIndex)
        }
    }
    return nil
}

/// All control packets of a stream; nil if a part is left over.
func packets(_ bytes: [UInt8]) -> [(first: UInt8, body: [UInt8])]? {
    var rest = bytes[...]
    var all: [(first: UInt8, body: [UInt8])] = []
    while !rest.isEmpty {
        guard let packet = cut(rest) else { return nil }
        all.append((packet.first, packet.body))
        rest = rest.dropFirst(packet.size)
    }
    return all
}

let second: UInt64 = 1_000_000_000
