#if Tools
import MQTTClient
import Testing

@testable import Harness

/// Connections that are not made, or end.
@Suite struct ReconnectTests {
    @Test(arguments: MQTTVersion.allCases)
    func `a subscription outlives its connection, and the broker's restart`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let configuration = broker.configuration(version) { $0.backoff.maximum = .milliseconds(500); $0.backoff.initial = .milliseconds(500) }
            try await MQTTClient.withConnection(configuration) { client in
                let messages = try await client.subscribe(to: "s")
                let events = await client.events
                try await client.publish("1", to: "s", qos: .atLeastOnce)
                #expect(try await messages.take(1).map(\.text) == ["1"])
                broker.kill()
                var told: [String] = []
                for await event in events {
                    if case .disconnected(_, let retry) = event, retry != nil { told.append("disconnected") }
                    if told.count == 1 { break }
                }
                try await broker.start()
                for await event in events { if case .connected = event { break } }
                // At QoS 1: it is published whenever there is a connection.
                try await client.publish("2", to: "s", qos: .atLeastOnce)
                #expect(try await messages.take(1).map(\.text) == ["2"])
                #expect(await client.status.counters.connects == 2)
            }
        }
    }

    @Test func `brokers are tried in turn, and the first that accepts is used`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            var configuration = MQTTConfiguration([.tcp("127.0.0.1", port: Broker.freePort()), .tcp("127.0.0.1", port: Broker.freePort()), broker.address])
            configuration.connectTimeout = .seconds(5)
            try await MQTTClient.withConnection(configuration) { client in
                #expect(await client.status.connection == .connected(to: broker.address, .v5))
            }
        }
    }

    @Test func `a connection that cannot be made is told of, with the reason`() async throws {
        let port = Broker.freePort()
        let clock = ContinuousClock()
        let start = clock.now
        do {
            try await MQTTClient.withConnection(to: .tcp("127.0.0.1", port: port)) { _ in Issue.record("it has no broker") }
        } catch let error as MQTTError {
            guard case .cannotConnect(let broker, let reason) = error else { throw error }
            #expect(broker == "mqtt://127.0.0.1:\(port)" && reason.contains("onnection refused"))
        }
        #expect(clock.now - start < .seconds(20))
    }

    @Test(arguments: MQTTVersion.allCases)
    func `a wrong password is told of at once, by the broker's reason`(version: MQTTVersion) async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene, login: Broker.Login(username: "u", password: "right"))
            let wrong = broker.configuration(version) { $0.userName = "u"; $0.password = "wrong" }
            do {
                try await MQTTClient.withConnection(wrong) { _ in Issue.record("it was let in") }
            } catch let error as MQTTError {
                guard case .refused(_, let code, _) = error else { throw error }
                #expect(code == .notAuthorized || code == .badUserNameOrPassword)
            }
            try await MQTTClient.withConnection(broker.configuration(version) { $0.userName = "u"; $0.password = "right" }) { client in
                #expect(await client.status.isConnected)
            }
        }
    }

    @Test func `cancellation ends whatever waits`() async throws {
        try await scene { scene in
            let broker = try await Broker.start(scene)
            let client = try MQTTClient(broker.configuration())
            // Nothing runs it: subscribing would wait for ever.
            let subscribing = Task { try await client.subscribe(to: "x") }
            subscribing.cancel()
            await #expect(throws: CancellationError.self) { try await subscribing.value }
            let publishing = Task { try await client.publish("x", to: "x", qos: .atLeastOnce) }
            publishing.cancel()
            await #expect(throws: CancellationError.self) { try await publishing.value }
            let running = Task { try await client.run() }
            let messages = try await client.subscribe(to: "y")
            let reading = Task { try await messages.take(1) }
            reading.cancel()
            #expect(try await reading.value.isEmpty)
            running.cancel()
            try await running.value
            try await until("DISCONNECT") { broker.log.contains { $0.contains("disconnected.") } }
        }
    }
}
#endif
