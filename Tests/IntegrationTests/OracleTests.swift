import Foundation
import Testing

@testable import Harness

/// Captures through the whole daemon and a real broker, message by message against an independent decoder.
@Suite(.serialized) struct OracleTests {
    static let bundled = "\(checkout)/Tests/Fixtures/scene.btsnoop"
    /// Real advertisements of others: theirs, so read where they are and not part of this project.
    static let shared = ProcessInfo.processInfo.environment["BLEMQTTD_DATA"] ?? "\(checkout)/../shared/data"
    static let captures = ["capture-legacy-multi-report", "capture-legacy-govee", "capture-extended"]

    static func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test(arguments: [0, 1])
    func `every message of the bundled capture is what tshark reads in it`(qos: Int) async throws {
        try await compare(Self.bundled, qos: qos)
    }

    @Test(.enabled(if: isThere(shared), "real captures are not here: \(shared)"), arguments: captures, [0, 1])
    func `every message of a real capture is what tshark reads in it`(capture: String, qos: Int) async throws {
        try await compare("\(Self.shared)/\(capture).btsnoop", qos: qos)
    }

    @Test(.enabled(if: isThere(shared), "real advertisements are not here: \(shared)"), arguments: [0, 1])
    func `every message of single real advertisements is what tshark reads in them`(qos: Int) async throws {
        struct Line: Decodable {
            let hci: String
        }
        var file = CaptureFile()
        let text = try String(contentsOfFile: "\(Self.shared)/hci-events.jsonl", encoding: .utf8)
        for line in text.split(separator: "\n") {
            let digits = try JSONDecoder().decode(Line.self, from: Data(line.utf8)).hci.compactMap(\.hexDigitValue)
            let event = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
            // 1.001 ms apart: the microseconds that are cut off differ from event to event.
            file.append(event: event, at: Numbered.start + Int64(file.records.count) * 1001)
        }
        try #require(file.records.count > 100)
        try await scene { scene in
            let path = scene.path("advertisements.btsnoop")
            try file.write(to: path)
            try await compare(path, qos: qos)
        }
    }

    /// What tshark has its own ideas about, or real captures do not have: ends, doubles, broken text, long lists, pieces.
    @Test(arguments: [0, 1])
    func `every message of made oddities is what tshark reads in them`(qos: Int) async throws {
        try await scene { scene in
            let path = scene.path("oddities.btsnoop")
            var file = CaptureFile()
            for event in Oddities.events { file.append(event: event, at: Numbered.start + Int64(file.records.count) * 99_999) }
            try file.write(to: path)
            try await compare(path, qos: qos)
        }
    }

    private func compare(_ capture: String, qos: Int) async throws {
        try await scene { scene in
            let oracle = try await Oracle(scene, capture, scannerID: "oracle-01")
            try #require(oracle.messages.count > 0)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker, qos: qos)
            configuration.scannerID = "oracle-01"
            let daemon = try Daemon(scene, configuration, replay: capture)
            let last = try await daemon.finish()
            let messages = try await subscriber.messages(last["published"])

            #expect(last.faults == [])
            #expect(last["published"] == oracle.messages.count)
            #expect(last["reports"] == oracle.reports)
            #expect(last["bad_events"] == oracle.badEvents)
            #expect(last["malformed"] == oracle.messages.count { $0.malformed })
            #expect(messages.count == oracle.messages.count)
            var different = 0
            for (index, (message, expected)) in zip(messages, oracle.messages).enumerated() {
                let seen = try Message(message)
                if seen != expected {
                    different += 1
                    if different <= 5 { Issue.record("message \(index)\nseen     \(seen)\nexpected \(expected)\n\(message.payload)") }
                }
            }
            #expect(different == 0)
            try await JSONSchema.payload.validate(messages.map(\.payload), scene)
            print("\(capture) at QoS \(qos): \(messages.count) messages equal, tshark confirms \(oracle.confirmed) of \(oracle.packets) packets")
        }
    }
}
