import Testing

@testable import Harness

/// Brokers that come back, and one that does not.
@Suite(.serialized) struct RecoveryTests {
    @Test func `a broker that is back after 5 s has messages again within 10 s`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(6_000, every: 10_000).write(to: path)
            let broker = try await Broker.start(scene)
            let first = try await Subscriber.start(broker)
            let daemon = try Daemon(scene, .init(broker), replay: path, speed: .real)
            try await first.messages(10)
            broker.kill()
            // Not a wait for something: this is how long the broker is away.
            try await Task.sleep(for: .seconds(5))
            try await broker.start()
            let taken = try await seconds {
                let second = try await Subscriber.start(broker)
                try await second.messages(1, within: 10)
            }
            #expect(taken < 10)
            print("publishing again \(taken) s after the broker came back")
            let last = try await daemon.terminate()
            #expect(last["connects"] == 2)
            for line in daemon.statistics { #expect(line.faults == [], "\(line)") }
        }
    }

    @Test func `a broker that never comes back costs neither memory nor time nor log lines`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(1_000, every: 10_000).write(to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker, qos: 1)
            configuration.statsInterval = 1
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            try await subscriber.messages(100)
            broker.kill()
            try await daemon.statistics("reports are dropped offline") { $0["dropped_offline"] > 0 }

            func look() async throws -> (statistics: Statistics, memory: Int, cpu: Double, remarks: Int) {
                let statistics = try await daemon.ask()
                let memory = try #require(daemon.child.anonymousKB)
                return (statistics, memory, try #require(daemon.child.cpuSeconds), daemon.remarks.count)
            }
            func line(_ what: String, where condition: (Statistics) -> Bool) async throws {
                // Its own line of every second: to be asked would keep it busy.
                var seen = daemon.log.count
                try await until(what, within: 90) {
                    let lines = daemon.log.lines(from: seen)
                    seen += lines.count
                    return lines.contains { Statistics(logLine: $0).map(condition) ?? false }
                }
            }
            // What failing for the first time needs has been done once by then.
            try await line("offline for 5 s") { $0["dropped_offline"] > 500 }
            let before = try await look()
            try await line("offline for a minute") { $0["uptime_s"] >= before.statistics["uptime_s"] + 60 }
            let after = try await look()
            let time = try #require(after.statistics.values["uptime_s"]) - (try #require(before.statistics.values["uptime_s"]))

            #expect(after.memory - before.memory <= 64, "kB grown in \(time) s")
            // A hundred reports and a few signals a second are all it has to do.
            #expect((after.cpu - before.cpu) / time < 0.02, "share of one processor")
            #expect(after.remarks - before.remarks <= Int(time / 10) + 1, "\(daemon.remarks.suffix(12).joined(separator: "\n"))")
            let offline = after.statistics["dropped_offline"] - before.statistics["dropped_offline"]
            #expect(offline == after.statistics["received"] - before.statistics["received"])
            #expect(Double(offline) > time * 90)
            for line in daemon.statistics { #expect(line.faults == [], "\(line)") }
            print(
                """
                \(time) s without a broker: memory \(before.memory) → \(after.memory) kB, \
                processor \(100 * (after.cpu - before.cpu) / time) %, \(after.remarks - before.remarks) log lines
                """)
            _ = try await daemon.terminate()
        }
    }

    @Test func `a broker that stops in good order is found again`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(3_000, every: 10_000).write(to: path)
            let broker = try await Broker.start(scene)
            let first = try await Subscriber.start(broker)
            let daemon = try Daemon(scene, .init(broker, qos: 1), replay: path, speed: .real)
            try await first.messages(10)
            try await broker.stop()
            try await broker.start()
            let second = try await Subscriber.start(broker)
            try await second.messages(1, within: 10)
            let last = try await daemon.terminate()
            #expect(last.faults == [])
        }
    }

    @Test(
        arguments: [
            ScriptedBroker.Script.connack(1), .connack(2), .connack(3), .connack(4), .connack(5), .close,
            // A length that no CONNACK has, a packet that no server sends, a PUBLISH of 256 MB, plain text, a CONNACK with a reserved bit.
            .bytes([0x20, 0x03, 0, 0, 0]), .bytes([0x82, 0x02, 0, 1]), .bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0x41]),
            .bytes(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), .bytes([0x20, 0x02, 0xFE, 0x00]),
        ])
    func `a broker that refuses or talks nonsense is asked again and again, and the daemon stays well`(script: ScriptedBroker.Script) async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.write(70, to: path)
            let server = try ScriptedBroker(scene, script)
            var configuration = Daemon.Configuration(port: server.port)
            configuration.initialDelay = 0.5
            configuration.maxDelay = 0.5
            let daemon = try Daemon(scene, configuration, replay: path)
            try await until("the daemon has connected three times: \(daemon.log.tail())") { server.accepted >= 3 }
            // A connection that is closed at once may be gone before.
            if case .close = script {} else { #expect(server.received.starts(with: [0x10]), "it says CONNECT") }
            let last = try await daemon.terminate()
            #expect(last.faults == [])
            #expect(last["connects"] == 0)
            #expect(last["published"] == 0)
        }
    }
}
