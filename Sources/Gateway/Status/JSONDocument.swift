import Bytes

/// Builds documents that are made once in a while: the writer's memory grows until all of it fits.
enum JSONDocument {
    /// - Parameter body: writes the document; it may be called again, with more memory.
    static func bytes(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
        var capacity = 16_384
        while true {
            let result: [UInt8]? = withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 8) { memory in
                var writer = ByteWriter(memory)
                body(&writer)
                return writer.isFull ? nil : Array(memory[..<writer.count])
            }
            if let result { return result }
            capacity *= 2
        }
    }
}

extension ByteWriter {
    /// Bytes of `text`, as they are.
    mutating func plain(_ text: String) {
        var text = text
        text.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
    }

    /// `text` as a JSON string with its quotes.
    mutating func jsonString(_ text: String) {
        var text = text
        text.withUTF8 { jsonString(UnsafeRawBufferPointer($0).bytes) }
    }

    /// An unsigned decimal integer.
    mutating func decimal(_ value: UInt64) { plain(String(value)) }
}

/// Writes the members of a JSON object, in order.
struct JSONObject {
    private var list = JSONList()

    /// `{…}` with the members that `body` writes.
    static func write(to writer: inout ByteWriter, _ body: (inout JSONObject, inout ByteWriter) -> Void) {
        var object = JSONObject()
        writer.u8(UInt8(ascii: "{"))
        body(&object, &writer)
        writer.u8(UInt8(ascii: "}"))
    }

    /// The key and its colon; the value follows.
    mutating func key(_ key: String, _ writer: inout ByteWriter) {
        list.separate(&writer)
        writer.jsonString(key)
        writer.u8(UInt8(ascii: ":"))
    }

    mutating func member(_ name: StaticString, _ writer: inout ByteWriter, _ value: (inout ByteWriter) -> Void) {
        list.separate(&writer)
        writer.u8(UInt8(ascii: "\""))
        writer.text(name)
        writer.text("\":")
        value(&writer)
    }

    mutating func text(_ name: StaticString, _ value: String, _ writer: inout ByteWriter) {
        member(name, &writer) { $0.jsonString(value) }
    }

    mutating func values(_ fields: Statistics.Fields, _ writer: inout ByteWriter) {
        for (key, value) in fields { member(key, &writer) { value.writeJSON(to: &$0) } }
    }
}

extension Statistics.Value {
    /// A JSON string or number; null for what is not known.
    func writeJSON(to writer: inout ByteWriter) {
        switch self {
        case .text(let text): writer.jsonString(text)
        case .decimal(nil, _): writer.text("null")
        case .count, .decimal: writer.plain(description)
        }
    }
}
