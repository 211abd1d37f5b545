import Foundation
import Synchronization

/// A real Mosquitto on a free loopback port that keeps nothing on disk and drops nothing on the way to a subscriber.
final class Broker: Sendable {
    struct Login: Sendable {
        let username: String
        let password: String
    }

    let scene: Scene
    let port: Int
    let login: Login?
    private let configuration: String
    private let process: Mutex<Child?>

    private init(_ scene: Scene, port: Int, login: Login?, configuration: String) {
        self.scene = scene
        self.port = port
        self.login = login
        self.configuration = configuration
        process = Mutex(nil)
    }

    /// Starts a broker and waits until it accepts connections.
    /// - Parameter lines: added to its configuration.
    static func start(_ scene: Scene, login: Login? = nil, lines: [String] = []) async throws -> Broker {
        var failure = "no free port"
        // Another program may take the port between our look and the broker's.
        for _ in 0..<5 {
            let broker = try await make(scene, port: freePort(), login: login, lines: lines)
            do {
                try await broker.start()
                return broker
            } catch let error as NotInTime {
                failure = error.description
            } catch let error as Child.StartFailed where error.description.contains("in use") {
                failure = error.description
            }
        }
        throw Child.StartFailed(description: failure)
    }

    private static func make(_ scene: Scene, port: Int, login: Login?, lines: [String]) async throws -> Broker {
        var text = [
            "listener \(port) 127.0.0.1", "persistence false",
            "log_dest stderr", "log_type error", "log_type warning", "log_type notice", "log_type subscribe", "connection_messages true",
            // Nothing may be lost between broker and subscriber: 0 is no limit.
            "max_queued_messages 0", "max_queued_bytes 0", "max_inflight_messages 0", "max_packet_size 1048576",
        ]
        // Else it changes to a user who may not read the scene's directory.
        if geteuid() == 0 { text.append("user root") }
        if let login {
            let file = scene.path("passwords")
            _ = try await scene.run("mosquitto_passwd", ["-b", "-c", file, login.username, login.password])
            text += ["allow_anonymous false", "password_file \(file)"]
        } else {
            text.append("allow_anonymous true")
        }
        let path = scene.path("mosquitto.conf")
        try (text + lines).joined(separator: "\n").appending("\n").write(toFile: path, atomically: true, encoding: .utf8)
        return Broker(scene, port: port, login: login, configuration: path)
    }

    /// Below the kernel's range for outgoing connections: a client that retries a dead port within it can connect to itself.
    static func freePort() -> Int {
        while true {
            let port = Int.random(in: 20_000..<32_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            if bindLoopback(descriptor, port: port) { return port }
        }
    }

    /// Starts it, again on the same port, and waits until it accepts connections.
    func start() async throws {
        let child = try scene.start("mosquitto", ["-c", configuration], label: "mosquitto")
        process.withLock { $0 = child }
        try await until("mosquitto listens on port \(port)") {
            if let exit = child.ended { throw Child.StartFailed(description: "mosquitto: \(exit): \(child.error.tail())") }
            return accepts
        }
    }

    private var accepts: Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return connectLoopback(descriptor, port: port)
    }

    private var child: Child? { process.withLock { $0 } }

    /// SIGTERM, as an administrator's restart does; subscribers and publishers see an orderly close.
    func stop() async throws {
        child?.signal(SIGTERM)
        _ = try await child?.exit(within: 20)
    }

    /// SIGKILL.
    func kill() { child?.kill() }

    /// Stops it without closing a connection: packets go in, nothing comes out.
    func freeze() { child?.signal(SIGSTOP) }

    func thaw() { child?.signal(SIGCONT) }

    /// Log lines of the process that runs now.
    var log: [String] { child?.error.lines ?? [] }

    /// Connections that clients with this prefix in their identifier made to the process that runs now.
    func connections(of prefix: String) -> Int {
        log.count { $0.contains("New client connected") && $0.contains(" as \(prefix)") }
    }

    /// The place in the log of the first line that holds all the parts.
    func place(_ parts: String...) -> Int? {
        log.firstIndex { line in parts.allSatisfy { line.contains($0) } }
    }
}

func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

func bindLoopback(_ descriptor: Int32, port: Int) -> Bool {
    var address = loopback(port)
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) } == 0
    }
}

func connectLoopback(_ descriptor: Int32, port: Int) -> Bool {
    var address = loopback(port)
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) } == 0
    }
}
