import Foundation
import Testing

@testable import Harness

/// Peers that speak TLS badly, too slowly, or not at all.
@Suite struct TLSFaultTests {
    private func reports(_ scene: Scene) throws -> String {
        let path = scene.path("reports.btsnoop")
        try Numbered.capture(3_000, every: 10_000).write(to: path)
        return path
    }

    @Test func `nothing but TLS goes out, and it says whom it wants`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let server = try ScriptedBroker(scene, .silent)
            let configuration = Daemon.Configuration(port: server.port, tls: [("ca_file", authority.certificate), ("alpn", "x-mqtt-test")])
            let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real)
            let stall = try await seconds { try await daemon.fails(1, because: ["the TLS handshake was not complete within 10 s"]) }
            #expect(stall > 5, "the handshake had its time")
            try await until("another attempt") { server.accepted >= 2 }
            // | 22 handshake | 2 version | 2 length | 1 ClientHello
            let heard = server.received
            #expect(heard.starts(with: [22, 3]) && heard[5] == 1)
            let text = String(decoding: heard, as: Unicode.ASCII.self)
            #expect(text.contains("localhost") && text.contains("x-mqtt-test"))
            #expect(!text.contains("MQTT"), "no CONNECT in the clear")
            let last = try await daemon.terminate()
            #expect(last.faults == [])
        }
    }

    static let peers: [(ScriptedBroker.Script, [String])] = [
        (.close, ["the broker closed the connection during the TLS handshake"]),
        (.bytes(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), ["does not speak TLS on this port"]),
        (.connack(0), ["does not speak TLS on this port"]),
        (.bytes([21, 3, 1, 0, 2, 2, 40]), ["the broker ended TLS", "alert 40"]),
        (.bytes([21, 3, 1, 0, 2, 2, 70]), ["the broker speaks no TLS 1.2"]),
        // A ServerHello of TLS 1.1, a record that is too long, and one of nothing that TLS knows.
        (.bytes([22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2] + [UInt8](repeating: 7, count: 32) + [0, 0, 47, 0]), ["the broker speaks no TLS 1.2"]),
        (.bytes([22, 3, 3, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 600)), ["TLS: "]),
        (.bytes([22, 3, 3, 0, 4, 99, 0, 0, 0]), ["TLS: "]),
    ]

    @Test(arguments: peers)
    func `a peer that does not speak TLS, or badly, is asked again and again`(script: ScriptedBroker.Script, words: [String]) async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let server = try ScriptedBroker(scene, script)
            let daemon = try Daemon(
                scene, .init(port: server.port, tls: [("ca_file", authority.certificate)]), replay: reports(scene), speed: .real)
            try await daemon.fails(because: words)
            if case .close = script {} else { #expect(server.received.starts(with: [22])) }
            let last = try await daemon.terminate()
            #expect(last.faults == [])
            #expect(last["published"] == 0)
        }
    }

    @Test(arguments: [
        (5_000, ["more than 2000 alternative names"]),
        // 40 KB of them
        (20_000, ["larger than 32 KiB"]),
    ])
    func `a certificate with thousands of empty names is refused with a word, and nothing waits for it`(names: Int, words: [String]) async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue(emptyNames: names))
            let daemon = try Daemon(
                scene, secure.configuration([("ca_file", authority.certificate)]), replay: reports(scene), speed: .real)
            try await daemon.fails(because: ["TLS handshake is refused"] + words)
            #expect(daemon.remarks.count { $0.contains(" error ") } == 1, "said once: \(daemon.log.tail())")
            let last = try await daemon.terminate()
            #expect(last.faults == [])
            #expect(last["connects"] == 0)
        }
    }

    @Test func `bounds hold for a broker whose certificate is not verified too`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue(emptyNames: 5_000))
            let daemon = try Daemon(scene, secure.configuration([("insecure", "true")]), replay: reports(scene), speed: .real)
            try await daemon.fails(because: ["more than 2000 alternative names"])
            _ = try await daemon.terminate()
        }
    }

    @Test func `a chain of seventeen certificates is refused with a word`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let leaf = try await authority.issue()
            let own = try String(contentsOfFile: authority.certificate, encoding: .utf8)
            let chain = try String(contentsOfFile: leaf.certificate, encoding: .utf8) + String(repeating: own, count: 16)
            let path = scene.path("chain.pem")
            try chain.write(toFile: path, atomically: true, encoding: .utf8)
            let server = try await SecureServer.start(scene, leaf, ["-cert_chain", path])
            let daemon = try Daemon(
                scene, .init(port: server.port, tls: [("ca_file", authority.certificate)]), replay: reports(scene), speed: .real)
            try await daemon.fails(because: ["more than 16 certificates"])
            _ = try await daemon.terminate()
        }
    }

    @Test func `a plain Mosquitto on the TLS port is recognized, and so is TLS on the plain one`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            let wrong = Daemon.Configuration(port: secure.broker.port, tls: [("ca_file", authority.certificate)])
            let daemon = try Daemon(scene, wrong, replay: reports(scene), speed: .real)
            try await daemon.fails(because: ["TLS on this port"])
            _ = try await daemon.terminate()
            var plain = Daemon.Configuration(port: secure.port)
            plain.initialDelay = 0.5
            plain.maxDelay = 0.5
            plain.level = "debug"
            let other = try Daemon(scene, plain, replay: reports(scene), speed: .real)
            try await other.fails(because: ["does it want TLS on this port (mqtt.broker.tls.enabled)?"])
            _ = try await other.terminate()
        }
    }

    @Test func `TLS's alert in answer to a plain CONNECT is understood`() async throws {
        try await scene { scene in
            let server = try ScriptedBroker(scene, .bytes([21, 3, 1, 0, 2, 2, 70]))
            var plain = Daemon.Configuration(port: server.port)
            plain.initialDelay = 0.5
            plain.maxDelay = 0.5
            plain.level = "debug"
            let daemon = try Daemon(scene, plain, replay: reports(scene), speed: .real)
            try await daemon.fails(because: ["the broker speaks TLS on this port; set mqtt.broker.tls.enabled"])
            _ = try await daemon.terminate()
        }
    }

    @Test func `TLS 1_1 is refused`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let server = try await SecureServer.start(scene, authority.issue(), ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"])
            let daemon = try Daemon(
                scene, .init(port: server.port, tls: [("ca_file", authority.certificate)]), replay: reports(scene), speed: .real)
            try await daemon.fails(because: ["the broker speaks no TLS 1.2 or later"])
            _ = try await daemon.terminate()
        }
    }

    @Test func `a handshake a byte at a time succeeds, and ends at the deadline where the bytes are too slow`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let secure = try await SecureBroker.start(scene, authority.issue())
            let subscriber = try await Subscriber.start(secure.broker)
            let proxy = try SlowProxy(scene, to: secure.port)
            let configuration = Daemon.Configuration(port: proxy.port, tls: [("ca_file", authority.certificate)])
            let daemon = try Daemon(scene, configuration, replay: reports(scene), speed: .real)
            try await subscriber.messages(3)
            _ = try await daemon.terminate()
            proxy.pause = 30_000
            let slow = try Daemon(scene, configuration, replay: reports(scene), speed: .real)
            try await slow.fails(1, because: ["the TLS handshake was not complete within 10 s"])
            let last = try await slow.terminate()
            #expect(last["connects"] == 0)
            #expect(last.faults == [])
        }
    }

    @Test func `new keys in mid-stream are taken, and close_notify is a close`() async throws {
        try await scene { scene in
            let authority = try await Authority(scene)
            let server = try await SecureServer.start(scene, authority.issue(), ["-tls1_3"])
            let daemon = try Daemon(
                scene, .init(port: server.port, tls: [("ca_file", authority.certificate)]), replay: reports(scene), speed: .real)
            try await until("a handshake: \(server.child.error.tail())") { server.output.contains("New, TLSv1.3") || server.output.contains("CIPHER is") }
            // CONNACK
            server.type([0x20, 2, 0, 0])
            try await daemon.remark("connected to broker")
            let before = server.output.utf8.count
            // At s_server's keyboard: new keys, and the client is to take new ones too.
            server.type(Array("K\n".utf8))
            try await until("messages after the new keys: \(daemon.log.tail())") { server.output.utf8.count > before + 20_000 }
            #expect(daemon.remarks.allSatisfy { !$0.contains("lost broker") }, "\(daemon.log.tail())")
            server.type(Array("Q\n".utf8))
            try await daemon.remark("the broker closed the connection")
            _ = try await server.child.exit(within: 20)
            #expect(server.output.contains("SSL_do_handshake -> 1"))
            let last = try await daemon.terminate()
            #expect(last["connects"] == 1)
            #expect(last.faults == [])
        }
    }
}
