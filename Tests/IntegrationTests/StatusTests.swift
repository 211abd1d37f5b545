import Foundation
import Testing

@testable import Harness

/// The status message as subscribers of a real broker see it.
@Suite(.serialized) struct StatusTests {
    private static let topic = "ble/status/test-01"
    private static let will =
        #"{"scanner_id":"test-01","status":"offline","version":"0.1.0","reason":"connection lost","reasons":["connection lost"]}"#

    private func capture(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(1_000, every: 10_000).write(to: path)
        return path
    }

    private func object(_ message: Subscriber.Message) throws -> [String: Any] {
        #expect(message.topic == Self.topic)
        return try #require(try JSONSerialization.jsonObject(with: Data(message.payload.utf8)) as? [String: Any])
    }

    private func publish(_ payload: String, _ broker: Broker, _ scene: Scene) async throws {
        _ = try await scene.run(
            "mosquitto_pub", ["-h", "127.0.0.1", "-p", String(broker.port), "-q", "1", "-r", "-t", Self.topic, "-m", payload])
    }

    @Test func `the birth is followed by heartbeats with all numbers`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: Self.topic)
            var configuration = Daemon.Configuration(broker)
            configuration.more = ["status:", "  interval: 5"]
            let daemon = try Daemon(scene, configuration, replay: capture(scene), speed: .real, arguments: ["--replay-loop"])
            // Births at 0, 2 and 10 s, heartbeats at 5, 10 and 15 s.
            let messages = try await subscriber.messages(5)
            var received = -1
            for message in messages {
                let object = try object(message)
                #expect(object["status"] as? String == "online" && object["version"] is String && object["timestamp"] is String)
                let numbers = try #require(object["statistics"] as? [String: Any])
                #expect(Set(numbers.keys) == Set(Statistics.keys))
                func number(_ key: String) -> Int { numbers[key] as? Int ?? -1_000_000 }
                #expect(number("received") >= received)
                received = number("received")
                let places = ["published", "filtered", "thinned", "dropped", "queued", "in_flight"].reduce(0) { $0 + number($1) }
                #expect(received == places)
                #expect(number("rss_kb") > 0 && number("connects") == 1)
                let adapters = try #require(object["adapters"] as? [String: [String: Any]])
                #expect(adapters["replay"]?["received"] as? Int == received)
            }
            let last = try #require(try object(messages[4])["statistics"] as? [String: Any])
            #expect((last["received_per_s"] as? Double ?? 0) > 50)
            #expect((last["uptime_s"] as? Double ?? 0) >= 10)
            _ = try await daemon.terminate()
            let end = try object(try #require(subscriber.messages.last))
            #expect(end["status"] as? String == "offline" && end["reason"] as? String == "stopped")
        }
    }

    @Test func `an old session's will that comes late is put right`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: Self.topic)
            let daemon = try Daemon(scene, .init(broker), replay: capture(scene), speed: .real, arguments: ["--replay-loop"])
            try await subscriber.messages(1)
            for delay in [2.0, 10.0] {
                let before = subscriber.count
                try await publish(Self.will, broker, scene)
                try await until("the will, and the status again", within: delay + 2) {
                    let later = subscriber.messages.dropFirst(before).map(\.payload)
                    guard let will = later.firstIndex(where: { $0.contains("connection lost") }) else { return false }
                    return later[will...].contains { $0.contains(#""status":"online""#) }
                }
                let retained = try await Subscriber.start(broker, topic: Self.topic)
                let told = try object(try #require(try await retained.messages(1).first))
                #expect(told["status"] as? String == "online")
            }
            _ = try await daemon.terminate()
        }
    }

    @Test func `a session of the same name that takes over does not leave the status offline`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: Self.topic)
            var configuration = Daemon.Configuration(broker)
            configuration.more = ["status:", "  interval: 5"]
            let path = try capture(scene)
            let first = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            try await subscriber.messages(1)
            // It stays connected and says nothing more: for the broker, half open.
            first.child.signal(SIGSTOP)
            let second = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            try await second.remark("connected to broker")
            first.child.kill()
            try await until("the first one's will", within: 10) { subscriber.messages.contains { $0.payload.contains("connection lost") } }
            try await until("online behind it", within: 10) { subscriber.messages.last?.payload.contains(#""status":"online""#) ?? false }
            _ = try await second.terminate()
        }
    }

    @Test func `losses make it degraded, with their reason`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: Self.topic)
            var configuration = Daemon.Configuration(broker, qos: 1)
            configuration.ringSize = "64 KiB"
            let daemon = try Daemon(scene, configuration, replay: capture(scene), speed: .factor(50), arguments: ["--replay-loop"])
            try await subscriber.messages(1)
            broker.freeze()
            try await daemon.statistics("a full ring") { $0["dropped_ring_full"] > 0 }
            broker.thaw()
            let message = try await until("degraded") { subscriber.messages.first { $0.payload.contains(#""status":"degraded""#) } }
            let reasons = try #require(try object(message)["reasons"] as? [String])
            #expect(reasons.count == 1 && reasons[0].hasSuffix("advertisements dropped: ring_full"))
            _ = try await daemon.terminate()
        }
    }

    @Test func `a machine without an adapter is degraded`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: Self.topic)
            var configuration = Daemon.Configuration(broker)
            configuration.more = ["scanner:", "  adapter: hci99"]
            let daemon = try Daemon(scene, configuration, replay: nil)
            let message = try await until("degraded") { subscriber.messages.first { $0.payload.contains(#""status":"degraded""#) } }
            let object = try object(message)
            #expect((object["reason"] as? String)?.contains("hci99") == true)
            #expect((object["adapters"] as? [String: [String: Any]])?["hci99"]?["state"] as? String == "absent")
            _ = try await daemon.terminate()
        }
    }
}
