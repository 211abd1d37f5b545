import Testing

@testable import Harness

/// What the log advises where a broker refuses without saying why.
@Suite struct AdviceTests {
    /// The first line of the log about a connection to such a broker.
    private static func remark(
        _ script: ScriptedBroker.Script, _ text: String, configure: (inout Daemon.Configuration) -> Void = { _ in }
    ) async throws -> String {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(1_000, every: 10_000).write(to: path)
            let server = try ScriptedBroker(scene, script)
            var configuration = Daemon.Configuration(port: server.port)
            configure(&configuration)
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            let remark = try await daemon.remark(text)
            _ = try await daemon.terminate()
            return remark
        }
    }

    @Test func `CONNACK 5 without a user name says that none is configured`() async throws {
        let remark = try await Self.remark(.connack(5), "no connection to broker")
        #expect(remark.contains("not authorized") && remark.contains("no user name is configured"))
    }

    @Test(arguments: [4, 5] as [UInt8]) func `CONNACK 4 and 5 with a user name say to check it and the password`(code: UInt8) async throws {
        let remark = try await Self.remark(.connack(code), "no connection to broker") {
            $0.login = .init(username: "scanner", password: "wrong-one")
        }
        #expect(remark.contains("check mqtt.broker.username and the password") && !remark.contains("wrong-one"))
    }

    @Test func `a broker that closes right after a PUBLISH may not let it through, and the topics are named`() async throws {
        let remark = try await Self.remark(.closeOnPublish, "lost broker")
        #expect(remark.contains("access list") && remark.contains("ble/raw/test-01/…") && remark.contains("ble/status/test-01"))
        #expect(remark.contains("another client"))
    }

    @Test func `a broker that closes on CONNECT with a will may not take the will, and the keys are named`() async throws {
        let remark = try await Self.remark(.closeOnConnect, "no connection to broker")
        for word in ["will", "retained", "QoS 1", "status.enabled", "status.retain", "status.qos", "mqtt.broker.tls.enabled"] {
            #expect(remark.contains(word), "\(remark)")
        }
        let without = try await Self.remark(.closeOnConnect, "no connection to broker") { $0.more = ["status:", "  enabled: false"] }
        #expect(!without.contains("will"))
    }

    @Test func `a broker without retained messages and with QoS 0 only gets nothing of either`() async throws {
        try await scene { scene in
            let path = scene.path("reports.btsnoop")
            try Numbered.capture(1_000, every: 10_000).write(to: path)
            let server = try ScriptedBroker(scene, .connack(0))
            var configuration = Daemon.Configuration(port: server.port)
            configuration.qos = 0
            configuration.more = ["status:", "  retain: false", "  qos: 0", "home_assistant:", "  discovery: true"]
            let daemon = try Daemon(scene, configuration, replay: path, speed: .real, arguments: ["--replay-loop"])
            try await until("status, discovery and advertisements") { server.received.count > 8192 }
            let last = try await daemon.terminate()
            #expect(last.faults == [])
            let packets = try #require(Self.packets(server.received))
            // CONNECT's flags, MQTT 3.1.1 section 3.1.2.3: will, and neither Will QoS (0x18) nor Will Retain (0x20).
            #expect(packets[0].first == 0x10 && packets[0].body[7] & 0x3C == 0x04)
            let publishes = packets.filter { $0.first >> 4 == 3 }
            #expect(publishes.allSatisfy { $0.first == 0x30 })
            let topics = publishes.map { String(decoding: $0.body.dropFirst(2).prefix(Int($0.body[0]) << 8 | Int($0.body[1])), as: UTF8.self) }
            #expect(topics.contains("ble/status/test-01") && topics.contains("homeassistant/device/test-01/blemqttd/config"))
        }
    }

    /// The packets of a stream; nil if it does not end with one.
    private static func packets(_ bytes: [UInt8]) -> [(first: UInt8, body: [UInt8])]? {
        var packets: [(first: UInt8, body: [UInt8])] = []
        var at = 0
        while at < bytes.count {
            let first = bytes[at]
            var length = 0
            var shift = 0
            repeat {
                at += 1
                guard at < bytes.count else { return nil }
                length |= Int(bytes[at] & 0x7F) << shift
                shift += 7
            } while bytes[at] >= 0x80
            at += 1
            guard at + length <= bytes.count else { return nil }
            packets.append((first, Array(bytes[at..<at + length])))
            at += length
        }
        return packets
    }
}
