#if Tools
import MQTTClient
import Testing

@testable import Harness

/// Document 003's messaging verbs, against a real Mosquitto in both versions.
@Suite struct MessagingTests {
    @Test(arguments: MQTTVersion.allCases)
    func `connect, status, disconnect`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let client = try MQTTClient(broker.configuration(version) { $0.clientID = "one" })
            #expect(await !client.status.isConnected)
            try await client.connect()
            let status = await client.status
            #expect(status.connection == .connected(to: broker.address, version))
            #expect(status.acceptance?.clientID == "one" && status.counters.connects == 1)
            await client.disconnect()
            #expect(await client.status.connection == .disconnected)
            try await until("the broker has seen DISCONNECT") { broker.log.contains { $0.contains("Client one disconnected.") } }
            await #expect(throws: MQTTError.closed) { try await client.publish("x", to: "t", qos: .atLeastOnce) }
        }
    }

    @Test(arguments: MQTTVersion.allCases, MQTTQoS.allCases)
    func `publish and subscribe at each QoS, with payloads of any bytes`(version: MQTTVersion, qos: MQTTQoS) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            try await MQTTClient.withConnection(broker.configuration(version)) { client in
                let messages = try await client.subscribe(to: "t/#", qos: qos)
                let payloads: [[UInt8]] = [[], Array(0...255), [UInt8](repeating: 7, count: 100_000)]
                for (index, payload) in payloads.enumerated() { try await client.publish(payload, to: "t/\(index)", qos: qos) }
                let received = try await messages.take(3)
                #expect(received.map(\.payload) == payloads && received.map(\.topic) == ["t/0", "t/1", "t/2"])
                #expect(received.allSatisfy { $0.qos == qos && !$0.isRetained && !$0.isDuplicate })
            }
        }
    }

    private struct Reading: Codable, Equatable {
        var sensor: String
        var value: Double
        var note: String?
    }

    @Test func `JSON, there and back`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            try await MQTTClient.withConnection(broker.configuration()) { client in
                let messages = try await client.subscribe(to: "j")
                let reading = Reading(sensor: "a/b", value: 22.5, note: nil)
                try await client.publishJSON(reading, to: "j", qos: .atLeastOnce)
                try await client.publish("[1", to: "j", qos: .atLeastOnce)
                let received = try await messages.take(2)
                #expect(received[0].text == #"{"sensor":"a/b","value":22.5}"#)
                #expect(try received[0].decode(Reading.self) == reading)
                #expect(throws: MQTTError.self) { try received[1].decode([Int].self) }
                await #expect(throws: MQTTError.self) { try await client.publishJSON(Double.nan, to: "j") }
            }
        }
    }

    @Test(arguments: MQTTVersion.allCases)
    func `a batch: what is published, and what failed with which reason`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            try await MQTTClient.withConnection(broker.configuration(version)) { client in
                let messages = try await client.subscribe(to: "b/#", qos: .exactlyOnce)
                var batch = (0..<300).map { MQTTMessage(topic: "b/\($0)", text: "\($0)", qos: MQTTQoS.allCases[$0 % 3]) }
                batch[7].topic = "b/+"
                batch[200].topic = ""
                let result = try await client.publish(batch: batch)
                #expect(result.published == 298 && result.failed.map(\.index) == [7, 200])
                #expect(result.failed[0].error as? MQTTError == .invalidTopic(.wildcard("+", at: 2)))
                #expect(result.failed[1].error as? MQTTError == .invalidTopic(.empty))
                let received = try await messages.take(298)
                #expect(Set(received.map(\.topic)) == Set(batch.indices.filter { $0 != 7 && $0 != 200 }.map { "b/\($0)" }))
                #expect(try await client.publish(batch: []).published == 0)
            }
        }
    }

    @Test(arguments: MQTTVersion.allCases)
    func `subscribe to many, list, unsubscribe`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            try await MQTTClient.withConnection(broker.configuration(version)) { client in
                let both = try await client.subscribe(to: ["a/+", "b/#"], qos: .exactlyOnce)
                let one = try await client.subscribe(to: "c")
                #expect(await client.subscriptions.map(\.filter.text) == ["a/+", "b/#", "c"])
                #expect(both.granted.map(\.rawValue) == [2, 2] && one.granted.map(\.rawValue) == [1])
                try await client.unsubscribe(from: ["b/#"])
                for topic in ["a/1", "b/1", "c", "a/2"] { try await client.publish(topic, to: topic, qos: .atLeastOnce) }
                #expect(try await both.take(2).map(\.topic) == ["a/1", "a/2"])
                #expect(try await one.take(1).map(\.topic) == ["c"])
                try await one.unsubscribe()
                #expect(await client.subscriptions.map(\.filter.text) == ["a/+"])
                // Its sequence ends.
                #expect(try await one.take(1).isEmpty)
            }
        }
    }

    @Test(arguments: MQTTVersion.allCases)
    func `two subscriptions that overlap each get the message`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            try await MQTTClient.withConnection(broker.configuration(version)) { client in
                let all = try await client.subscribe(to: "o/#")
                let one = try await client.subscribe(to: "o/1")
                for index in 0..<3 { try await client.publish("\(index)", to: "o/1", qos: .atLeastOnce) }
                try await client.publish("end", to: "o/2", qos: .atLeastOnce)
                #expect(try await all.take(4).map(\.text) == ["0", "1", "2", "end"])
                #expect(try await one.take(3).map(\.text) == ["0", "1", "2"])
            }
        }
    }

    @Test(arguments: MQTTVersion.allCases)
    func `retained: set, get, delete`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            try await MQTTClient.withConnection(broker.configuration(version) { $0.clientID = "keeper" }) { client in
                #expect(try await client.retained(at: "r/1") == nil)
                try await client.setRetained(Array("first".utf8), at: "r/1")
                try await client.setRetained(Array("second".utf8), at: "r/1")
                let kept = try await client.retained(at: "r/1")
                #expect(kept?.payload == Array("second".utf8) && kept?.retain == true)
                // Whoever subscribes later gets it, marked.
                let late = try await client.subscribe(to: "r/#")
                #expect(try await late.take(1).map(\.isRetained) == [true])
                try await client.deleteRetained(at: "r/1")
                #expect(try await client.retained(at: "r/1") == nil)
                await #expect(throws: MQTTError.payload("is empty, which would delete the retained message")) { try await client.setRetained([], at: "r/1") }
                await #expect(throws: MQTTError.invalidTopic(.wildcard("#", at: 2))) { try await client.retained(at: "r/#") }
            }
        }
    }

    @Test func `topics: validate, with wildcards and without, and what they consist of`() throws {
        try MQTTTopic.validate("sensors/temperature")
        try MQTTTopic.validate("sensors/+/temperature", allowingWildcards: true)
        #expect(throws: MQTTTopicFault.wildcard("+", at: 8)) { try MQTTTopic.validate("sensors/+/temperature") }
        #expect(throws: MQTTTopicFault.misplacedMultiLevelWildcard(at: 2)) { try MQTTTopic.validate("a/#/b", allowingWildcards: true) }
        let info = try MQTTTopic.info("$share/group/a//+")
        #expect(info.levels == ["a", "", "+"] && info.hasWildcard && info.shareName == "group" && !info.isReserved)
        #expect(try MQTTTopic.info("$SYS/broker").isReserved)
    }

    @Test(arguments: MQTTVersion.allCases)
    func `health check: a broker that answers, one that stands still, and one that is gone`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            try await MQTTClient.withConnection(broker.configuration(version) { $0.shutdownTimeout = .milliseconds(100) }) { client in
                let well = await client.healthCheck()
                #expect(well.isHealthy && well.status.isConnected)
                broker.freeze()
                let ill = await client.healthCheck(timeout: .milliseconds(300))
                #expect(!ill.isHealthy && ill.status.isConnected)
                broker.kill()
                broker.thaw()
                try await until("it notices") { true }
                var gone = await client.healthCheck(timeout: .milliseconds(300))
                while gone.status.isConnected { gone = await client.healthCheck(timeout: .milliseconds(300)) }
                #expect(!gone.isHealthy)
            }
        }
    }

    @Test(arguments: MQTTVersion.allCases)
    func `a client that is confined to a prefix neither publishes nor sees anything outside of it`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            try await MQTTClient.withConnection(broker.configuration(version)) { client in
                let tenant = try client.confined(to: "tenant/a/")
                let seen = try await tenant.subscribe(to: "#")
                let everything = try await client.subscribe(to: "#")
                for topic in ["tenant/b/x", "tenant/ab", "tenant/a", "x"] { try await client.publish("foreign", to: topic, qos: .atLeastOnce) }
                for topic in ["x", "../b/x", "/tenant/b", "$SYS/x", "tenant/b/x"] { try await tenant.publish("own", to: topic, qos: .atLeastOnce) }
                #expect(try await seen.take(5).map(\.topic) == ["x", "../b/x", "/tenant/b", "$SYS/x", "tenant/b/x"])
                let outside = try await everything.take(9).map(\.topic)
                #expect(outside.suffix(5).allSatisfy { $0.hasPrefix("tenant/a/") })
                await #expect(throws: MQTTError.invalidTopic(.empty)) { try await tenant.publish("x", to: "") }
                await #expect(throws: MQTTError.invalidTopic(.wildcard("#", at: 0))) { try await tenant.publish("x", to: "#") }
                #expect(throws: MQTTError.invalidTopic(.wildcard("+", at: 0))) { try client.confined(to: "+") }
                #expect(throws: MQTTError.invalidTopic(.empty)) { try client.confined(to: "/") }
                try await tenant.setRetained([1], at: "kept")
                #expect(try await tenant.retained(at: "kept")?.topic == "kept")
                #expect(try await client.retained(at: "tenant/a/kept")?.payload == [1])
                #expect(await tenant.subscriptions.map(\.filter.text) == ["#"])
                let batch = try await tenant.publish(batch: [MQTTMessage(topic: "1", text: ""), MQTTMessage(topic: "", text: ""), MQTTMessage(topic: "2", text: "")])
                #expect(batch.published == 2 && batch.failed.map(\.index) == [1])
                try await tenant.unsubscribe(from: ["#"])
                #expect(await tenant.subscriptions.isEmpty)
            }
        }
    }
}
#endif
