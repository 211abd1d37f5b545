import Bytes
import Testing

@testable import MQTTWire

/// What of a session is stored, and its bytes.
@Suite struct StoreOperationTests {
    private typealias Operation = ClientSession.StoreOperation

    private static var all: [Operation] {
        var message = ApplicationMessage(topic: "ä/b", payload: [0, 1, 255], qos: .exactlyOnce, retain: true)
        message.properties.userProperties = [UserProperty("k", "v")]
        return [
            .publish(number: 0x0102_0304_0506_0708, message), .publish(number: 0, ApplicationMessage(topic: "t", payload: [], qos: .atLeastOnce)),
            .release(number: 1), .finish(number: .max), .received(packetID: 0x0102), .released(packetID: 65_535), .forgetReceived,
        ]
    }

    private static func bytes(_ operation: Operation) -> [UInt8] {
        var bytes: [UInt8] = []
        operation.append(to: &bytes)
        return bytes
    }

    @Test func `each is read as it was written`() throws {
        for operation in Self.all { #expect(try Operation(Self.bytes(operation).span.bytes) == operation) }
    }

    @Test func `a message, byte by byte`() {
        #expect(
            Self.bytes(.publish(number: 2, ApplicationMessage(topic: "t", text: "x", qos: .atLeastOnce, retain: true))) == [
                0x01,  // publish
                0, 0, 0, 0, 0, 0, 0, 2,  // number
                0x81,  // QoS 1, retain
                0, 1, 0x74,  // topic
                0, 0, 0, 0,  // no properties
                0x78,
            ])
    }

    @Test func `what is cut off, too long or of no kind is refused`() {
        for operation in Self.all {
            let whole = Self.bytes(operation)
            // A payload has no length of its own: what is in the record is its.
            if case .publish = operation {} else {
                #expect(throws: DecodeError.self) { try Operation((whole + [0]).span.bytes) }
                for count in 0..<whole.count { #expect(throws: DecodeError.self) { try Operation(Array(whole.prefix(count)).span.bytes) } }
            }
        }
        for bytes: [UInt8] in [[], [0], [7], [1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0x74, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0x74, 0, 0, 0, 9]] {
            #expect(throws: DecodeError.self) { try Operation(bytes.span.bytes) }
        }
    }

    @Test func `a stored is the sum of its operations, and they can be made of it`() {
        var stored = ClientSession.Stored()
        let message = ApplicationMessage(topic: "t", text: "x", qos: .exactlyOnce)
        for number in 0..<10 as Range<UInt64> { stored.apply(.publish(number: number, message)) }
        for number in [3, 0, 9] as [UInt64] { stored.apply(.finish(number: number)) }
        stored.apply(.release(number: 5))
        stored.apply(.finish(number: 77))
        for packetID in [1, 2, 3] as [UInt16] { stored.apply(.received(packetID: packetID)) }
        stored.apply(.released(packetID: 2))
        #expect(stored.outgoing.map(\.number) == [1, 2, 4, 5, 6, 7, 8] && stored.outgoing[3].message == nil && stored.received == [1, 3])
        var again = ClientSession.Stored()
        for operation in stored.operations { again.apply(operation) }
        #expect(again == stored)
        again.apply(.forgetReceived)
        #expect(again.received.isEmpty && again != stored)
    }
}
