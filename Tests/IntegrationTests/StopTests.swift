import Testing

@testable import Harness

/// SIGTERM ends the daemon with status 0 and its final statistics within 5 s, whatever it is doing.
@Suite(.serialized) struct StopTests {
    /// A capture of one report now and one in an hour.
    private func idle(_ scene: Scene) throws -> String {
        let path = scene.path("idle.btsnoop")
        try Numbered.capture(2, every: 3_600_000_000).write(to: path)
        return path
    }

    private func expectCleanStop(_ daemon: Daemon, signal: Int32 = 15) async throws -> Statistics {
        let lines = daemon.statistics.count
        daemon.child.signal(signal)
        let last = try await daemon.finish(within: 5)
        #expect(daemon.statistics.count > lines, "statistics at the end")
        #expect(last.faults == [])
        #expect(last["queued"] == 0)
        #expect(last["in_flight"] == 0)
        return last
    }

    @Test(arguments: [15, 2] as [Int32])
    func `the daemon stops at once when it has nothing to do`(signal: Int32) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            let daemon = try Daemon(scene, .init(broker), replay: idle(scene), speed: .real)
            try await subscriber.messages(1)
            let taken = try await seconds { _ = try await expectCleanStop(daemon, signal: signal) }
            #expect(taken < 2)
            #expect(!broker.log.contains { $0.contains("blemqttd") && $0.contains("closed its connection") }, "it says DISCONNECT")
        }
    }

    @Test func `the daemon stops while its broker's host does not answer`() async throws {
        try await scene { scene in
            let server = try ScriptedBroker(scene, .full)
            let fillers = server.knocking
            let daemon = try Daemon(scene, .init(port: server.port), replay: idle(scene), speed: .real)
            try await until("the daemon knocks: \(daemon.log.tail())") { server.knocking > fillers }
            _ = try await expectCleanStop(daemon)
        }
    }

    @Test func `the daemon stops while its broker takes the connection and says nothing`() async throws {
        try await scene { scene in
            let server = try ScriptedBroker(scene, .silent)
            let daemon = try Daemon(scene, .init(port: server.port), replay: idle(scene), speed: .real)
            try await until("the daemon says CONNECT") { !server.received.isEmpty }
            _ = try await expectCleanStop(daemon)
        }
    }

    @Test func `the daemon stops while it waits before it tries again`() async throws {
        try await scene { scene in
            let server = try ScriptedBroker(scene, .close)
            var configuration = Daemon.Configuration(port: server.port)
            configuration.initialDelay = 3600
            configuration.maxDelay = 3600
            let daemon = try Daemon(scene, configuration, replay: idle(scene), speed: .real)
            try await until("a connection was taken and closed") { server.accepted == 1 }
            try await daemon.remark("127.0.0.1")
            _ = try await expectCleanStop(daemon)
            #expect(server.accepted == 1)
        }
    }

    @Test func `the daemon stops while it looks for a host that has no address`() async throws {
        try await scene { scene in
            var configuration = Daemon.Configuration(port: 1883)
            configuration.host = "broker.invalid"
            let daemon = try Daemon(scene, configuration, replay: idle(scene), speed: .real)
            try await daemon.remark("broker.invalid")
            _ = try await expectCleanStop(daemon)
        }
    }

    @Test(arguments: [0, 1])
    func `the daemon stops while its broker is frozen and everything is full`(qos: Int) async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.write(210_000, to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            let daemon = try Daemon(scene, .init(broker, qos: qos), replay: path, arguments: ["--replay-loop"])
            try await subscriber.messages(1000)
            broker.freeze()
            var before = try await daemon.ask()
            try await daemon.statistics("nothing goes out any more") { now in
                defer { before = now }
                return now["published"] == before["published"] && now["received"] == before["received"] && now["queued"] > 0
            }
            let last = try await expectCleanStop(daemon)
            if qos == 1 { #expect(last["dropped_unconfirmed"] > 0) }
        }
    }

    @Test func `the daemon stops in the middle of a stream and loses nothing it has sent`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.write(70_000, to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            let daemon = try Daemon(scene, .init(broker, qos: 1), replay: path, arguments: ["--replay-loop"])
            try await subscriber.messages(5_000)
            let last = try await expectCleanStop(daemon)
            try await subscriber.messages(last["published"])
            // A message after the last one would come within the time that a round trip through the broker takes.
            _ = try await scene.run("mosquitto_pub", ["-h", "127.0.0.1", "-p", String(broker.port), "-q", "1", "-t", "ble/raw/end", "-m", "end"])
            try await until("the last message") { subscriber.messages.last?.payload == "end" }
            let seen = subscriber.count - 1
            #expect(seen >= last["published"])
            #expect(seen <= last["published"] + last["dropped_unconfirmed"])
        }
    }

    @Test(arguments: [0, 1])
    func `the daemon ends by itself as soon as the capture is sent`(qos: Int) async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.write(7_000, to: path)
            let broker = try await Broker.start(scene)
            let daemon = try Daemon(scene, .init(broker, qos: qos), replay: path)
            // Keep alive and statistics come long after; nothing but the end of the capture can end it.
            let last = try await daemon.finish(within: 10)
            #expect(last["published"] == 7_000)
        }
    }
}
