import Foundation
import Testing

@testable import Harness

/// The broker's configuration in `deploy/mosquitto`, as it is.
@Suite struct AccessTests {
    /// A Mosquitto with the listener and the ACL of the directory; only the files' places and the address are the test's.
    private func start(_ scene: Scene, _ authority: Authority) async throws -> (child: Child, port: Int) {
        let directory = URL(fileURLWithPath: checkout).appendingPathComponent("deploy/mosquitto")
        let identity = try await authority.issue()
        let passwords = scene.path("passwords")
        for (number, user) in ["scanner-01", "scanner-02", "reader"].enumerated() {
            _ = try await scene.run("mosquitto_passwd", ["-b"] + (number == 0 ? ["-c"] : []) + [passwords, user, "secret-\(user)"])
        }
        let acl = scene.path("acl")
        try FileManager.default.copyItem(atPath: directory.appendingPathComponent("acl").path, toPath: acl)
        let port = Broker.freePort()
        var text = try String(contentsOf: directory.appendingPathComponent("blemqttd.conf"), encoding: .utf8)
        for (here, there) in [
            ("listener 8883", "listener \(port) 127.0.0.1"), ("/etc/mosquitto/certs/broker.pem", identity.certificate),
            ("/etc/mosquitto/certs/broker.key", identity.key), ("/etc/mosquitto/blemqttd.passwd", passwords),
            ("/etc/mosquitto/blemqttd.acl", acl),
        ] {
            try #require(text.contains(here))
            text = text.replacingOccurrences(of: here, with: there)
        }
        let path = scene.path("mosquitto.conf")
        try (text + (geteuid() == 0 ? "user root\n" : "") + "log_dest stderr\nlog_type all\n").write(toFile: path, atomically: true, encoding: .utf8)
        let child = try scene.start("mosquitto", ["-c", path, "-v"], label: "mosquitto")
        try await until("mosquitto runs: \(child.error.tail())") { child.error.lines.contains { $0.contains("running") } }
        return (child, port)
    }

    private func scanner(_ id: String, user: String, _ port: Int, _ authority: Authority) -> Daemon.Configuration {
        var configuration = Daemon.Configuration(port: port, tls: [("ca_file", authority.certificate)])
        configuration.scannerID = id
        configuration.login = .init(username: user, password: "secret-\(user)")
        configuration.qos = 1
        return configuration
    }

    @Test func `a scanner publishes below its own name, and nobody else does`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let (mosquitto, port) = try await start(scene, authority)
            let common = ["-h", "localhost", "-p", String(port), "--cafile", authority.certificate]
            let reader = try scene.start(
                "mosquitto_sub", common + ["-u", "reader", "-P", "secret-reader", "-i", "reader", "-q", "1", "-t", "ble/#", "-t", "homeassistant/#", "-F", "%t"],
                label: "reader")
            try await until("the reader has subscribed") { mosquitto.error.lines.contains { $0.contains("Sending SUBACK to reader") } }
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(3_000, every: 10_000).write(to: path)

            // The wrong one first: what it is forbidden is dropped, and it stays where it is.
            let wrong = try Daemon(
                scene, scanner("scanner-01", user: "scanner-02", port, authority), replay: path, speed: .real, arguments: ["--replay-loop"])
            try await wrong.statistics("the broker has taken some") { $0["published"] >= 50 }
            try await until("the broker denies them") { mosquitto.error.lines.count { $0.contains("Denied PUBLISH") } >= 50 }
            let denied = try await wrong.terminate()
            #expect(denied["connects"] == 1, "no loop of disconnects")
            #expect(denied.faults == [])

            // So do other topics, and reading what others say.
            func publish(_ topic: String) async throws {
                _ = try await scene.run(
                    "mosquitto_pub", common + ["-u", "scanner-02", "-P", "secret-scanner-02", "-q", "1", "-t", topic, "-m", "x"])
            }
            for topic in ["ble/raw/scanner-01/x", "ble/status/scanner-01", "homeassistant/device/scanner-01/config", "ble/raw", "other"] {
                try await publish(topic)
            }
            let spy = try scene.start(
                "mosquitto_sub", common + ["-u", "scanner-02", "-P", "secret-scanner-02", "-i", "spy", "-t", "#"], label: "spy")
            try await until("the spy has subscribed") { mosquitto.error.lines.contains { $0.contains("Sending SUBACK to spy") } }

            let right = try Daemon(scene, scanner("scanner-02", user: "scanner-02", port, authority), replay: path, speed: .real)
            try await publish("homeassistant/device/scanner-02/config")
            let raw = "ble/raw/scanner-02/"
            try await until("messages of the right one") { reader.output.lines.count { $0.hasPrefix(raw) } >= 20 }
            _ = try await right.terminate()
            let allowed = ["ble/status/scanner-02", "homeassistant/device/scanner-02/config"]
            try await until("its status") { reader.output.lines.contains(allowed[0]) && reader.output.lines.contains(allowed[1]) }
            #expect(reader.output.lines.allSatisfy { $0.hasPrefix(raw) || allowed.contains($0) }, "\(Set(reader.output.lines).prefix(9))")
            #expect(spy.output.count == 0)
        }
    }
}
