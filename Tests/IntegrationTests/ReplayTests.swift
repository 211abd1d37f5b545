import Foundation
import Testing

@testable import Harness

/// `--replay` of whatever people hand over.
@Suite(.serialized) struct ReplayTests {
    private static let bundled = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/scene.btsnoop").path()

    /// The daemon's exit status and its log, where there is no broker to wait for.
    private func refusal(_ scene: Scene, _ path: String, _ arguments: [String] = []) async throws -> (Child.Exit, String) {
        let daemon = try Daemon(scene, .init(port: 1), replay: path, arguments: arguments)
        return (try await daemon.child.exit(within: 10), daemon.log.lines.joined(separator: "\n"))
    }

    private func file(_ scene: Scene, _ bytes: [UInt8]) throws -> String {
        let path = scene.path("capture")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// pcap: | magic | version 2.4 | 8 reserved | snapshot length | link type |, little-endian.
    private func pcap(linkType: UInt8, _ records: [[UInt8]] = []) -> [UInt8] {
        let header: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 8) + [0, 0, 4, 0, linkType, 0, 0, 0]
        // | seconds | microseconds | captured length | original length | data |
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        return records.enumerated().reduce(header) { file, record in
            // One a millisecond.
            let (second, rest) = record.offset.quotientAndRemainder(dividingBy: 1000)
            return file + number(second) + number(rest * 1000) + number(record.element.count) + number(record.element.count) + record.element
        }
    }

    @Test func `what is no capture is named and ends the daemon at once, whether there is a broker or not`() async throws {
        try await scene { scene in
            let original = [UInt8](FileManager.default.contents(atPath: Self.bundled)!)
            for (bytes, name) in [
                ([0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3], "gzip"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4], "xz"),
                ([0x28, 0xB5, 0x2F, 0xFD, 4, 0, 1, 0], "zstd"), (Array("0000  04 3e 2b 02 01 00\n".utf8), "text"), ([], "is empty"),
                ([UInt8](repeating: 1, count: 100), "neither btsnoop nor pcap nor pcapng"), (Array(original[..<12]), "byte 0"),
                (pcap(linkType: 1, [[1]]), "link type is 1 (Ethernet)"), (pcap(linkType: 251), "link type is 251"),
                (pcap(linkType: 187, [[0x01, 3, 12, 0]]), "holds no HCI events"), (Array(original[..<60]), "holds no HCI events|byte"),
            ] as [([UInt8], String)] {
                let (exit, log) = try await refusal(scene, file(scene, bytes))
                #expect(exit == .status(65) && name.split(separator: "|").contains { log.contains($0) } && !log.contains("started"), "\(name): \(exit) \(log)")
            }
            let (exit, log) = try await refusal(scene, "/no/such/\u{202E}file")
            #expect(exit == .status(66) && log.contains(#"/no/such/\u202Efile: open: No such file"#), "\(exit) \(log)")
            let (directory, _) = try await refusal(scene, scene.directory)
            #expect(directory == .status(66))
            let (loop, why) = try await refusal(scene, "/dev/null", ["--replay-loop"])
            #expect(loop == .status(66) && why.contains("--replay-loop needs a regular file"), "\(loop) \(why)")
        }
    }

    @Test func `a stop does not play the event that it waited for, and has nothing to trap at`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(3, every: 60_000_000).write(to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            let daemon = try Daemon(scene, .init(broker), replay: path, speed: .real, arguments: ["--replay-now"])
            try await subscriber.messages(1)
            let last = try await daemon.terminate()
            #expect(last["received"] == 1 && last["published"] == 1)
        }
    }

    @Test func `a capture is played the same from btsnoop, pcap and pcapng, and through a pipe`() async throws {
        try await scene { scene in
            let records = try CaptureFile(path: Self.bundled).events.compactMap { $0 }
            let pcap = scene.path("scene.pcap")
            let pcapng = scene.path("scene.pcapng")
            let fifo = scene.path("fifo")
            try Data(self.pcap(linkType: 187, records)).write(to: URL(fileURLWithPath: pcap))
            _ = try await scene.run("editcap", ["-F", "pcapng", pcap, pcapng])
            try #require(mkfifo(fifo, 0o600) == 0)
            let broker = try await Broker.start(scene)
            var published: [Int] = []
            for path in [Self.bundled, pcap, pcapng] {
                let last = try await Daemon(scene, .init(broker), replay: path).finish(within: 30)
                #expect(last["bad_events"] == 0 && last["published"] > 0)
                published.append(last["published"])
            }
            let daemon = try Daemon(scene, .init(broker), replay: fifo)
            _ = try await scene.run("cp", [pcapng, fifo])
            published.append(try await daemon.finish(within: 30)["published"])
            #expect(Set(published).count == 1, "\(published)")
        }
    }

    @Test func `SIGTERM stops a replay that waits for the bytes of a FIFO, before and after its first`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            for start in [[], Array("btsno".utf8), [UInt8](FileManager.default.contents(atPath: Self.bundled)![..<100])] as [[UInt8]] {
                let fifo = scene.path("fifo")
                try #require(mkfifo(fifo, 0o600) == 0)
                let daemon = try Daemon(scene, .init(broker), replay: fifo)
                // Open for reading too: it does not wait for the daemon.
                let writer = open(fifo, O_RDWR | O_CLOEXEC)
                defer { close(writer) }
                #expect(write(writer, start, start.count) == start.count)
                try await daemon.remark("connected")
                let taken = try await seconds { _ = try await daemon.terminate() }
                #expect(taken < 2)
            }
        }
    }

    @Test func `a FIFO that brings no capture ends the daemon`() async throws {
        try await scene { scene in
            let fifo = scene.path("fifo")
            try #require(mkfifo(fifo, 0o600) == 0)
            let daemon = try Daemon(scene, .init(port: 1), replay: fifo)
            let packed = try file(scene, [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3])
            _ = try await scene.run("cp", [packed, fifo])
            #expect(try await daemon.child.exit(within: 10) == .status(65))
            #expect(daemon.log.lines.contains { $0.contains("gzip") })
        }
    }

    @Test func `time stamps at both ends of 64 bits are played without a trap, and a long pause is logged`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            // Microseconds since 1970, as btsnoop's own count holds them: from year 0 of that to the end of 64 bits.
            let epoch: Int64 = 0x00DC_DDB3_0F2F_8000
            let path = scene.path("times.btsnoop")
            var capture = Numbered.capture(4, every: 0)
            for (index, time) in [Int64.min &+ 0, -1 - epoch, 0, Int64.max - epoch].enumerated() {
                capture.records[index].time = index == 0 ? -epoch : time
            }
            try capture.write(to: path)
            let last = try await Daemon(scene, .init(broker), replay: path).finish(within: 30)
            #expect(last["published"] == 4)
            #expect(try await subscriber.messages(4).allSatisfy { $0.payload.contains(#""timestamp":""#) })
            // At a factor the first pause of thousands of years is an hour of the recording: 3.6 ms at the highest.
            let paced = try Daemon(scene, .init(broker), replay: path, speed: .factor(1_000_000))
            #expect(try await paced.finish(within: 30)["published"] == 4)
            #expect(paced.remarks.filter { $0.contains("pauses of more than 3600 s are shortened to that") }.count == 1)
        }
    }
}
