import Foundation
import Testing

@testable import Harness

/// Networks that go, come and swallow, in namespaces of their own.
@Suite(.serialized, .enabled(if: Sandbox.obstacle == nil, Comment(rawValue: Sandbox.obstacle ?? ""))) struct NetworkTests {
    /// A report, and then nothing for an hour.
    private func silence(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(2, every: 3_600_000_000).write(to: path)
        return path
    }

    private func stream(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(6_000, every: 10_000).write(to: path)
        return path
    }

    @Test func `a mute resolver costs an attempt, a thread or two, and nothing else`() async throws {
        try await scene { scene in
            let sandbox = try await Sandbox(scene)
            // Packets to the name server leave, and nobody is there to take them.
            try await sandbox.run(
                """
                ip link add uplink type veth peer name nowhere; ip addr add 192.0.2.1/24 dev uplink
                ip link set uplink up; ip link set nowhere up; ip neigh add 192.0.2.53 lladdr 02:00:00:00:00:01 dev uplink
                mount --make-rprivate /; echo 'nameserver 192.0.2.53' > \(scene.directory)/resolv.conf
                mount --bind \(scene.directory)/resolv.conf /etc/resolv.conf
                """)
            var configuration = Daemon.Configuration(port: 1883)
            configuration.host = "broker.example.net"
            configuration.initialDelay = 0.5
            configuration.maxDelay = 0.5
            let daemon = try Daemon(scene, configuration, replay: stream(scene), speed: .real, wrapper: sandbox.wrapper)
            try await daemon.remark("the host name cannot be looked up: no answer within 10 s", within: 30)
            // A replay begins with the first connection: what is seen here is that the main loop answers.
            _ = try await daemon.ask()
            // The next attempt has begun, perhaps with another thread, never with a third.
            try await until("the next attempt", within: 10) { resolvers(of: daemon) > 0 }
            #expect(resolvers(of: daemon) <= 2)
            let last = try await daemon.terminate(within: 5)
            #expect(last.faults == [])
        }
    }

    private func resolvers(of daemon: Daemon) -> Int {
        let tasks = "/proc/\(daemon.child.pid)/task"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return names.count { (try? String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8)) == "resolver\n" }
    }

    @Test func `an address that comes ends the wait for the next attempt`() async throws {
        try await scene { scene in
            let sandbox = try await Sandbox(scene)
            let broker = try sandbox.broker(port: 1883)
            let listens = broker.error
            try await until("the broker runs") { listens.lines.contains { $0.contains("running") } }
            var configuration = Daemon.Configuration(port: 1883)
            configuration.host = "192.0.2.9"
            configuration.initialDelay = 60
            configuration.maxDelay = 60
            configuration.jitter = 0
            let daemon = try Daemon(scene, configuration, replay: silence(scene), speed: .real, wrapper: sandbox.wrapper)
            try await daemon.remark("unreachable; next attempt in 60")
            try await sandbox.run("ip addr add 192.0.2.9/32 dev lo")
            try await daemon.remark("connected to broker 192.0.2.9:1883", within: 30)
            _ = try await daemon.terminate()
        }
    }

    @Test(.disabled(if: Daemon.isEmulated, "the emulator answers TCP_INFO with four bytes"), arguments: [true, false])
    func `a half-open connection is noticed within 15 s at QoS 0`(isIdle: Bool) async throws {
        try await scene { scene in
            let (near, far) = (try await Sandbox(scene), try await Sandbox(scene))
            try await near.connect(near: "192.0.2.1", far: "192.0.2.2", far)
            let broker = try far.broker(port: 1883)
            let listens = broker.error
            try await until("the broker runs") { listens.lines.contains { $0.contains("running") } }
            var configuration = Daemon.Configuration(port: 1883)
            configuration.host = "192.0.2.2"
            configuration.qos = 0
            // PINGREQ would need longer than that.
            configuration.keepAlive = 60
            let replay = try isIdle ? silence(scene) : stream(scene)
            let daemon = try Daemon(scene, configuration, replay: replay, speed: .real, wrapper: near.wrapper)
            try await daemon.remark("connected to broker")
            // CONNACK and the status's PUBACK have come, and the broker's machine knows: what it sent again would be a sign of it to the kernel.
            try await near.run("until ss -Htni dst 192.0.2.2 | grep -Eq 'bytes_received:([89]|[1-9][0-9])'; do sleep 0.02; done")
            try await far.run("until ss -Htn state established | awk '$2 > 0 { exit 1 }'; do sleep 0.02; done")
            // Everything leaves, nothing arrives, and no interface reports it.
            let taken = try await seconds {
                try await near.run("ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:99 nud permanent dev uplink")
                try await daemon.remark("lost broker 192.0.2.2:1883", within: 25)
            }
            // By the kernel's probes, or by our look at what it knows, whichever comes first.
            let line = try #require(daemon.remarks.first { $0.contains("lost broker") })
            #expect(line.contains("Connection timed out") || line.contains("the broker's machine does not answer any more"), "\(line)")
            print("half-open connection, idle \(isIdle): noticed after \(taken) s")
            #expect(taken <= 16)
            _ = try await daemon.terminate()
        }
    }

    @Test func `a connection whose own address has gone is not waited for`() async throws {
        try await scene { scene in
            let (near, far) = (try await Sandbox(scene), try await Sandbox(scene))
            try await near.connect(near: "192.0.2.1", far: "192.0.2.2", far)
            let broker = try far.broker(port: 1883)
            let listens = broker.error
            try await until("the broker runs") { listens.lines.contains { $0.contains("running") } }
            var configuration = Daemon.Configuration(port: 1883)
            configuration.host = "192.0.2.2"
            configuration.level = "debug"
            let daemon = try Daemon(scene, configuration, replay: silence(scene), speed: .real, wrapper: near.wrapper)
            try await daemon.remark("connected to broker")
            try await near.run("ip addr add 192.0.2.3/24 dev uplink; ip addr del 192.0.2.1/24 dev uplink; ip addr replace 192.0.2.3/24 dev uplink")
            try await daemon.remark("192.0.2.1:")
            try await daemon.remark("lost broker", within: 20)
            let lost = daemon.log.count
            try await daemon.remark("connected to broker", from: lost, within: 20)
            _ = try await daemon.terminate()
        }
    }
}
