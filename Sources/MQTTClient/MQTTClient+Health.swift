#if Tools
import MQTTWire

extension MQTTClient {
    /// The time until the broker has answered a PINGREQ.
    /// - Throws: `MQTTError.notConnected`, or what ended the connection before the answer.
    public func ping() async throws -> Duration { try await handle.ping() }

    /// Whether all is well.
    public struct Health: Sendable {
        public var status: MQTTStatus
        /// Nil if the broker has not answered within the time for it.
        public var roundTrip: Duration?
        public var isHealthy: Bool { roundTrip != nil }
    }

    /// Asks the broker whether it still answers.
    public func healthCheck(timeout: Duration = .seconds(5)) async -> Health {
        let roundTrip = await withTaskGroup(of: Duration?.self) { group in
            group.addTask { try? await self.ping() }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        return Health(status: await status, roundTrip: roundTrip)
    }
}
#endif
