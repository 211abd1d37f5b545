#if Tools
import MQTTClient

@testable import Harness

/// How these tests meet a broker.
extension Broker {
    var address: BrokerAddress { .tcp("127.0.0.1", port: port) }

    func configuration(_ version: MQTTVersion = .v5, _ change: (inout MQTTConfiguration) -> Void = { _ in }) -> MQTTConfiguration {
        var configuration = MQTTConfiguration(address)
        configuration.versions = .only(version)
        change(&configuration)
        return configuration
    }
}

extension MQTTSubscription {
    /// The next `count` messages, acknowledged.
    func take(_ count: Int) async throws -> [MQTTReceivedMessage] {
        var messages: [MQTTReceivedMessage] = []
        for try await message in self {
            messages.append(message)
            if messages.count == count { break }
        }
        return messages
    }
}

extension MQTTConfiguration {
    /// A persistent session of that name.
    mutating func persist(as name: String, in store: (any MQTTSessionStore)? = nil) {
        clientID = name
        session = .persistent(expiry: .seconds(600), store: store)
    }
}
#endif
