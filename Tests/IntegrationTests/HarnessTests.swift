import Foundation
import Testing

@testable import Harness

/// The harness against Mosquitto's own tools.
@Suite(.serialized) struct HarnessTests {
    @Test func `a subscriber sees what was published after it was ready, in order`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: .init(username: "user", password: "secret"))
            let subscriber = try await Subscriber.start(broker)
            for number in 0..<5 {
                _ = try await scene.run(
                    "mosquitto_pub",
                    ["-h", "127.0.0.1", "-p", String(broker.port), "-u", "user", "-P", "secret", "-q", "1", "-t", "ble/raw/\(number)", "-m", "m \(number)"])
            }
            let messages = try await subscriber.messages(5)
            #expect(messages.map(\.topic) == (0..<5).map { "ble/raw/\($0)" })
            #expect(messages.map(\.payload) == (0..<5).map { "m \($0)" })
        }
    }

    @Test func `a killed broker comes back on its port and its subscriber with it`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            broker.kill()
            try await broker.start()
            try await subscriber.subscribed(to: broker)
            _ = try await scene.run("mosquitto_pub", ["-h", "127.0.0.1", "-p", String(broker.port), "-t", "ble/raw/x", "-m", "again"])
            #expect(try await subscriber.messages(1).map(\.payload) == ["again"])
        }
    }

    @Test func `a made capture reads back as it was written`() async throws {
        try await scene { scene in
            let path = scene.path("a.btsnoop")
            let made = Numbered.capture(5, every: 1000, bursts: [1..<4])
            try made.write(to: path)
            let read = try CaptureFile(path: path)
            #expect(read.records.map(\.time) == [0, 1, 1, 1, 2].map { Numbered.start + $0 * 1000 })
            #expect(read.records.map(\.bytes) == made.records.map(\.bytes))
            try Numbered.write(21, to: path)
            #expect(try CaptureFile(path: path).records.map(\.bytes) == [0..<7, 7..<14, 14..<21].map { Numbered.event($0) })
        }
    }

    @Test func `a statistics line whose numbers do not add up is distinguished from one whose numbers do`() throws {
        let good = Statistics.keys.map { "\($0)=\($0 == "received" || $0 == "reports" || $0 == "published" ? 7 : 0)" }.joined(separator: " ")
        #expect(try #require(Statistics(logLine: "2026-01-11T10:30:45.123Z info    stats \(good)")).faults == [])
        #expect(try #require(Statistics(logLine: "x stats \(good.replacing(" published=7", with: " published=6"))")).faults.count == 1)
        #expect(Statistics(logLine: "2026-01-11T10:30:45.123Z info    connected") == nil)
    }

    @Test func `lines of adapters that do not sum to the totals before them are distinguished from those that do`() throws {
        func line(_ adapter: String?, published: Int) throws -> Statistics {
            let keys = adapter == nil ? Statistics.keys : Statistics.adapterKeys
            let pairs = keys.map { "\($0)=\($0 == "received" || $0 == "reports" || $0 == "published" ? published : 0)" }
            let name = adapter.map { "adapter=\($0) " } ?? ""
            return try #require(Statistics(logLine: "x stats \(name)\(pairs.joined(separator: " "))"))
        }
        let totals = try line(nil, published: 7)
        let first = try line("hci0", published: 3)
        let second = try line("hci1", published: 4)
        #expect(totals.adapter == nil && first.adapter == "hci0" && first["published"] == 3)
        #expect(Statistics.faults([totals, first, second, totals, totals, second, first]) == [])
        #expect(Statistics.faults([totals, first, totals]).count == 2, "received and published")
        #expect(Statistics.faults([first, second]).count == 2, "no totals")
    }
}
