/// A rule between two keys, checked when neither has been refused by itself.
struct CrossCheck: Sendable {
    /// The key that the message is about; the other one where the file leaves this one out.
    let key: String
    let other: String
    /// What is wrong, without the key in front; `nil` when nothing is.
    let problem: @Sendable (Configuration) -> String?

    static let all: [CrossCheck] = [
        CrossCheck(key: "scanner.window_ms", other: "scanner.interval_ms") { configuration in
            let window = configuration.scanner.windowMilliseconds
            let interval = configuration.scanner.intervalMilliseconds
            guard window > interval else { return nil }
            return "\(Printable.number(window)) is not allowed (at most scanner.interval_ms, which is \(Printable.number(interval)))"
        },
        CrossCheck(key: "mqtt.reconnect.max_delay", other: "mqtt.reconnect.initial_delay") { configuration in
            let longest = configuration.reconnect.maxDelaySeconds
            let first = configuration.reconnect.initialDelaySeconds
            guard longest < first else { return nil }
            return
                "\(Printable.number(longest)) is not allowed (at least mqtt.reconnect.initial_delay, which is \(Printable.number(first)))"
        },
        CrossCheck(key: "mqtt.broker.password", other: "mqtt.broker.username") { configuration in
            guard configuration.broker.password != nil, configuration.broker.username == nil else { return nil }
            return "not allowed without mqtt.broker.username; MQTT 3.1.1 has no password without a user name"
        },
    ]

    /// The message, key in front, and the place of the key that the file gives; `nil` when the rule holds or cannot be judged.
    func issue(_ configuration: Configuration, given: [Reader.Given]) -> Reader.Issue? {
        let state = Self.state(of: key, given)
        let otherState = Self.state(of: other, given)
        guard state != .refused, otherState != .refused, let problem = problem(configuration) else { return nil }
        switch (state, otherState) {
        case (.accepted(let offset), _):
            return .init(offset: offset, key: key, message: "\(key): \(problem)")
        case (_, .accepted(let offset)):
            return .init(offset: offset, key: other, message: "\(key): the default \(problem)")
        default:
            return nil
        }
    }

    private static func state(of path: String, _ given: [Reader.Given]) -> Reader.Given {
        KeyTable.keys.firstIndex { $0.path == path }.map { given[$0] } ?? .absent
    }
}
