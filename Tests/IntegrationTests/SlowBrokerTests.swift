import Testing

@testable import Harness

/// A broker that is alive, and reads a fifteenth of what is published.
@Suite(.serialized) struct SlowBrokerTests {
    @Test(.timeLimit(.minutes(3)), arguments: [4096, 0])
    func `a live broker that reads 20 kB a second stays connected, loss is counted at the ring, and latency includes what waits`(receiveBuffer: Int32) async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            // 1,000 messages a second, 300 kB of them.
            try Numbered.capture(10_000, every: 1000).write(to: path)
            let broker = try SlowBroker(scene, bytesPerSecond: 20_000, receiveBuffer: receiveBuffer)
            var configuration = Daemon.Configuration(port: broker.port)
            configuration.qos = 0
            // PINGREQ after ten seconds, and ten more for the answer.
            configuration.keepAlive = 20
            configuration.ringSize = "64 KiB"
            configuration.statsInterval = 5
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            // 40 seconds at its pace.
            try await until("800 kB have been read: \(broker.seen), \(daemon.log.tail())", within: 90) { broker.seen.bytes >= 800_000 }
            let now = try await daemon.ask()
            let seen = broker.seen
            #expect(now.faults == [])
            #expect(seen.accepted == 1 && now["connects"] == 1 && now["disconnects"] == 0)
            #expect(seen.pings >= 2)
            #expect(now["dropped_ring_full"] > 10_000)
            // What was not read when it was called published is in the broker's own receive buffer, and no more than fits there.
            let buffer = receiveBuffer > 0 ? 2 * Int(receiveBuffer) : 6 << 20
            let size = seen.bytes / max(seen.publishes, 1)
            #expect((now["published"] - seen.publishes) * size <= buffer + 32_768, "\(now["published"]) published, \(seen) read")
            // The broker's kernel takes in bursts what its buffer has room for: the intervals differ, and each covers more than the ring's second.
            let told = daemon.statistics.filter { $0["interval_s"] >= 5 && $0["latency_p50_ms"] > 0 }.dropFirst()
            #expect(told.map { $0["latency_p99_ms"] }.max() ?? 0 > 3000, "\(told)")
            _ = try await daemon.terminate(within: 20)
            #expect(Statistics.faults(daemon.allStatistics) == [])
        }
    }
}
