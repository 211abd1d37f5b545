import Foundation
import Testing

@testable import Harness

/// The file for node_exporter.
@Suite(.serialized) struct MetricsTests {
    private func capture(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(1_000, every: 10_000).write(to: path)
        return path
    }

    private func configuration(_ broker: Broker, _ path: String) -> Daemon.Configuration {
        var configuration = Daemon.Configuration(broker)
        configuration.statsInterval = 1
        configuration.more = ["metrics:", "  textfile: \(path)"]
        return configuration
    }

    /// Samples by name and labels; nil if a line is none.
    private func samples(_ path: String) -> [String: Double]? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        var samples: [String: Double] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else { return nil }
            samples[String(line[..<space])] = value
        }
        return samples
    }

    @Test func `it is there at every interval, whole, and at the end it says what the log says`() async throws {
        try await scene { scene in
            let path = scene.path("blemqttd.prom")
            let broker = try await Broker.start(scene)
            let daemon = try Daemon(
                scene, configuration(broker, path), replay: capture(scene), speed: .real, arguments: ["--replay-loop"])
            let received = #"blemqttd_advertisements_received_total{adapter="replay"}"#
            try await until("a file") { samples(path)?[received] ?? 0 > 0 }
            let first = try #require(samples(path)?[received])
            try await until("a newer one") { try #require(samples(path))[received] ?? 0 > first }
            #expect(samples(path)?["blemqttd_broker_connected"] == 1)
            let last = try await daemon.terminate()
            let end = try #require(samples(path))
            #expect(end[received] == Double(last["received"]))
            #expect(end[#"blemqttd_advertisements_published_total{adapter="replay"}"#] == Double(last["published"]))
            #expect(end["blemqttd_resident_memory_bytes"] == Double(last["rss_kb"] * 1024))
            for reason in Statistics.dropReasons {
                let name = "blemqttd_advertisements_dropped_total{adapter=\"replay\",reason=\"\(reason.dropFirst(8))\"}"
                #expect(end[name] == Double(last[reason]), "\(name)")
            }
            if Child.find("promtool") != nil {
                _ = try await scene.run("sh", ["-c", "promtool check metrics < \(path)"])
            }
        }
    }

    @Test func `a directory that is not there is logged once, and the daemon continues`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            let directory = scene.path("none")
            let daemon = try Daemon(
                scene, configuration(broker, directory + "/blemqttd.prom"), replay: capture(scene), speed: .real,
                arguments: ["--replay-loop"])
            let told = try await seconds {
                try await daemon.remark("cannot write \(directory)/blemqttd.prom: open: No such file or directory")
                try await subscriber.messages(300)
            }
            // Once, and every ten seconds on a machine on which this takes as long.
            #expect((1...1 + Int(told / 10)).contains(daemon.remarks.count { $0.contains("cannot write") }))
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try await daemon.remark("is written again")
            _ = try await daemon.terminate()
        }
    }
}
