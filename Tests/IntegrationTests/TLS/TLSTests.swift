import Foundation
import Testing

@testable import Harness

/// What the daemon takes for its broker, and what not, with certificates made for the occasion and a real Mosquitto.
@Suite struct TLSTests {
    private func reports(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(3_000, every: 10_000).write(to: path)
        return path
    }

    /// Connects, publishes, and disconnects.
    private func works(_ scene: Scene, _ secure: SecureBroker, _ configuration: Daemon.Configuration) async throws {
        let subscriber = try await Subscriber.start(secure.broker)
        let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real)
        try await subscriber.messages(10)
        let last = try await daemon.terminate()
        #expect(last.faults == [])
        #expect(last["connects"] == 1)
    }

    /// Is refused with these words, again and again, without a message going out; a good certificate fixes it without an action on the daemon.
    private func isRefused(
        _ scene: Scene, _ secure: SecureBroker, _ configuration: Daemon.Configuration, because words: [String],
        renewed good: Authority.Identity? = nil
    ) async throws {
        let subscriber = try await Subscriber.start(secure.broker)
        let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real, arguments: ["--replay-loop"])
        try await daemon.fails(because: words)
        #expect(daemon.remarks.count { $0.contains(" error ") } == 1, "said once: \(daemon.log.tail())")
        #expect(subscriber.count == 0)
        if let good {
            try await secure.renew(good)
            let again = try await Subscriber.start(secure.broker)
            try await again.messages(3)
        }
        let last = try await daemon.terminate()
        #expect(last.faults == [])
        #expect(last["connects"] == (good == nil ? 0 : 1))
    }

    // MARK: Taken

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a certificate for the broker's name or address is taken`(host: String) async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            try await works(scene, secure, secure.configuration([("ca_file", authority.certificate)], host: host))
        }
    }

    @Test func `an authority is found in a directory`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            try await works(scene, secure, secure.configuration([("ca_path", authority.hashedDirectory())]))
        }
    }

    @Test func `an authority is found in the system's directory`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            let subscriber = try await Subscriber.start(secure.broker)
            // What OpenSSL takes for the system's directory can be set in its environment.
            let directory = try await authority.hashedDirectory()
            let daemon = try Daemon(
                scene, secure.configuration([("system_ca", "true")]), replay: reports(scene), speed: .real,
                environment: ["SSL_CERT_DIR": directory])
            try await subscriber.messages(10)
            _ = try await daemon.terminate()
        }
    }

    @Test func `a self-signed certificate is taken where it is trusted by name`() async throws {
        try await scene { scene in
            let identity = try await Authority(scene).selfSigned()
            let secure = try await SecureBroker.start(scene, identity)
            try await works(scene, secure, secure.configuration([("ca_file", identity.certificate)]))
        }
    }

    @Test func `server_name says whom the certificate must be for`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue(["DNS:*.example.org"], commonName: "x"))
            let configuration = secure.configuration(
                [("ca_file", authority.certificate), ("server_name", "broker.example.org")], host: "127.0.0.1")
            try await works(scene, secure, configuration)
        }
    }

    @Test func `a client certificate opens a broker that wants one`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let client = try await authority.issue([], commonName: "scanner-01")
            let secure = try await SecureBroker.start(
                scene, authority.issue(), lines: ["cafile \(authority.certificate)", "require_certificate true", "use_identity_as_username true"])
            let tls = [("ca_file", authority.certificate), ("certificate", client.certificate), ("key", client.key)]
            try await works(scene, secure, secure.configuration(tls))
            #expect(secure.broker.log.contains { $0.contains("u'scanner-01'") }, "\(secure.broker.log)")
        }
    }

    @Test func `insecure takes any certificate, and warns at each connect`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue(["DNS:elsewhere"], valid: Authority.past))
            let subscriber = try await Subscriber.start(secure.broker)
            let status = try await Subscriber.start(secure.broker, topic: "ble/status/#")
            let daemon = try Daemon(scene, secure.configuration([("insecure", "true")]), replay: reports(scene), speed: .real)
            try await subscriber.messages(10)
            #expect(try await status.messages(1).first?.payload.contains(#""tls_insecure":true"#) == true)
            secure.broker.kill()
            try await secure.broker.start()
            let again = try await Subscriber.start(secure.broker)
            try await again.messages(3)
            _ = try await daemon.terminate()
            #expect(daemon.remarks.count { $0.contains(" warning ") && $0.contains("mqtt.broker.tls.insecure") } == 2)
        }
    }

    // MARK: Refused

    @Test func `another authority's certificate is refused, and a good one in its place is taken`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let other = try await Authority(scene, name: "Some Other Authority")
            let secure = try await SecureBroker.start(scene, other.issue())
            try await isRefused(
                scene, secure, secure.configuration([("ca_file", authority.certificate)]),
                because: ["unknown issuer", "Some Other Authority"], renewed: authority.issue())
        }
    }

    @Test func `an authority of the same name with another key is refused`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, Authority(scene).issue())
            try await isRefused(scene, secure, secure.configuration([("ca_file", authority.certificate)]), because: ["unknown issuer"])
        }
    }

    @Test(arguments: [
        (Authority.past, ["the broker's certificate expired on 2026-01-02 03:04:05 UTC"]),
        (Authority.future, ["is not valid before 2098-01-01 00:00:00 UTC", "is the clock right?"]),
    ])
    func `a certificate of another time is refused, and a good one in its place is taken`(valid: (String, String), words: [String]) async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue(valid: valid))
            try await isRefused(
                scene, secure, secure.configuration([("ca_file", authority.certificate)]), because: words, renewed: authority.issue())
        }
    }

    @Test(arguments: [
        // Names of the certificate, its common name, the host, what is logged of it.
        (["DNS:broker.example.org"], "localhost", "localhost", ["is not for localhost but for broker.example.org"]),
        (["DNS:127.0.0.1"], "127.0.0.1", "127.0.0.1", ["is not for 127.0.0.1"]),
        (["IP:127.0.0.2"], "127.0.0.1", "127.0.0.1", ["is not for 127.0.0.1 but for 127.0.0.2"]),
        ([], "localhost", "localhost", ["is not for localhost", "a common name alone does not count"]),
        ([], "127.0.0.1", "127.0.0.1", ["is not for 127.0.0.1", "a common name alone does not count"]),
    ])
    func `a certificate for others is refused`(names: [String], commonName: String, host: String, words: [String]) async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue(names, commonName: commonName))
            try await isRefused(scene, secure, secure.configuration([("ca_file", authority.certificate)], host: host), because: words)
        }
    }

    @Test func `a self-signed certificate is refused`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.selfSigned())
            try await isRefused(scene, secure, secure.configuration([("ca_file", authority.certificate)]), because: ["is self-signed"])
        }
    }

    @Test(arguments: ["tlsv1.2", "tlsv1.3"])
    func `a broker that wants a client certificate is reported, and refuses a wrong one`(version: String) async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let stranger = try await Authority(scene, name: "Stranger").issue([], commonName: "scanner-01")
            let secure = try await SecureBroker.start(
                scene, authority.issue(), lines: ["cafile \(authority.certificate)", "require_certificate true", "tls_version \(version)"])
            let trust = [("ca_file", authority.certificate)]
            try await isRefused(scene, secure, secure.configuration(trust), because: ["the broker wants a client certificate"])
            let wrong = secure.configuration(trust + [("certificate", stranger.certificate), ("key", stranger.key)])
            try await isRefused(scene, secure, wrong, because: ["the broker rejects our client certificate"])
        }
    }

    // MARK: Files

    @Test func `files are read again at each connect`() async throws {
        try await scene { scene in
            let right = try await Authority(scene)
            let wrong = try await Authority(scene, name: "Wrong")
            let trusted = scene.path("trusted.pem")
            try FileManager.default.copyItem(atPath: wrong.certificate, toPath: trusted)
            let secure = try await SecureBroker.start(scene, right.issue())
            let subscriber = try await Subscriber.start(secure.broker)
            let daemon = try Daemon(
                scene, secure.configuration([("ca_file", trusted)]), replay: reports(scene), speed: .real, arguments: ["--replay-loop"])
            try await daemon.fails(because: ["unknown issuer"])
            try FileManager.default.removeItem(atPath: trusted)
            try await daemon.fails(because: ["mqtt.broker.tls.ca_file", trusted, "No such file"])
            try FileManager.default.copyItem(atPath: right.certificate, toPath: trusted)
            try await subscriber.messages(3)
            _ = try await daemon.terminate()
        }
    }

    @Test func `a file that is missing or malformed at a reload leaves the current configuration in effect`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            let subscriber = try await Subscriber.start(secure.broker)
            let daemon = try Daemon(
                scene, secure.configuration([("ca_file", authority.certificate)]), replay: reports(scene), speed: .real,
                arguments: ["--replay-loop"])
            try await subscriber.messages(3)
            let malformed = scene.path("malformed.pem")
            try "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n".write(toFile: malformed, atomically: true, encoding: .utf8)
            for (path, words) in [("/nowhere/ca.pem", "No such file"), (malformed, "no valid certificate")] {
                let start = daemon.log.count
                try daemon.rewrite(secure.configuration([("ca_file", path)]).yaml)
                daemon.child.signal(SIGHUP)
                try await daemon.remark("keeping the current configuration", from: start)
                try await daemon.remark("mqtt.broker.tls.ca_file: \(path): ", from: start)
                #expect(daemon.log.lines(from: start).contains { $0.contains(words) }, "\(daemon.log.tail())")
            }
            let count = subscriber.count
            try await subscriber.messages(count + 3)
            let last = try await daemon.terminate()
            #expect(last["connects"] == 1)
        }
    }

    @Test func `what is wrong with a file is reported before the start, with its key`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let client = try await authority.issue([], commonName: "a")
            let other = try await authority.issue([], commonName: "b")
            func failure(_ tls: [(String, String)]) async throws -> String {
                let path = scene.path("check.yaml")
                try Daemon.Configuration(port: 1, tls: tls).yaml.write(toFile: path, atomically: true, encoding: .utf8)
                let child = try scene.start(Daemon.binary, ["--check-config", "--config", path], label: "check")
                #expect(try await child.exit(within: 20) == .status(78))
                return child.error.lines.joined(separator: "\n")
            }
            let trust = ("ca_file", authority.certificate)
            #expect(try await failure([("ca_file", "/nowhere/ca.pem")]).contains("mqtt.broker.tls.ca_file: /nowhere/ca.pem: No such file"))
            #expect(try await failure([("ca_file", client.key)]).contains("contains no valid certificate"))
            #expect(try await failure([("ca_file", "/etc")]).contains("is not a regular file"))
            #expect(try await failure([("ca_path", authority.certificate)]).contains("is not a directory"))
            #expect(
                try await failure([trust, ("certificate", client.certificate), ("key", other.key)])
                    .contains("is not the key of the certificate in \(client.certificate)"))
            let locked = scene.path("locked.key")
            _ = try await scene.run("openssl", ["pkey", "-aes256", "-passout", "pass:abc", "-in", client.key, "-out", locked])
            #expect(
                try await failure([trust, ("certificate", client.certificate), ("key", locked)]).contains("has a passphrase"))
            chmod(client.key, 0o604)
            #expect(
                try await failure([trust, ("certificate", client.certificate), ("key", client.key)]).contains("chmod o-rwx \(client.key)"))
        }
    }
}
