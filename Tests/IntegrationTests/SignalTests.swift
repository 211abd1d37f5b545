import Foundation
import Testing

@testable import Harness

/// Signals other than those that end the daemon.
@Suite(.serialized) struct SignalTests {
    private struct Setup {
        let broker: Broker
        let subscriber: Subscriber
        let daemon: Daemon
        let configuration: Daemon.Configuration
    }

    /// A daemon that publishes a hundred reports a second.
    private func start(_ scene: Scene, more: [String] = []) async throws -> Setup {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(1_000, every: 10_000).write(to: path)
        let broker = try await Broker.start(scene)
        let subscriber = try await Subscriber.start(broker)
        var configuration = Daemon.Configuration(broker)
        configuration.more = more
        let daemon = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
        try await subscriber.messages(10)
        return Setup(broker: broker, subscriber: subscriber, daemon: daemon, configuration: configuration)
    }

    @Test func `SIGUSR1 prints the statistics, each time it is sent`() async throws {
        try await scene { scene in
            let setup = try await start(scene)
            let first = try await setup.daemon.ask()
            let second = try await setup.daemon.ask()
            #expect(first.faults == [])
            #expect(second["received"] >= first["received"])
            #expect(second["published"] > 0)
            _ = try await setup.daemon.terminate()
        }
    }

    @Test func `a signal that keeps coming holds up neither the stream nor the end`() async throws {
        try await scene { scene in
            // Reading so much takes longer than sending the next SIGHUP, and SIGHUP is dequeued before SIGTERM.
            let rules = (0..<250).flatMap { ["    - action: deny", "      address: \"FF:FF:FF:FF:FF:\(String(format: "%02X", $0))\""] }
            let setup = try await start(scene, more: ["filters:", "  rules:"] + rules)
            let storm = try scene.start("sh", ["-c", "while kill -HUP \(setup.daemon.child.pid); do :; done"], label: "storm")
            try await setup.daemon.remark("configuration read again")
            let count = setup.subscriber.count
            try await setup.subscriber.messages(count + 200)
            #expect(try await setup.daemon.terminate()["connects"] == 1)
            storm.kill()
        }
    }

    @Test(arguments: [SIGPIPE, SIGUSR2]) func `a signal that means nothing here does no harm`(number: Int32) async throws {
        try await scene { scene in
            let setup = try await start(scene)
            setup.daemon.child.signal(number)
            let count = setup.subscriber.count
            try await setup.subscriber.messages(count + 100)
            #expect(try await setup.daemon.terminate()["connects"] == 1)
        }
    }

    @Test func `Closed standard streams become the null device, not the broker's socket`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(1_000, every: 10_000).write(to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            let configuration = scene.path("closed.yaml")
            try Daemon.Configuration(broker).yaml.write(toFile: configuration, atomically: true, encoding: .utf8)
            let child = try scene.start(
                "sh",
                [
                    "-c", #"exec "$@" <&- >&- 2>&-"#, "sh", Daemon.binary, "--config", configuration, "--replay", path, "--replay-loop",
                ], label: "closed")
            try await subscriber.messages(100)
            for number in 0...2 {
                let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child.pid)/fd/\(number)")
                #expect(target == "/dev/null")
            }
        }
    }

    @Test func `SIGHUP with a wrong configuration keeps the old one and says why`() async throws {
        try await scene { scene in
            let setup = try await start(scene)
            let before = setup.daemon.log.count
            var wrong = setup.configuration
            wrong.qos = 3
            try setup.daemon.rewrite(wrong.yaml)
            setup.daemon.child.signal(1)
            try await setup.daemon.remark("mqtt.client.qos: 3", from: before)
            let count = setup.subscriber.count
            try await setup.subscriber.messages(count + 100)
            #expect(try await setup.daemon.terminate()["connects"] == 1)
        }
    }

    @Test func `SIGHUP with a missing configuration keeps the old one and says why`() async throws {
        try await scene { scene in
            let setup = try await start(scene)
            let before = setup.daemon.log.count
            _ = try await scene.run("rm", [setup.daemon.configurationPath])
            setup.daemon.child.signal(1)
            try await setup.daemon.remark(setup.daemon.configurationPath, from: before)
            let count = setup.subscriber.count
            try await setup.subscriber.messages(count + 100)
            _ = try await setup.daemon.terminate()
        }
    }

    @Test func `SIGHUP with another configuration is followed`() async throws {
        try await scene { scene in
            let setup = try await start(scene)
            let second = try await Broker.start(scene)
            let there = try await Subscriber.start(second)
            var other = setup.configuration
            other.port = second.port
            other.scannerID = "other-02"
            try setup.daemon.rewrite(other.yaml)
            setup.daemon.child.signal(1)
            let message = try #require(try await there.messages(1).first)
            #expect(message.topic.hasPrefix("ble/raw/other-02/"))
            #expect(try Message(message).scannerID == "other-02")
            let last = try await setup.daemon.terminate()
            #expect(last.faults == [])
        }
    }
}
