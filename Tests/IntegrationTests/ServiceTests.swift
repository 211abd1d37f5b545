import Foundation
import Testing

@testable import Harness

/// What the daemon sends to the service manager that started it.
@Suite(.serialized) struct ServiceTests {
    private func capture(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(1_000, every: 10_000).write(to: path)
        return path
    }

    @Test func `it is ready, reports its state, reloads and stops, in this order`() async throws {
        try await scene { scene in
            let ear = try NotifySocket(scene)
            defer { ear.stop() }
            let broker = try await Broker.start(scene)
            var configuration = Daemon.Configuration(broker)
            let daemon = try Daemon(
                scene, configuration, replay: capture(scene), speed: .real, arguments: ["--replay-loop"],
                environment: ["NOTIFY_SOCKET": ear.path])
            try await ear.place("STATUS=replay · broker 127.0.0.1:\(broker.port) online · ")
            #expect(ear.messages.first == "READY=1")
            #expect(ear.count("WATCHDOG=1") == 0, "nobody asked for it")

            configuration.statsInterval = 7
            try daemon.rewrite(configuration.yaml)
            daemon.child.signal(SIGHUP)
            let reloading = try await ear.place("RELOADING=1\nMONOTONIC_USEC=")
            let uptime = try #require(UInt64(ear.messages[reloading].split(separator: "=").last!))
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            #expect(uptime <= UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000 && uptime > 0)
            try await ear.place("READY=1", from: reloading)

            try daemon.rewrite("wrong: true\n")
            let before = ear.messages.count
            daemon.child.signal(SIGHUP)
            let again = try await ear.place("RELOADING=1\n", from: before)
            try await ear.place("READY=1", from: again)

            _ = try await daemon.terminate()
            let stopping = try await ear.place("STOPPING=1")
            #expect(!ear.messages[stopping...].contains("READY=1"))
        }
    }

    @Test func `a new session is part of the reload`() async throws {
        try await scene { scene in
            let ear = try NotifySocket(scene)
            defer { ear.stop() }
            let broker = try await Broker.start(scene)
            let status = try await Subscriber.start(broker, topic: "ble/status/#")
            var configuration = Daemon.Configuration(broker)
            let daemon = try Daemon(
                scene, configuration, replay: capture(scene), speed: .real, arguments: ["--replay-loop"],
                environment: ["NOTIFY_SOCKET": ear.path])
            try await status.messages(1)
            configuration.scannerID = "other-02"
            try daemon.rewrite(configuration.yaml)
            daemon.child.signal(SIGHUP)
            let reloading = try await ear.place("RELOADING=1\n")
            try await ear.place("READY=1", from: reloading)
            try await until("online as another") { status.messages.contains { $0.topic == "ble/status/other-02" } }
            _ = try await daemon.terminate()
        }
    }

    @Test func `nothing is sent where there is no service manager, and another process's watchdog is not ours`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let deaf = try Daemon(
                scene, .init(broker), replay: capture(scene), speed: .real, environment: ["NOTIFY_SOCKET": scene.path("nobody")])
            try await deaf.remark("connected to broker")
            #expect(try await deaf.terminate().faults == [])

            let ear = try NotifySocket(scene)
            defer { ear.stop() }
            let daemon = try Daemon(
                scene, .init(broker), replay: capture(scene), speed: .real,
                environment: ["NOTIFY_SOCKET": ear.path, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"])
            try await ear.place("STATUS=replay · broker 127.0.0.1:\(broker.port) online · ")
            try await daemon.statistics("a while") { $0["uptime_s"] >= 2 }
            _ = try await daemon.terminate()
            #expect(ear.count("WATCHDOG=1") == 0)
        }
    }

    /// Of the real scanner, without an adapter, and of the thread that plays a capture.
    @Test(.disabled(if: Daemon.isEmulated, "the library that stops a loop is loaded into the emulator"), arguments: ["scanner", "replay", "blemqttd"])
    func `a loop that stands still withholds WATCHDOG=1`(thread: String) async throws {
        try await scene { scene in
            let source = URL(fileURLWithPath: checkout).appendingPathComponent("Tests/Fixtures/hang.c").path
            let library = scene.path("hang.so")
            let compiler = try #require(["cc", "gcc", "clang"].first { Child.find($0) != nil }, "apt-get install gcc")
            _ = try await scene.run(compiler, ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"])
            let ear = try NotifySocket(scene)
            defer { ear.stop() }
            let broker = try await Broker.start(scene)
            let hang = scene.path("hang")
            let daemon = try Daemon(
                scene, .init(broker), replay: thread == "replay" ? capture(scene) : nil, speed: .real, arguments: thread == "replay" ? ["--replay-loop"] : [],
                environment: [
                    "LD_PRELOAD": library, "HANG_THREAD": thread, "HANG_FILE": hang, "NOTIFY_SOCKET": ear.path,
                    "WATCHDOG_USEC": "2000000",
                ])
            let clock = ContinuousClock()
            let start = clock.now
            try await until("five WATCHDOG=1") { ear.count("WATCHDOG=1") >= 5 }
            // One at the start, then one in each half of the time.
            #expect(clock.now - start >= .seconds(3.9))

            try Data().write(to: URL(fileURLWithPath: hang))
            if thread == "blemqttd" {
                try await Task.sleep(for: .seconds(1))
            } else {
                try await daemon.remark("WATCHDOG=1 is withheld")
            }
            let count = ear.count("WATCHDOG=1")
            // The watchdog's time: a manager would have restarted the daemon by then.
            try await Task.sleep(for: .seconds(2))
            #expect(ear.count("WATCHDOG=1") == count)

            try FileManager.default.removeItem(atPath: hang)
            try await until("WATCHDOG=1 again") { ear.count("WATCHDOG=1") >= count + 2 }
            let last = try await daemon.terminate()
            #expect(last.faults == [])
        }
    }
}
