import Foundation
import Testing

@testable import Harness

/// What `make run` does once the program is built: `deploy/run`.
@Suite(.serialized) struct RunTests {
    /// The script, on adapters that are there or not, with a configuration that names `broker`.
    private struct Running {
        let child: Child

        init(_ scene: Scene, binary: String, broker: Int, hasAdapter: Bool, wrapper: [String] = []) throws {
            let configuration = scene.path("config.yaml")
            try Daemon.Configuration(port: broker).yaml.write(toFile: configuration, atomically: true, encoding: .utf8)
            let adapters = scene.path("bluetooth")
            try FileManager.default.createDirectory(atPath: adapters + (hasAdapter ? "/hci0" : ""), withIntermediateDirectories: true)
            let command = wrapper + [checkout + "/deploy/run", binary]
            child = try scene.start(
                command[0], Array(command.dropFirst()),
                environment: [
                    "CONFIG": configuration, "ADAPTERS": adapters, "BLEMQTTD_SCANNER_ID": "test-01",
                    "BLEMQTTD_MQTT_BROKER_PORT": String(broker),
                ], label: "run")
        }

        /// SIGTERM, which takes its children along; killed it would leave them behind.
        func stop() {
            child.signal(SIGTERM)
            let deadline = ContinuousClock().now + .seconds(20 * timeScale)
            while child.ended == nil, ContinuousClock().now < deadline { usleep(1000) }
            if child.ended == nil {
                Issue.record("it does not end: \(child.error.tail())")
                child.signal(SIGKILL)
            }
        }
    }

    @Test func `the bundled capture goes neither to the configured broker nor under the configured name`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let configured = try await Subscriber.start(broker, topic: "#")
            let run = try Running(scene, binary: Daemon.binary, broker: broker.port, hasAdapter: false)
            defer { run.stop() }
            try await until("messages of the capture: \(run.child.error.tail())") {
                run.child.output.lines.contains { $0.hasPrefix("ble/raw/capture/") }
            }
            // Both brokers have taken all by the time a message of our own has come through.
            _ = try await scene.run("mosquitto_pub", ["-p", String(broker.port), "-t", "end", "-m", "mark"])
            #expect(try await configured.messages(1).map(\.topic) == ["end"])
            #expect(broker.connections(of: "blemqttd") == 0)
            #expect(!run.child.output.lines.contains { $0.contains("test-01") })
        }
    }

    /// bash may hang in a wait for a child that ends just then; one time in ten it did.
    @Test func `a stop in the moment in which the daemon ends by itself is the end of everything`() async throws {
        try await scene { scene in
            let stub = scene.path("stub")
            try scene.write(script: "echo called", to: stub)
            for _ in 0..<10 {
                let run = try Running(scene, binary: stub, broker: 1, hasAdapter: false)
                defer { run.stop() }
                try await until("a call: \(run.child.error.tail())") { run.child.output.lines.contains("called") || run.child.ended != nil }
            }
        }
    }

    /// An adapter and the right to scan: then what is heard belongs to the configured broker.
    @Test(arguments: [true, false]) func `a capture is played only where nothing can be scanned`(isRoot: Bool) async throws {
        try await scene { scene in
            // It takes the daemon's place, and writes down how it was called.
            let stub = scene.path("stub")
            try scene.write(script: "echo \"called: $*\"", to: stub)
            let tools = scene.path("tools")
            try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: true)
            try scene.write(script: "echo \(isRoot ? 0 : 1000)", to: tools + "/id")
            let path = tools + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
            let run = try Running(scene, binary: stub, broker: 1, hasAdapter: true, wrapper: ["/usr/bin/env", "PATH=" + path])
            defer { run.stop() }
            let call = try await until("a call: \(run.child.error.tail())") {
                run.child.output.lines.first { $0.hasPrefix("called: ") && !$0.contains("--check-config") }
            }
            #expect(call.contains("--replay") == !isRoot)
            #expect(call.contains("config.yaml") && run.child.output.lines.contains { $0.hasPrefix("configuration: ") } == isRoot)
        }
    }
}
