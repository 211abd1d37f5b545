import Foundation
import Testing

@testable import Harness

/// `clean_session: false`, and messages that a broker does not take.
@Suite(.serialized) struct RedeliveryTests {
    @Test func `what a broker had not acknowledged when it was killed is sent again, first and in order`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(20_000, every: 1000).write(to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker, qos: 1)
            configuration.cleanSession = false
            configuration.maxInFlight = 20
            configuration.ringSize = "64 KiB"
            configuration.statsInterval = 1
            // Long enough for the subscriber to be back before the daemon is.
            configuration.initialDelay = 4
            configuration.jitter = 0
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real)
            try await subscriber.messages(500)
            broker.freeze()
            try await daemon.statistics("the window is full") { $0["in_flight"] == 20 }
            broker.kill()
            let held = try await daemon.statistics("the broker is missed") { $0["dropped_offline"] > 0 }
            #expect(held["in_flight"] == 20 && held["dropped_unconfirmed"] == 0 && held["dropped_connection_lost"] == 0)
            try await broker.start()
            try await subscriber.subscribed(to: broker)
            // It has read its old connection to the end before it makes a new one.
            let before = subscriber.count
            let last = try await daemon.finish()
            #expect(Statistics.faults(daemon.allStatistics) == [])
            #expect(last["redelivered"] == 20 && last["connects"] == 2 && last["disconnects_broker"] == 1)
            #expect(last["dropped_unconfirmed"] == 0 && last["dropped_connection_lost"] == 0 && last["in_flight"] == 0)
            // A broker passes a message on before it acknowledges it. Frozen between the two it has sent what it never acknowledged: that comes
            // again, as at QoS 1 it must, and is published once. Nothing else may come twice.
            let seen = try await subscriber.messages(last["published"]).map { try #require(Numbered.number(in: $0.payload)) }
            try #require(before > 0 && seen.count >= before + 20)
            let (first, second) = (seen[..<before], seen[before...])
            #expect(zip(first, first.dropFirst()).allSatisfy { $0 < $1 } && zip(second, second.dropFirst()).allSatisfy { $0 < $1 }, "in order")
            // They follow at once on what was acknowledged before.
            let start = second[before]
            #expect(second.prefix(20).elementsEqual(start..<start + 20))
            let again = first.count { $0 >= start }
            #expect(seen[before - 1] == start - 1 + again && again <= 1, "\(again) passed on and not acknowledged")
            try await until("\(last["published"]) messages and \(again) twice, \(subscriber.count) seen") {
                subscriber.count == last["published"] + again
            }
        }
    }

    @Test func `what a broker passed on without its acknowledgement arriving comes twice, and is published once`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(20_000, every: 1000).write(to: path)
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            let proxy = try SlowProxy(scene, to: broker.port)
            proxy.isByteWise = false
            var configuration = Daemon.Configuration(port: proxy.port)
            configuration.qos = 1
            configuration.cleanSession = false
            configuration.maxInFlight = 20
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real)
            try await subscriber.messages(500)
            proxy.isMute = true
            let held = try await daemon.statistics("the window is full, and does not move") {
                $0["in_flight"] == 20 && subscriber.count == $0["published"] + 20
            }
            proxy.cut()
            proxy.isMute = false
            let last = try await daemon.finish()
            #expect(Statistics.faults(daemon.allStatistics) == [])
            #expect(last["redelivered"] == 20 && last["connects"] == 2 && last["dropped_unconfirmed"] == 0)
            let seen = try await subscriber.messages(last["published"] + 20).map { try #require(Numbered.number(in: $0.payload)) }
            #expect(seen.count == last["published"] + 20)
            let twice = held["published"]..<held["published"] + 20
            try #require(seen.count >= twice.upperBound + 20)
            #expect(seen[twice].elementsEqual(seen[twice.upperBound..<twice.upperBound + 20]), "first, and in order")
            #expect(Set(seen).count == last["published"])
        }
    }

    @Test(arguments: [(0, true), (1, true), (1, false)])
    func `a broker that closes on large messages gets all others, and no loop`(qos: Int, cleanSession: Bool) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, lines: ["max_packet_size 1100"])
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker, qos: qos)
            configuration.cleanSession = cleanSession
            configuration.initialDelay = 0.5
            configuration.maxDelay = 0.5
            let daemon = try Daemon(
                scene, configuration, replay: checkout + "/Tests/Fixtures/scene.btsnoop", speed: .factor(20), arguments: ["--replay-loop"])
            try await daemon.remark("the broker closes the connection on them", within: 60)
            let start = try await daemon.statistics("connected again, and dropping", within: 30) {
                $0["dropped_refused"] > 0 && $0["connects"] >= 3
            }
            let seen = subscriber.count
            let later = try await daemon.statistics("much is published", within: 60) { $0["published"] >= start["published"] + 2_000 }
            // The limit is closed in on from above: each large size may cost a connection, but no size two.
            #expect(later["connects"] - start["connects"] <= 5 && later["dropped_refused"] > start["dropped_refused"])
            try await subscriber.messages(seen + 1_500)
            let last = try await daemon.terminate()
            #expect(Statistics.faults(daemon.allStatistics) == [] && last["disconnects_violation"] == 0)
        }
    }
}
