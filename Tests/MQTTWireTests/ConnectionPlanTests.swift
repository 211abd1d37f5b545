import Bytes
import Testing

@testable import MQTTWire

@Suite struct ConnectionPlanTests {
    /// Without chance: each delay is the whole.
    private static func plan(_ brokers: Int, _ versions: ConnectionPlan.Versions = .newest) -> ConnectionPlan {
        ConnectionPlan(brokers: brokers, versions: versions, backoff: Backoff(initial: second, maximum: 8 * second, jitter: 0), seed: 1)
    }

    private static func attempt(_ broker: Int, _ version: ProtocolVersion = .v5, _ at: UInt64) -> ConnectionPlan.Attempt {
        ConnectionPlan.Attempt(broker: broker, version: version, at: at)
    }

    @Test func `all brokers are tried after each other, then again after a delay that grows`() {
        var plan = Self.plan(3, .only(.v3_1_1))
        var now: UInt64 = 100 * second
        #expect(plan.next == Self.attempt(0, .v3_1_1, 0))
        for delay in [1, 2, 4, 8, 8] as [UInt64] {
            for broker in [1, 2] {
                plan.ended(.notConnected, at: now)
                #expect(plan.next == Self.attempt(broker, .v3_1_1, now))
            }
            plan.ended(.refused, at: now)
            #expect(plan.next == Self.attempt(0, .v3_1_1, now + delay * second))
            now += delay * second
        }
    }

    @Test func `after a connection its broker comes first, and one of 30 s starts the delays over`() {
        var plan = Self.plan(2)
        plan.ended(.notConnected, at: 0)
        plan.ended(.notConnected, at: 0)
        #expect(plan.next == Self.attempt(0, .v5, second))
        plan.ended(.notConnected, at: second)
        plan.accepted(at: 2 * second)
        plan.ended(.lost, at: 31 * second)
        #expect(plan.next == Self.attempt(1, plan.next.version, 33 * second))
        plan.accepted(at: 40 * second)
        plan.ended(.lost, at: 70 * second)
        #expect(plan.next == Self.attempt(1, plan.next.version, 71 * second))
    }

    @Test func `a broker that refuses MQTT 5 is spoken to in 3.1.1 at once, and from then on`() {
        var plan = Self.plan(1)
        plan.ended(.versionRefused, at: second)
        #expect(plan.next == Self.attempt(0, .v3_1_1, second))
        plan.accepted(at: second)
        plan.ended(.lost, at: 100 * second)
        #expect(plan.next == Self.attempt(0, .v3_1_1, 101 * second))
        // Where it refuses that too, or only one version is to be spoken, there is nothing else to try.
        plan.ended(.versionRefused, at: 101 * second)
        #expect(plan.next.at > 101 * second && plan.next.version == .v3_1_1)
        var only = Self.plan(1, .only(.v5))
        only.ended(.versionRefused, at: second)
        #expect(only.next == Self.attempt(0, .v5, 2 * second))
    }

    @Test func `a broker that closes on CONNECT without a word is tried with both versions in turn`() {
        var plan = Self.plan(1)
        var versions: [ProtocolVersion] = []
        for round in 0..<8 {
            versions.append(plan.next.version)
            plan.ended(.notConnected, at: UInt64(round) * 100 * second)
        }
        #expect(versions == [.v5, .v5, .v3_1_1, .v3_1_1, .v5, .v5, .v3_1_1, .v3_1_1])
        var only = Self.plan(1, .only(.v5))
        for _ in 0..<8 { only.ended(.notConnected, at: 0) }
        #expect(only.next.version == .v5)
    }

    @Test func `sent elsewhere, the next broker is tried at once; where there is none, after the delay`() {
        var plan = Self.plan(2)
        plan.accepted(at: 0)
        plan.ended(.sentElsewhere, at: second)
        #expect(plan.next == Self.attempt(1, .v5, second))
        var alone = Self.plan(1)
        alone.ended(.sentElsewhere, at: second)
        #expect(alone.next == Self.attempt(0, .v5, 2 * second))
    }
}
