#if Tools
import MQTTWire
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// A client of an MQTT broker: 5 and 3.1.1, QoS 0, 1 and 2, over TCP, TLS, WebSocket or a Unix socket.
///
/// For a task with a beginning and an end:
///
/// ```swift
/// try await MQTTClient.withConnection(to: "mqtt://localhost") { client in
///     try await client.publish("22.5", to: "sensors/temperature", qos: .atLeastOnce)
/// }
/// ```
///
/// For the life of a program, alone or in a `ServiceGroup`: ``run()`` connects, and connects again whenever the connection ends, until the task is
/// cancelled or the service is shut down. Subscriptions that are made before it runs have their consumers before the first message can come.
public final class MQTTClient: Sendable, Service {
    public let configuration: MQTTConfiguration
    let handle: ClientHandle

    /// - Throws: `MQTTError.invalidConfiguration` or `invalidTopic`, for settings that contradict each other.
    public init(_ configuration: MQTTConfiguration) throws(MQTTError) {
        self.configuration = configuration
        handle = try ClientHandle(configuration, on: MultiThreadedEventLoopGroup.singleton.any())
    }

    deinit { handle.abort() }

    // MARK: Life

    /// Connects, runs `body`, waits for what it has published to be acknowledged, and disconnects. Within `body` the connection is made again whenever
    /// it ends.
    /// - Throws: `MQTTError` where no broker accepts the first connection; what `body` throws.
    @discardableResult
    public static func withConnection<Value: Sendable>(
        to broker: BrokerAddress, isolation: isolated (any Actor)? = #isolation, _ body: (MQTTClient) async throws -> Value
    ) async throws -> Value {
        try await withConnection(MQTTConfiguration(broker), body)
    }

    /// The same with more to say about the connection.
    @discardableResult
    public static func withConnection<Value: Sendable>(
        _ configuration: MQTTConfiguration, isolation: isolated (any Actor)? = #isolation, _ body: (MQTTClient) async throws -> Value
    ) async throws -> Value {
        let client = try MQTTClient(configuration)
        try await client.connect()
        do {
            let value = try await body(client)
            await client.disconnect()
            return value
        } catch {
            await client.disconnect()
            throw error
        }
    }

    /// Keeps a connection until the task is cancelled, or the service is shut down gracefully; then disconnects.
    /// - Throws: `MQTTError.store` if the session's store fails.
    public func run() async throws {
        try await start()
        let handle = handle
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await handle.ended()
            } onGracefulShutdown: {
                handle.shutDown()
            }
        } onCancel: {
            handle.shutDown()
        }
        if let failure = await handle.failure { throw failure }
    }

    /// Connects; returns once a broker has accepted. The connection is made again whenever it ends, until ``disconnect()``.
    /// - Throws: `MQTTError` that tells why, when every broker has been tried once.
    public func connect() async throws {
        do {
            try await start()
            let handle = handle
            try await withTaskCancellationHandler {
                try await handle.connected()
            } onCancel: {
                handle.abort()
            }
            try Task.checkCancellation()
        } catch {
            handle.abort()
            throw error
        }
    }

    private func start() async throws {
        var stored: MQTTStoredSession?
        if case .persistent(_, let store?) = configuration.session {
            do {
                stored = try await store.load()
            } catch {
                throw MQTTError.store("\(error)")
            }
        }
        handle.start(restoring: stored)
    }

    /// Waits until what was published is acknowledged, `shutdownTimeout` at most, and disconnects. A client cannot be used again.
    public func disconnect() async {
        handle.shutDown()
        await handle.ended()
    }

    /// Ends the connection at once, without DISCONNECT: the broker publishes the will.
    public func abort() { handle.abort() }

    // MARK: What can be asked

    public var status: MQTTStatus { get async { await handle.status } }

    /// What happens to the connection from now on.
    public var events: MQTTEvents { get async { await handle.events } }
}
#endif
