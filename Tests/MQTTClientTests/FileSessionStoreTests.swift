#if Tools
import Bytes
import Foundation
import MQTTClient
import Testing

@testable import Harness

/// The journal of a session.
@Suite struct FileSessionStoreTests {
    private static func message(_ text: String, topic: String = "t", retain: Bool = false) -> MQTTMessage {
        var message = MQTTMessage(topic: topic, text: text, qos: .exactlyOnce, retain: retain)
        message.properties.contentType = "text/plain"
        return message
    }

    private static func load(_ path: String) async throws -> MQTTStoredSession { try await MQTTFileSessionStore(path: path).load() }

    @Test func `what was applied is there in the next process`() async throws {
        try await scene { scene in
            let path = scene.path("session")
            var expected = MQTTStoredSession()
            let all: [[MQTTSessionOperation]] = [
                [.publish(number: 0, Self.message("a", retain: true)), .publish(number: 1, Self.message("b"))], [.release(number: 0), .received(packetID: 7)],
                [.publish(number: 2, Self.message("", topic: "ä/ö")), .finish(number: 1)], [.received(packetID: 9), .released(packetID: 7)],
            ]
            for operations in all {
                // Each by a process of its own.
                let store = MQTTFileSessionStore(path: path)
                #expect(try await store.load() == expected)
                try await store.apply(operations)
                for operation in operations { expected.apply(operation) }
            }
            #expect(try await Self.load(path) == expected)
            #expect(expected.outgoing.map(\.number) == [0, 2] && expected.outgoing[0].message == nil && expected.received == [9])
        }
    }

    @Test func `an end that a crash has left unfinished is cut off, wherever it is`() async throws {
        try await scene { scene in
            let path = scene.path("session")
            let store = MQTTFileSessionStore(path: path)
            _ = try await store.load()
            var whole: [(size: Int, stored: MQTTStoredSession)] = []
            var stored = MQTTStoredSession()
            func note() throws { whole.append((try Data(contentsOf: URL(fileURLWithPath: path)).count, stored)) }
            try note()
            for number in 0..<4 {
                let operation = MQTTSessionOperation.publish(number: UInt64(number), Self.message("message \(number)"))
                try await store.apply([operation])
                stored.apply(operation)
                try note()
            }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for size in whole[0].size...bytes.count {
                let copy = scene.path("copy")
                try bytes.prefix(size).write(to: URL(fileURLWithPath: copy))
                let expected = whole.last { $0.size <= size }!
                #expect(try await Self.load(copy) == expected.stored)
                #expect(try Data(contentsOf: URL(fileURLWithPath: copy)).count == expected.size)
            }
        }
    }

    @Test func `a byte that has changed ends what is believed, and nothing traps`() async throws {
        try await scene { scene in
            let path = scene.path("session")
            let store = MQTTFileSessionStore(path: path)
            _ = try await store.load()
            for number in 0..<3 { try await store.apply([.publish(number: UInt64(number), Self.message("message \(number)"))]) }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for index in 8..<bytes.count {
                var damaged = bytes
                damaged[index] ^= 0x41
                let copy = scene.path("copy")
                try damaged.write(to: URL(fileURLWithPath: copy))
                #expect(try await Self.load(copy).outgoing.count < 3)
            }
        }
    }

    @Test func `a file of something else is left as it is, and a second process is told`() async throws {
        try await scene { scene in
            let path = scene.path("other")
            try "something else".write(toFile: path, atomically: true, encoding: .utf8)
            await #expect(throws: MQTTError.store("\(path): this file is no session of this program")) { try await Self.load(path) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "something else")
            let mine = scene.path("mine")
            let store = MQTTFileSessionStore(path: mine)
            _ = try await store.load()
            await #expect(throws: MQTTError.store("\(mine): another process uses this session")) { try await Self.load(mine) }
            _ = store
        }
    }

    @Test func `a journal that is mostly past is written anew`() async throws {
        try await scene { scene in
            let path = scene.path("session")
            let store = MQTTFileSessionStore(path: path)
            _ = try await store.load()
            var largest = 0
            let text = String(repeating: "x", count: 10_000)
            for number in 0..<600 {
                try await store.apply([.publish(number: UInt64(number), Self.message(text))] + (number > 3 ? [.finish(number: UInt64(number - 4))] : []))
                largest = max(largest, try Data(contentsOf: URL(fileURLWithPath: path)).count)
            }
            #expect(largest < 1_200_000)
            #expect(try await store.load().outgoing.map(\.number) == [596, 597, 598, 599])
        }
    }
}
#endif
