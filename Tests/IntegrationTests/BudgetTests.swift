import Foundation
import Testing

@testable import Harness

/// What the daemon may cost; memory is its own (`OwnMemory`), so that no load on the machine adds to it. Only the release binary is held to it: `make test` names it in `BLEMQTTD`.
@Suite(.serialized, .enabled(if: Daemon.isRelease, "BLEMQTTD does not name a release binary"))
struct BudgetTests {
    @Test(arguments: [0, 1])
    func `own memory stays below 7 MB through a million reports from as many addresses`(qos: Int) async throws {
        try await scene { scene in
            let path = scene.path("million.btsnoop")
            let count = 1_000_006
            try Numbered.write(count, to: path)
            let broker = try await Broker.start(scene)
            let daemon = try Daemon(scene, .init(broker, qos: qos), replay: path)
            // The peak is the start's, before it lets go of what only starting needed; what counts is what stays.
            var memory = OwnMemory(of: daemon.child)
            var resident = 0
            try await until("the end of the capture", within: 240) {
                if daemon.log.count > 1 {
                    memory.look()
                    resident = max(resident, daemon.child.statusKB("VmRSS") ?? 0)
                }
                return daemon.child.ended != nil
            }
            let last = try await daemon.finish()
            #expect(last["published"] == count)
            #expect(last.faults == [])
            #expect(memory.anonymous > 0 && memory.files != 0 && memory.most < 7 * 1024, "kB at most")
            print(
                """
                a million reports at QoS \(qos): own memory \(memory.anonymous) kB and \(memory.files ?? 0) kB of files at most, \(resident) kB \
                resident at most, \(last["rss_kb"]) kB at the end, in \(last.values["uptime_s"] ?? 0) s
                """)
        }
    }

    @Test func `own memory stays below 8 MB with TLS at 1,000 reports a second, through twenty reconnects`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(60_000, every: 1_000).write(to: path)
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            // Connections that end, with nothing but the proxy between.
            let proxy = try SlowProxy(scene, to: secure.port)
            proxy.isByteWise = false
            var configuration = Daemon.Configuration(port: proxy.port, tls: [("ca_file", authority.certificate)])
            configuration.level = "info"
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            try await daemon.statistics("some thousand reports") { $0["published"] > 5_000 }
            var memory = OwnMemory(of: daemon.child)
            memory.look()
            let first = memory.anonymous
            for number in 1...20 {
                proxy.cut()
                try await until("connection \(number + 1)", within: 30) {
                    memory.look()
                    return daemon.remarks.count { $0.contains("connected to broker") && !$0.contains("dis") } > number
                }
            }
            let count = try await daemon.ask()["published"]
            try await daemon.statistics("some thousand more") {
                memory.look()
                return $0["published"] > count + 5_000
            }
            memory.look(isLast: true)
            let last = try await daemon.terminate()
            #expect(last.faults == [])
            #expect(last["connects"] == 21)
            #expect(first > 0 && memory.files != 0 && memory.most < 8 * 1024, "kB at most")
            print(
                """
                TLS at 1,000 reports/s: own memory \(first) kB, at most \(memory.anonymous) kB and \(memory.files ?? 0) kB of files through 20 \
                reconnects, \(last["rss_kb"]) kB resident at the end
                """)
        }
    }

    @Test func `memory never exceeds 10 MB with TLS through ten reloads, each of which connects again`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(60_000, every: 1_000).write(to: path)
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            var configuration = secure.configuration([("ca_file", authority.certificate)])
            configuration.level = "info"
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            try await daemon.statistics("some thousand reports") { $0["published"] > 5_000 }
            // From here on the highest memory is that of the reloads, not of the start (proc(5), clear_refs).
            try "5".write(toFile: "/proc/\(daemon.child.pid)/clear_refs", atomically: false, encoding: .ascii)
            for number in 1...10 {
                configuration.keepAlive = 60 + number
                try daemon.rewrite(configuration.yaml)
                daemon.child.signal(SIGHUP)
                try await until("connection \(number + 1)", within: 30) {
                    daemon.remarks.count { $0.contains("connected to broker") && !$0.contains("dis") } > number
                }
            }
            let most = try #require(daemon.child.statusKB("VmHWM"))
            let own = try #require(daemon.child.statusKB("RssAnon"))
            let last = try await daemon.terminate()
            #expect(last.faults == [])
            #expect(most < 10 * 1024, "kB at most")
            print("TLS through ten reloads: \(most) kB at most, of its own \(own) kB at the end")
        }
    }

    /// In bulk, and one by one: then each costs an iteration of the main loop.
    @Test(arguments: [0, 1], [Daemon.Speed.max, .factor(20)])
    func `a report costs no heap allocation`(qos: Int, speed: Daemon.Speed) async throws {
        try await scene { scene in
            let source = URL(fileURLWithPath: checkout).appendingPathComponent("Benchmarks/alloccount.c").path
            let library = scene.path("alloccount.so")
            let compiler = try #require(["cc", "gcc", "clang"].first { Child.find($0) != nil }, "apt-get install gcc")
            _ = try await scene.run(compiler, ["-O2", "-shared", "-fPIC", "-o", library, source])
            let broker = try await Broker.start(scene)

            func allocations(of count: Int) async throws -> Int {
                let path = scene.path("reports.btsnoop")
                let counter = scene.path("allocations")
                try Numbered.capture(count, every: 1000).write(to: path)
                var configuration = Daemon.Configuration(broker, qos: qos)
                // Statistics lines are made of allocations; none but the last falls into either run.
                configuration.statsInterval = 86_400
                // Room for all of them, so that a busy machine costs nothing but time.
                configuration.ringSize = "64 MiB"
                let daemon = try Daemon(
                    scene, configuration, replay: path, speed: speed, environment: ["LD_PRELOAD": library, "ALLOCCOUNT": counter])
                let last = try await daemon.finish()
                #expect(last["published"] == count)
                let bytes = [UInt8](FileManager.default.contents(atPath: counter) ?? Data())
                try #require(bytes.count == 8)
                return Int(bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
            }
            let extra = 100_000
            let short = try await allocations(of: 10_000)
            let long = try await allocations(of: 10_000 + extra)
            print("QoS \(qos), \(speed.argument): \(short) allocations for 10,000 reports, \(long) for \(10_000 + extra)")
            #expect(Double(long - short) / Double(extra) < 0.001)
        }
    }
}
