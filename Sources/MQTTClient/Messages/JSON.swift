#if Tools
import FoundationEssentials

/// JSON by Foundation's coders, which appear in no interface of this library.
enum JSON {
    static func encode(_ value: some Encodable) throws(MQTTError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw .payload("cannot be encoded as JSON: \(error)")
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws(MQTTError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .payload("is no JSON of \(type): \(error)")
        }
    }
}

extension MQTTReceivedMessage {
    /// The payload, read as JSON.
    /// - Throws: `MQTTError.payload`, with the decoder's reason.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(MQTTError) -> Value { try JSON.decode(type, payload) }
}
#endif
