import Foundation

/// The daemon under test, with a configuration of its own.
final class Daemon: Sendable {
    /// What a test wants in `config.yaml`; what it leaves alone is not written.
    struct Configuration: Sendable {
        var scannerID = "test-01"
        var host = "127.0.0.1"
        var port: Int
        var login: Broker.Login?
        /// Keys and values below `mqtt.broker.tls`.
        var tls: [(String, String)] = []
        var qos: Int?
        var keepAlive: Int?
        var maxInFlight: Int?
        var cleanSession: Bool?
        var initialDelay: Double?
        var maxDelay: Double?
        var jitter: Double?
        var ringSize: String?
        var statsInterval: Int?
        var level: String?
        /// Whole lines of YAML behind all others.
        var more: [String] = []

        init(port: Int) { self.port = port }

        init(_ broker: Broker, qos: Int? = nil) {
            port = broker.port
            login = broker.login
            self.qos = qos
        }

        var yaml: String {
            var lines = ["scanner_id: \(scannerID)", "mqtt:", "  broker:", "    host: \(host)", "    port: \(port)"]
            if let login { lines += ["    username: \(login.username)", "    password: \(login.password)"] }
            if !tls.isEmpty { lines += ["    tls:"] + tls.map { "      \($0.0): \($0.1)" } }
            section("client", [("keep_alive", keepAlive), ("qos", qos), ("max_inflight", maxInFlight), ("clean_session", cleanSession)], indent: "  ", to: &lines)
            section(
                "reconnect", [("initial_delay", initialDelay), ("max_delay", maxDelay), ("jitter", jitter)], indent: "  ", to: &lines)
            section("ring", [("size", ringSize)], indent: "", to: &lines)
            section("stats", [("interval", statsInterval)], indent: "", to: &lines)
            section("logging", [("level", level), ("target", "stderr")], indent: "", to: &lines)
            return (lines + more).joined(separator: "\n") + "\n"
        }

        private func section(_ name: String, _ entries: [(String, (any CustomStringConvertible)?)], indent: String, to lines: inout [String]) {
            let given = entries.compactMap { key, value in value.map { "\(indent)  \(key): \($0.description)" } }
            if !given.isEmpty { lines += ["\(indent)\(name):"] + given }
        }
    }

    /// How fast a capture is played.
    enum Speed: Sendable {
        case real, max, factor(Int)

        var argument: String {
            switch self {
            case .real: "real"
            case .max: "max"
            case .factor(let factor): String(factor)
            }
        }
    }

    let child: Child
    let configurationPath: String

    /// Starts the daemon on a capture; without one, on whatever adapters there are.
    /// - Parameters:
    ///   - environment: for the child, such as a library to preload.
    ///   - wrapper: a program and its arguments that in the end becomes the daemon, such as `unshare`.
    init(
        _ scene: Scene, _ configuration: Configuration, replay: String?, speed: Speed = .max, arguments: [String] = [],
        environment: [String: String] = [:], wrapper: [String] = []
    ) throws {
        configurationPath = scene.path("config.yaml")
        try Self.write(configuration.yaml, to: configurationPath)
        let command =
            wrapper + [Self.binary, "--config", configurationPath]
            + (replay.map { ["--replay", $0, "--replay-speed", speed.argument] } ?? []) + arguments
        child = try scene.start(command[0], Array(command.dropFirst()), environment: environment, label: "blemqttd")
    }

    /// `BLEMQTTD`, else what was built together with this test.
    static let binary: String = ProcessInfo.processInfo.environment["BLEMQTTD"] ?? besideTest

    private static let besideTest: String = {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("blemqttd").path
    }()

    /// Memory and allocations are those of the binary that people install.
    static let isRelease = ProcessInfo.processInfo.environment["BLEMQTTD"]?.contains("release") ?? false

    /// The kernel sees the emulator, then: its name, its memory, its threads.
    static let isEmulated = ProcessInfo.processInfo.environment["TIME_SCALE"] != nil

    /// Writes another configuration in the place of the daemon's own.
    func rewrite(_ text: String) throws {
        try Self.write(text, to: configurationPath)
    }

    /// There may be a password in it: nobody else may read it.
    private static func write(_ text: String, to path: String) throws {
        let draft = path + ".new"
        try text.write(toFile: draft, atomically: false, encoding: .utf8)
        guard chmod(draft, 0o600) == 0, rename(draft, path) == 0 else { throw Unclean(description: "\(path) cannot be written") }
    }

    var log: FileLines { child.error }

    /// The lines of totals.
    var statistics: [Statistics] { allStatistics.filter { $0.adapter == nil } }

    /// The lines of totals, each followed by those of the adapters where there are several.
    var allStatistics: [Statistics] { log.lines.compactMap { Statistics(logLine: $0) } }

    /// Log lines that are not statistics.
    var remarks: [String] { log.lines.filter { Statistics(logLine: $0) == nil } }

    /// Asks for a statistics line and waits for it.
    func ask() async throws -> Statistics {
        // Before its first word a process has no handlers, and a signal ends it.
        try await until("the daemon has started") { log.count > 0 }
        let start = log.count
        child.signal(SIGUSR1)
        return try await until("statistics after SIGUSR1: \(log.tail())") {
            if let exit = child.ended { throw Unclean(description: "\(exit): \(log.tail())") }
            return log.lines(from: start).lazy.compactMap { Statistics(logLine: $0) }.last { $0.adapter == nil }
        }
    }

    /// Asks until the numbers are as wanted.
    @discardableResult
    func statistics(_ what: String, within seconds: Double = 20, where condition: (Statistics) -> Bool) async throws -> Statistics {
        var last: Statistics?
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds * timeScale)
        while clock.now < deadline {
            let now = try await ask()
            if condition(now) { return now }
            last = now
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NotInTime(what: "\(what): \(last?.description ?? log.tail())", seconds: seconds * timeScale)
    }

    /// The first log line from `start` on that holds the text, whatever the case of its letters.
    @discardableResult
    func remark(_ text: String, from start: Int = 0, within seconds: Double = 20) async throws -> String {
        try await until("a log line with “\(text)”: \(log.tail())", within: seconds) {
            log.lines(from: start).first { $0.localizedCaseInsensitiveContains(text) }
        }
    }

    /// Waits for its end by itself, and returns its last statistics.
    /// - Throws: `NotInTime`, or `Unclean` where it ends in any other way than with exit status 0 and statistics.
    func finish(within seconds: Double = 60) async throws -> Statistics {
        let exit = try await child.exit(within: seconds)
        guard exit == .status(0), let last = statistics.last else { throw Unclean(description: "\(exit): \(log.tail())") }
        return last
    }

    /// SIGTERM, and the same.
    func terminate(within seconds: Double = 5) async throws -> Statistics {
        child.signal(SIGTERM)
        return try await finish(within: seconds)
    }

    struct Unclean: Error, CustomStringConvertible {
        let description: String
    }
}
