import Foundation

/// A Mosquitto with a listener for TLS beside its plain one, which the test's own subscribers use.
struct SecureBroker: Sendable {
    let broker: Broker
    /// Of the TLS listener.
    let port: Int
    /// What the listener shows; a restart takes what is there then.
    let identity: Authority.Identity

    static func start(_ scene: Scene, _ identity: Authority.Identity, lines: [String] = []) async throws -> SecureBroker {
        let port = Broker.freePort()
        let directory = scene.path("broker")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let own = Authority.Identity(certificate: "\(directory)/cert.pem", key: "\(directory)/key.pem")
        try copy(identity, to: own)
        let broker = try await Broker.start(
            scene, lines: ["listener \(port) 127.0.0.1", "certfile \(own.certificate)", "keyfile \(own.key)"] + lines)
        return SecureBroker(broker: broker, port: port, identity: own)
    }

    private static func copy(_ identity: Authority.Identity, to own: Authority.Identity) throws {
        for (from, to) in [(identity.certificate, own.certificate), (identity.key, own.key)] {
            try? FileManager.default.removeItem(atPath: to)
            try FileManager.default.copyItem(atPath: from, toPath: to)
        }
    }

    /// Puts another certificate in the place of the broker's, and starts it again as its administrator would.
    func renew(_ identity: Authority.Identity) async throws {
        try Self.copy(identity, to: self.identity)
        try await broker.stop()
        try await broker.start()
    }

    /// A daemon's configuration for the TLS listener, with short pauses and every attempt in the log.
    func configuration(_ tls: [(String, String)], host: String = "localhost") -> Daemon.Configuration {
        Daemon.Configuration(port: port, tls: tls, host: host)
    }
}

extension Daemon.Configuration {
    init(port: Int, tls: [(String, String)], host: String = "localhost") {
        self.init(port: port)
        self.host = host
        self.tls = [("enabled", "true")] + tls
        initialDelay = 0.5
        maxDelay = 0.5
        level = "debug"
    }
}

extension Daemon {
    /// Waits until attempts have failed `count` times for a reason with all of these words, and looks after itself meanwhile.
    func fails(_ count: Int = 3, because words: [String]) async throws {
        try await until("\(count) attempts that fail with \(words): \(log.tail())", within: 30) {
            log.lines.count { line in line.contains("no connection to broker") && words.allSatisfy { line.contains($0) } } >= count
        }
    }
}
