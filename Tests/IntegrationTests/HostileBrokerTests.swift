import Foundation
import HostileCorpus
import Testing

@testable import Harness

/// The hostile corpus over TCP, one connection a case, against the daemon itself.
///
/// Attempts are half a second apart, so several daemons share the cases. What comes after DISCONNECT, and what only a deadline of ten
/// seconds ends, is played to the session by numbers, in MQTTWireTests.
@Suite(.serialized) struct HostileBrokerTests {
    static let daemons = 32
    static let perDaemon = 50

    /// A sample of every kind: of the cases in the order of the corpus, evenly spaced ones.
    private static func sample(_ count: Int) -> [HostileCase] {
        let cases = HostileCorpus.cases.filter { $0.stage != .disconnecting && $0.outcome != .timeout }
        return (0..<count).map { cases[$0 * cases.count / count] }
    }

    @Test(.timeLimit(.minutes(10)))
    func `1,600 hostile connections each end with a counted reason, and cost no memory`() async throws {
        let all = Self.sample(Self.daemons * Self.perDaemon)
        #expect(all.count { $0.outcome == .violation } > 1_000 && all.count { $0.outcome == .refused } > 20)
        #expect(all.count { $0.outcome == .tolerated } > 5)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<Self.daemons {
                let cases = stride(from: index, to: all.count, by: Self.daemons).map { all[$0] }
                group.addTask { try await Self.play(cases, index) }
            }
            try await group.waitForAll()
        }
    }

    private static func play(_ cases: [HostileCase], _ index: Int) async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(1_000, every: 10_000).write(to: path)
            // A first few, so that what a first failure needs has been taken when memory is looked at.
            let before = cases.prefix(5)
            let server = HostileBroker(Array(cases))
            defer { server.stop() }
            var configuration = Daemon.Configuration(port: server.port)
            configuration.qos = 1
            configuration.initialDelay = 0.5
            configuration.maxDelay = 0.5
            configuration.ringSize = "64 KiB"
            if index % 2 == 1 { configuration.cleanSession = false }
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            try await until("the first cases: \(server.tally)", within: 120) { server.tally.played >= before.count }
            let early = try await daemon.ask()
            let memory = try #require(daemon.child.anonymousKB)
            try await until("all cases: \(server.tally), \(daemon.log.tail())", within: 300) {
                server.tally.played + server.tally.faults.count >= cases.count
            }
            let violations = cases.count { $0.outcome == .violation }
            let refusals = cases.count { $0.outcome == .refused }
            let late = try await daemon.statistics("every end is counted, \(server.tally)") {
                $0["disconnects_violation"] >= violations && $0["disconnects_refused"] >= refusals
            }
            #expect(late["disconnects_violation"] == violations)
            #expect(late["disconnects_refused"] == refusals)
            let ends = ["network", "broker", "refused", "timeout", "violation"].reduce(0) { $0 + late["disconnects_\($1)"] }
            #expect(late["disconnects"] == ends && late["disconnects_timeout"] == 0)
            let grown = try #require(daemon.child.anonymousKB) - memory
            // The optimised binary is held to it; the other has its debugging aids.
            #expect(grown <= (Daemon.isRelease ? 1024 : 2048), "kB")
            #expect(server.tally.faults == [] && server.tally.breaches == [])
            let last = try await daemon.terminate(within: 10)
            #expect(early.faults == [] && late.faults == [] && last.faults == [])
        }
    }
}
