import Foundation
import Testing

@testable import Harness

/// Home Assistant's discovery message on a real broker.
@Suite(.serialized) struct HomeAssistantTests {
    private static let topic = "homeassistant/device/test-01/blemqttd/config"

    private func capture(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(1_000, every: 10_000).write(to: path)
        return path
    }

    private func configuration(_ broker: Broker, discovery: Bool) -> Daemon.Configuration {
        var configuration = Daemon.Configuration(broker)
        configuration.more = ["home_assistant:", "  discovery: \(discovery)"]
        return configuration
    }

    private func start(_ scene: Scene, _ configuration: Daemon.Configuration, state: String? = nil) throws -> Daemon {
        try Daemon(
            scene, configuration, replay: capture(scene), speed: .real, arguments: ["--replay-loop"],
            environment: state.map { ["STATE_DIRECTORY": $0] } ?? [:])
    }

    /// What a subscriber that comes now is given: the retained message, nil if none.
    private func retained(_ broker: Broker) async throws -> String? {
        try await Subscriber.retained(broker).first { $0.topic == Self.topic }?.payload
    }

    @Test func `it appears as a device, and is gone when it is switched off`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "homeassistant/#")
            let status = try await Subscriber.start(broker, topic: "ble/status/#")
            let daemon = try start(scene, configuration(broker, discovery: true))
            let message = try #require(try await subscriber.messages(1).first)
            #expect(message.topic == Self.topic)
            #expect(try await retained(broker) == message.payload)

            let object = try #require(try JSONSerialization.jsonObject(with: Data(message.payload.utf8)) as? [String: Any])
            let stateTopic = try #require(object["state_topic"] as? String)
            let told = try #require(try await status.messages(1).first)
            #expect(told.topic == stateTopic)
            let components = try #require(object["cmps"] as? [String: [String: String]])
            #expect(Set(components.values.compactMap { $0["unique_id"] }).count == components.count)
            #expect(components.values.allSatisfy { $0["availability_topic"] == nil || $0["availability_topic"] == stateTopic })

            try daemon.rewrite(configuration(broker, discovery: false).yaml)
            daemon.child.signal(SIGHUP)
            let removal = try await subscriber.messages(2)[1]
            #expect(removal.topic == Self.topic && removal.payload == "")
            #expect(try await retained(broker) == nil)
            _ = try await daemon.terminate()
        }
    }

    @Test func `another name takes the old device along`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "homeassistant/#")
            var wanted = configuration(broker, discovery: true)
            let daemon = try start(scene, wanted)
            try await subscriber.messages(1)
            wanted.scannerID = "other-02"
            try daemon.rewrite(wanted.yaml)
            daemon.child.signal(SIGHUP)
            let messages = try await until("another device", within: 30) { () -> [Subscriber.Message]? in
                let all = subscriber.messages
                return all.contains { $0.topic.contains("other-02") } ? all : nil
            }
            // Whose removal has not been acknowledged when the session ends says it again in the next one.
            let removals = messages.dropFirst().dropLast()
            #expect(!removals.isEmpty && removals.allSatisfy { $0.topic == Self.topic && $0.payload == "" }, "\(messages)")
            #expect(messages.last?.topic == "homeassistant/device/other-02/blemqttd/config" && messages.last?.payload != "", "\(messages)")
            _ = try await daemon.terminate()
        }
    }

    @Test func `switched off while the daemon was away, it is gone after the next start`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "homeassistant/#")
            let state = scene.path("state")
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            let first = try start(scene, configuration(broker, discovery: true), state: state)
            try await subscriber.messages(1)
            _ = try await first.terminate()
            #expect(try await retained(broker) != nil, "it stays while the daemon is away")

            let note = state + "/home-assistant"
            #expect(FileManager.default.fileExists(atPath: note))
            let second = try start(scene, configuration(broker, discovery: false), state: state)
            let removal = try await subscriber.messages(2)[1]
            #expect(removal.topic == Self.topic && removal.payload == "")
            try await until("the note is gone") { !FileManager.default.fileExists(atPath: note) }
            _ = try await second.terminate()
            #expect(try await retained(broker) == nil)

            let third = try start(scene, configuration(broker, discovery: false), state: state)
            try await third.remark("connected to broker")
            _ = try await third.terminate()
            #expect(subscriber.count == 2, "what is gone is not removed again")
        }
    }

    @Test func `what is not to be retained any more is cleared and published all the same`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "homeassistant/#")
            var wanted = configuration(broker, discovery: true)
            let daemon = try start(scene, wanted)
            try await subscriber.messages(1)
            wanted.more += ["status:", "  retain: false"]
            try daemon.rewrite(wanted.yaml)
            daemon.child.signal(SIGHUP)
            let messages = try await subscriber.messages(3)
            #expect(messages[1].payload == "" && messages[2].payload == messages[0].payload)
            #expect(try await retained(broker) == nil)
            _ = try await daemon.terminate()
        }
    }

    @Test func `without a note nothing is sent`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "homeassistant/#")
            let status = try await Subscriber.start(broker, topic: "ble/status/#")
            let daemon = try start(scene, configuration(broker, discovery: false))
            try await status.messages(1)
            _ = try await daemon.terminate()
            #expect(subscriber.count == 0)
        }
    }
}
