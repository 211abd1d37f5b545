import Foundation

/// `openssl s_server`, for what Mosquitto cannot be made to do; a test types at its keyboard.
final class SecureServer: Sendable {
    let child: Child
    let port: Int
    private let keyboard: Int32

    private init(_ child: Child, port: Int, keyboard: Int32) {
        self.child = child
        self.port = port
        self.keyboard = keyboard
    }

    deinit { close(keyboard) }

    static func start(_ scene: Scene, _ identity: Authority.Identity, _ arguments: [String]) async throws -> SecureServer {
        let port = Broker.freePort()
        let pipe = scene.path("keyboard")
        guard mkfifo(pipe, 0o600) == 0 else { throw Child.StartFailed(description: "mkfifo") }
        // For both directions: opening waits for nobody then.
        let keyboard = open(pipe, O_RDWR | O_CLOEXEC)
        let command = "exec openssl s_server -accept 127.0.0.1:\(port) -cert \(identity.certificate) -key \(identity.key) "
        let child = try scene.start("/bin/sh", ["-c", command + arguments.map { "'\($0)'" }.joined(separator: " ") + " <\(pipe)"], label: "s_server")
        let server = SecureServer(child, port: port, keyboard: keyboard)
        try await until("s_server listens: \(child.error.tail())") {
            if let exit = child.ended { throw Child.StartFailed(description: "s_server: \(exit): \(child.error.tail())") }
            return child.output.count > 0 && server.output.contains("ACCEPT")
        }
        return server
    }

    func type(_ bytes: [UInt8]) { _ = write(keyboard, bytes, bytes.count) }

    /// All it has printed: what happened, and what came.
    var output: String { String(decoding: FileManager.default.contents(atPath: child.output.path) ?? Data(), as: UTF8.self) }
}
