import Foundation
import Testing

@testable import Harness

/// Other ways to a broker than its address, and to the password.
@Suite struct ConnectingTests {
    private static let login = Broker.Login(username: "scanner", password: "a-secret-of-mine")

    private func reports(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(1_000, every: 10_000).write(to: path)
        return path
    }

    /// A file that the daemon's user alone may read.
    private func file(_ path: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try #require(chmod(path, mode) == 0)
        return path
    }

    @Test func `a broker is met at its Unix socket`() async throws {
        try await scene { scene in
            let socket = scene.path("broker.sock")
            let broker = try await Broker.start(scene, lines: ["listener 0 \(socket)"])
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker)
            configuration.host = "unix:\(socket)"
            let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real)
            try await subscriber.messages(10)
            try await daemon.remark("connected to broker unix:\(socket) as ")
            try await broker.stop()
            try await daemon.remark("lost broker unix:\(socket)")
            try await broker.start()
            try await subscriber.subscribed(to: broker)
            let count = subscriber.count
            try await subscriber.messages(count + 10)
            let last = try await daemon.terminate()
            #expect(last.faults == [])
        }
    }

    @Test func `a name with several addresses leads to the one that answers`() async throws {
        try await scene { scene in
            // localhost may be ::1 first, where nobody listens.
            let broker = try await Broker.start(scene)
            let subscriber = try await Subscriber.start(broker)
            var configuration = Daemon.Configuration(broker)
            configuration.host = "localhost"
            let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real)
            try await subscriber.messages(10)
            _ = try await daemon.terminate()
        }
    }

    /// A configuration that logs in, with the password not in it.
    private func configuration(_ broker: Broker, _ lines: [String]) -> String {
        var plain = Daemon.Configuration(broker)
        plain.login = nil
        plain.level = "debug"
        return plain.yaml.replacing("    port: \(broker.port)\n", with: "    port: \(broker.port)\n    username: scanner\n" + lines.map { "    \($0)\n" }.joined())
    }

    private func start(_ scene: Scene, _ yaml: String, environment: [String: String] = [:]) throws -> Child {
        let path = try file(scene.path("config.yaml"), yaml)
        return try scene.start(
            Daemon.binary, ["--config", path, "--replay", reports(scene), "--replay-loop"], environment: environment, label: "blemqttd")
    }

    @Test func `the password comes from a file, is read again at SIGHUP, and is nowhere else to be seen`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: Self.login)
            let subscriber = try await Subscriber.start(broker)
            let password = try file(scene.path("password"), "not-\(Self.login.password)\n")
            let yaml = configuration(broker, ["password_file: \(password)"])
            let child = try start(scene, yaml)
            try await until("the broker refuses", within: 20) { child.error.lines.contains { $0.contains("not authori") } }
            _ = try file(password, "\(Self.login.password)\n")
            child.signal(SIGHUP)
            try await subscriber.messages(10)
            // Argument list, environment, log at debug level, printed configuration.
            for name in ["cmdline", "environ"] {
                let text = String(decoding: try Data(contentsOf: URL(filePath: "/proc/\(child.pid)/\(name)")), as: UTF8.self)
                #expect(!text.isEmpty && !text.contains(Self.login.password), "\(name)")
            }
            child.signal(SIGTERM)
            #expect(try await child.exit(within: 10) == .status(0))
            #expect(child.error.lines.contains { $0.contains("configuration read again: mqtt.broker.password_file") })
            #expect(!child.error.lines.contains { $0.contains(Self.login.password) })
            let printed = try await scene.run(Daemon.binary, ["--print-config", "--config", file(scene.path("config.yaml"), yaml)])
            #expect(printed.output.lines.contains { $0.contains("password_file: ") })
            #expect(!printed.output.lines.contains { $0.contains(Self.login.password) })
        }
    }

    @Test func `a password file that is fixed is taken unattended, and one that goes bad is logged once and changes nothing`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: Self.login)
            let subscriber = try await Subscriber.start(broker)
            let password = try file(scene.path("password"), "wrong\n")
            let child = try start(scene, configuration(broker, ["password_file: \(password)"]))
            try await until("the broker refuses", within: 20) { child.error.lines.contains { $0.contains("not authori") } }
            try #require(unlink(password) == 0)
            func warnings() -> [String] { child.error.lines.filter { $0.contains("keeping the current password") } }
            try await until("a warning", within: 20) { !warnings().isEmpty }
            func attempts() -> Int { child.error.lines.count { $0.contains("connecting to ") } }
            let before = attempts()
            try await until("two more attempts", within: 30) { attempts() >= before + 2 }
            #expect(warnings().count == 1 && warnings()[0].contains("\(password): no such file"))
            _ = try file(password, "\(Self.login.password)\n")
            try await subscriber.messages(10)
            child.signal(SIGTERM)
            #expect(try await child.exit(within: 10) == .status(0))
            #expect(child.error.lines.contains { $0.contains("the password has changed") })
            #expect(!child.error.lines.contains { $0.contains(Self.login.password) })
        }
    }

    @Test func `systemd's credential is the password where nothing else is configured`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: Self.login)
            let subscriber = try await Subscriber.start(broker)
            let credentials = scene.path("credentials")
            try FileManager.default.createDirectory(atPath: credentials, withIntermediateDirectories: false)
            _ = try file(credentials + "/mqtt-password", Self.login.password, mode: 0o440)
            let child = try start(scene, configuration(broker, []), environment: ["CREDENTIALS_DIRECTORY": credentials])
            try await subscriber.messages(10)
            child.signal(SIGTERM)
            #expect(try await child.exit(within: 10) == .status(0))
            #expect(!child.error.lines.contains { $0.contains(Self.login.password) })
        }
    }

    @Test func `a file with a secret that others may read ends the start, and leaves a running daemon as it was`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: Self.login)
            let subscriber = try await Subscriber.start(broker)
            let password = try file(scene.path("password"), Self.login.password, mode: 0o644)
            let yaml = configuration(broker, ["password_file: \(password)"])
            let refused = try start(scene, yaml)
            #expect(try await refused.exit(within: 10) == .status(78))
            #expect(refused.error.lines.contains { $0.hasSuffix("run  chmod o-rwx \(password)") })
            try #require(chmod(password, 0o600) == 0)
            let child = try start(scene, yaml)
            try await subscriber.messages(10)
            try #require(chmod(password, 0o604) == 0)
            child.signal(SIGHUP)
            try await until("the reload is refused", within: 20) { child.error.lines.contains { $0.contains("run  chmod o-rwx \(password)") } }
            let count = subscriber.count
            try await subscriber.messages(count + 10)
            child.signal(SIGTERM)
            #expect(try await child.exit(within: 10) == .status(0))
        }
    }
}
