import Foundation
import Testing

@testable import Harness

/// `--check-config`, its warnings, and the way to the broker with `--connect`.
@Suite struct CheckTests {
    private struct Outcome {
        let exit: Child.Exit
        let output: String
        let error: String
    }

    private func check(_ scene: Scene, _ yaml: String, connects: Bool = true) async throws -> Outcome {
        let path = scene.path("check.yaml")
        try yaml.write(toFile: path, atomically: true, encoding: .utf8)
        chmod(path, 0o600)
        let child = try scene.start(
            Daemon.binary, ["--check-config", "--config", path] + (connects ? ["--connect"] : []), label: "check")
        let exit = try await child.exit(within: 40)
        return Outcome(exit: exit, output: child.output.lines.joined(separator: "\n"), error: child.error.lines.joined(separator: "\n"))
    }

    private func reports(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(100, every: 10_000).write(to: path)
        return path
    }

    @Test func `what is valid and probably not meant is a warning, and valid all the same`() async throws {
        try await scene { scene in
            let outcome = try await check(scene, "scanner_id: a\nthinning:\n  interval: 5\n", connects: false)
            #expect(outcome.exit == .status(0))
            #expect(outcome.error.contains(":3:13: warning: thinning.interval: without effect, for thinning.mode is off"))
            #expect(outcome.error.contains("\n      |             ^"))
            #expect(outcome.output.hasSuffix(": valid, with a warning"))
        }
    }

    @Test func `warnings are logged at the start and at a reload`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            var configuration = Daemon.Configuration(broker)
            configuration.more = ["thinning:", "  interval: 5"]
            let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real, arguments: ["--replay-loop"])
            try await daemon.remark("warning: thinning.interval: without effect")
            try await daemon.remark("connected to broker")
            configuration.more = ["filters:", "  default: deny"]
            let start = daemon.log.count
            try daemon.rewrite(configuration.yaml)
            daemon.child.signal(SIGHUP)
            try await daemon.remark("warning: filters.default: deny publishes nothing at all", from: start)
        }
    }

    @Test func `each step with a broker that takes messages is printed, and the running daemon stays connected`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: .init(username: "scanner", password: "secret-4711"))
            let configuration = Daemon.Configuration(broker)
            let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real, arguments: ["--replay-loop"])
            try await daemon.remark("connected to broker")
            let outcome = try await check(scene, configuration.yaml)
            #expect(outcome.exit == .status(0), "\(outcome.error)")
            for line in [
                "connected to 127.0.0.1:\(broker.port)", "accepted, user scanner, client identifier blemqttd-check-",
                "acknowledged: an empty message of QoS 1 to ble/status/test-01, not retained",
                "acknowledged: an empty message of QoS 1 to ble/raw/test-01/", "MQTT 3.1.1 has no reply for a denied topic",
            ] { #expect(outcome.output.contains(line), "\(line)") }
            #expect(!(outcome.output + outcome.error).contains("secret-4711"))
            #expect(broker.connections(of: "blemqttd-test-01") == 1)
            let last = try await daemon.terminate()
            #expect(last["connects"] == 1)
        }
    }

    @Test func `a broker that is not there, or does not admit us, is status 69 and says what to do`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: .init(username: "scanner", password: "right"))
            var configuration = Daemon.Configuration(broker)
            configuration.login = .init(username: "scanner", password: "wrong")
            let refused = try await check(scene, configuration.yaml)
            #expect(refused.exit == .status(69) && refused.output.contains("connected to 127.0.0.1"))
            #expect(refused.error.contains("refused: "), "\(refused.error)")
            let gone = try await check(scene, Daemon.Configuration(port: Broker.freePort()).yaml)
            #expect(gone.exit == .status(69) && gone.error.contains("Connection refused; is the broker running"), "\(gone.error)")
            configuration.host = "no-such-host.invalid"
            let nameless = try await check(scene, configuration.yaml)
            #expect(nameless.exit == .status(69) && nameless.error.contains("no-such-host.invalid cannot be looked up"), "\(nameless.error)")
        }
    }

    @Test func `TLS is printed with its version, and refused with its reason`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            let outcome = try await check(scene, secure.configuration([("ca_file", authority.certificate)]).yaml)
            #expect(outcome.exit == .status(0), "\(outcome.error)")
            #expect(outcome.output.contains("resolved localhost: "))
            #expect(outcome.output.contains("TLSv1.3: the broker's certificate is valid for localhost"), "\(outcome.output)")
            let other = try await Authority(scene)
            let refused = try await check(scene, secure.configuration([("ca_file", other.certificate)]).yaml)
            #expect(refused.exit == .status(69) && refused.error.contains("no connection to localhost:\(secure.port): "), "\(refused.error)")
        }
    }
}
