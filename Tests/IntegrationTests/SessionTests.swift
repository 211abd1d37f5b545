import Foundation
import Testing

@testable import Harness

/// Login, will and status as a real broker sees them.
@Suite(.serialized) struct SessionTests {
    private func reports(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(1_000, every: 10_000).write(to: path)
        return path
    }

    private func status(_ message: Subscriber.Message?) throws -> String? {
        let message = try #require(message)
        #expect(message.topic == "ble/status/test-01")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(message.payload.utf8)) as? [String: Any])
        #expect(object["scanner_id"] as? String == "test-01")
        return object["status"] as? String
    }

    @Test func `a broker that prescribes its topics gets them`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "/v1/#")
            var configuration = Daemon.Configuration(broker, qos: 1)
            configuration.more = [
                "topic:", "  advertisement: /v1/{adapter}/{mac_bare}/{scanner_id}", "  status: /v1/attributes", "  status_is_whole: true",
            ]
            let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real)
            let messages = try await subscriber.messages(10)
            _ = try await daemon.terminate()
            let devices = messages.filter { $0.topic != "/v1/attributes" }
            #expect(messages.contains { $0.topic == "/v1/attributes" } && devices.count > 1)
            for message in devices {
                let object = try #require(try JSONSerialization.jsonObject(with: Data(message.payload.utf8)) as? [String: Any])
                let address = try #require(object["mac_address"] as? String)
                #expect(message.topic == "/v1/replay/\(address.replacing(":", with: ""))/test-01")
            }
        }
    }

    @Test func `the environment of the process counts more than the file`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "ble/status/#")
            let daemon = try Daemon(
                scene, .init(broker), replay: reports(scene), speed: .real, environment: ["BLEMQTTD_SCANNER_ID": "other-02"])
            #expect(try await subscriber.messages(1)[0].topic == "ble/status/other-02")
            _ = try await daemon.terminate()
        }
    }

    @Test func `a broker that wants a name and a password gets them`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: .init(username: "scanner", password: "a-secret"))
            let subscriber = try await Subscriber.start(broker)
            let daemon = try Daemon(scene, .init(broker, qos: 1), replay: reports(scene), speed: .real)
            try await subscriber.messages(10)
            _ = try await daemon.terminate()
            #expect(!daemon.log.lines.contains { $0.contains("a-secret") }, "no secret in the log")
            #expect(broker.log.contains { $0.contains(" as blemqttd-test-01-") && $0.contains("u'scanner'") })
        }
    }

    @Test func `a wrong password is logged, and a right one later is taken`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: .init(username: "scanner", password: "a-secret"))
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker)
            configuration.login = .init(username: "scanner", password: "not-so")
            configuration.initialDelay = 0.5
            configuration.maxDelay = 1
            let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real)
            try await daemon.remark("not authori")
            configuration.login = broker.login
            try daemon.rewrite(configuration.yaml)
            daemon.child.signal(SIGHUP)
            try await subscriber.messages(1)
            _ = try await daemon.terminate()
        }
    }

    @Test func `the broker says offline for a daemon that was killed, and keeps saying so`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "ble/status/#")
            let daemon = try Daemon(scene, .init(broker), replay: reports(scene), speed: .real)
            #expect(try status(try await subscriber.messages(1).last) == "online")
            daemon.child.kill()
            #expect(try status(try await subscriber.messages(2).last) == "offline")
            let later = try await Subscriber.start(broker, topic: "ble/status/#")
            #expect(try status(try await later.messages(1).last) == "offline")
        }
    }

    @Test func `the daemon says offline itself when it is stopped`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker, topic: "ble/status/#")
            let daemon = try Daemon(scene, .init(broker), replay: reports(scene), speed: .real)
            #expect(try status(try await subscriber.messages(1).last) == "online")
            _ = try await daemon.terminate()
            #expect(try status(try await subscriber.messages(2).last) == "offline")
            let later = try await Subscriber.start(broker, topic: "ble/status/#")
            #expect(try status(try await later.messages(1).last) == "offline")
        }
    }

    @Test func `a connection that is quiet is kept alive`() async throws {
        try await scene { scene in
            let path = scene.path("idle.btsnoop")
            try Numbered.capture(2, every: 3_600_000_000).write(to: path)
            // The broker closes a connection that was quiet for one and a half times this.
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker)
            configuration.keepAlive = 5
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real)
            try await subscriber.messages(1)
            let start = try await daemon.ask()
            try await daemon.statistics("twice the keep alive has passed") { $0["uptime_s"] >= start["uptime_s"] + 10 }
            #expect(try await daemon.terminate()["connects"] == 1)
            #expect(broker.connections(of: "blemqttd") == 1)
        }
    }

    @Test func `a frozen broker is noticed by its missing answer to a ping`() async throws {
        try await scene { scene in
            let path = scene.path("idle.btsnoop")
            try Numbered.capture(2, every: 3_600_000_000).write(to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker)
            configuration.keepAlive = 5
            configuration.initialDelay = 0.5
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real)
            try await subscriber.messages(1)
            broker.freeze()
            let before = daemon.remarks.count
            try await until("the daemon says that the connection is lost: \(daemon.log.tail())", within: 20) { daemon.remarks.count > before }
            broker.thaw()
            try await daemon.statistics("connected again") { $0["connects"] == 2 }
            _ = try await daemon.terminate()
        }
    }
}
