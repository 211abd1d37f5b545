import Testing

@testable import Harness

/// No report is ever lost without a number: at every statistics line, whatever the broker does.
@Suite(.serialized) struct AccountingTests {
    /// Numbers of the messages that a subscriber saw, in the order it saw them.
    private func numbers(_ subscriber: Subscriber) throws -> [Int] {
        try subscriber.messages.map { try #require(Numbered.number(in: $0.payload)) }
    }

    private func expectSound(_ daemon: Daemon) {
        let statistics = daemon.allStatistics
        #expect(!statistics.isEmpty)
        #expect(Statistics.faults(statistics) == [])
    }

    @Test(arguments: [0, 1])
    func `every report is accounted for while the broker is killed, restarted, frozen and thawed, and through a burst`(qos: Int) async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            let count = 24_000
            try Numbered.capture(count, every: 1000, bursts: [16_000..<22_000]).write(to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker, qos: qos)
            configuration.ringSize = "64 KiB"
            configuration.statsInterval = 1
            // Long enough for the subscriber to be back before the daemon is.
            configuration.initialDelay = 4
            configuration.jitter = 0
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real)
            try await subscriber.messages(1000)

            broker.kill()
            try await daemon.statistics("reports are dropped offline") { $0["dropped_offline"] > 0 }
            try await broker.start()
            try await subscriber.subscribed(to: broker)
            let before = subscriber.count
            try await subscriber.messages(before + 1000)
            let subscribed = try #require(broker.place("\(subscriber.identifier) 1 "))
            let connected = try #require(broker.place("New client connected", " as blemqttd"))
            try #require(subscribed < connected, "the subscriber was back too late for this test to tell anything")

            broker.freeze()
            let frozen = try await daemon.ask()
            try await daemon.statistics("reports go on") { $0["received"] >= frozen["received"] + 1500 }
            if qos == 1 { try await daemon.statistics("the ring overflows") { $0["dropped_ring_full"] > 0 } }
            broker.thaw()

            let last = try await daemon.finish()
            expectSound(daemon)
            #expect(last["reports"] == count)
            #expect(last["received"] == count)
            #expect(last["queued"] == 0)
            #expect(last["in_flight"] == 0)
            #expect(last["connects"] == 2)
            #expect(last["dropped_offline"] > 0)
            #expect(last["dropped_ring_full"] > 0)
            #expect(last["queue_high_water_bytes"] <= 64 << 10)
            if qos == 1 {
                try await subscriber.messages(last["published"])
                let seen = try numbers(subscriber)
                #expect(seen.count >= last["published"])
                #expect(seen.count <= last["published"] + last["dropped_unconfirmed"])
                #expect(zip(seen, seen.dropFirst()).allSatisfy { $0 < $1 }, "in order, none twice")
            } else {
                #expect(last["dropped_unconfirmed"] == 0)
                let seen = try numbers(subscriber)
                #expect(seen.count <= last["published"])
                #expect(zip(seen, seen.dropFirst()).allSatisfy { $0 < $1 }, "in order, none twice")
            }
        }
    }

    @Test(arguments: [0, 1])
    func `with a broker that stays, a subscriber sees every report once and in order`(qos: Int) async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.write(35_000, to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            let daemon = try Daemon(scene, .init(broker, qos: qos), replay: path)
            let last = try await daemon.finish()
            expectSound(daemon)
            #expect(last["published"] == 35_000)
            #expect(last["dropped"] == 0)
            try await subscriber.messages(35_000)
            #expect(try numbers(subscriber) == Array(0..<35_000))
        }
    }

    @Test(arguments: [false, true])
    func `what a broker has not acknowledged is counted as unconfirmed, what waits as dropped at the end`(captureHasEnded: Bool) async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.write(700, to: path)
            let server = try ScriptedBroker(scene, .connack(0))
            var configuration = Daemon.Configuration(port: server.port)
            configuration.qos = 1
            configuration.maxInFlight = 10
            configuration.ringSize = "256 KiB"
            let daemon = try Daemon(scene, configuration, replay: path, arguments: captureHasEnded ? [] : ["--replay-loop"])
            let count = try await daemon.statistics("the window is full, and the ring or the capture at its end") {
                $0["in_flight"] == 10 && $0["received"] >= 700
            }["received"]
            let last = try await daemon.terminate()
            expectSound(daemon)
            #expect(last["received"] >= count)
            #expect(last["published"] == 0)
            #expect(last["dropped_unconfirmed"] == 10)
            #expect(last["dropped_shutdown"] == last["received"] - 10)
        }
    }

    @Test func `a capture is played to the end without a loss at a speed the broker cannot follow, for a file can wait`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.write(14_000, to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker, qos: 1)
            configuration.ringSize = "64 KiB"
            configuration.maxInFlight = 1
            let daemon = try Daemon(scene, configuration, replay: path)
            let last = try await daemon.finish()
            expectSound(daemon)
            #expect(last["published"] == 14_000)
            try await subscriber.messages(14_000)
        }
    }
}
