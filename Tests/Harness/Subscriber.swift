import Foundation

/// `mosquitto_sub`, which connects again by itself when its broker comes back.
final class Subscriber: Sendable {
    struct Message: Sendable {
        let topic: String
        let payload: String
    }

    let child: Child
    let identifier: String

    private init(_ child: Child, identifier: String) {
        self.child = child
        self.identifier = identifier
    }

    /// Subscribes at QoS 1, and returns once the broker has noted the subscription.
    static func start(_ broker: Broker, topic: String = "ble/raw/#") async throws -> Subscriber {
        let identifier = "subscriber-\(UInt32.random(in: 0...(.max)))"
        var arguments = ["-h", "127.0.0.1", "-p", String(broker.port), "-i", identifier, "-q", "1", "-t", topic, "-F", "%t %p"]
        if let login = broker.login { arguments += ["-u", login.username, "-P", login.password] }
        let child = try broker.scene.start("mosquitto_sub", arguments, label: "subscriber")
        let subscriber = Subscriber(child, identifier: identifier)
        broker.scene.keep(subscriber)
        try await subscriber.subscribed(to: broker)
        return subscriber
    }

    /// What a subscriber that comes now is given at once: the messages that the broker retains, of all topics.
    static func retained(_ broker: Broker) async throws -> [Message] {
        let late = try await start(broker, topic: "#")
        // Retained messages come with the subscription, before this one.
        let marker = "late/\(late.identifier)"
        _ = try await broker.scene.run("mosquitto_pub", ["-h", "127.0.0.1", "-p", String(broker.port), "-q", "1", "-t", marker, "-m", "x"])
        try await until("all retained messages") { late.messages.contains { $0.topic == marker } }
        return late.messages.filter { $0.topic != marker }
    }

    /// Waits until the broker that runs now has noted the subscription.
    func subscribed(to broker: Broker) async throws {
        try await until("\(identifier) has subscribed: \(child.error.tail())") { broker.place("\(identifier) 1 ") != nil }
    }

    var count: Int { child.output.count }

    /// Waits for this many messages and returns all there are then.
    @discardableResult
    func messages(_ count: Int, within seconds: Double = 30) async throws -> [Message] {
        try await until("\(count) messages at the subscriber, \(self.count) there", within: seconds) { self.count >= count }
        return messages
    }

    var messages: [Message] {
        child.output.lines.map { line in
            let topic = line.prefix { $0 != " " }
            return Message(topic: String(topic), payload: String(line.dropFirst(topic.count + 1)))
        }
    }
}
