/// Rules between keys, checked when none of them has been refused by itself.
struct CrossCheck: Sendable {
    /// The key that the message is about; the other one where the file leaves this one out.
    let key: String
    let other: String
    /// Whether the rule may be judged by the default of the key that the file leaves out.
    var countsDefaults = true
    /// What is wrong, without the key in front; `nil` when nothing is.
    let problem: @Sendable (Configuration) -> String?

    /// One adapter or the list: both would leave open which of them counts.
    static let beside = CrossCheck(key: "scanner.adapter", other: "adapters", countsDefaults: false) { configuration in
        guard !configuration.adapters.isEmpty else { return nil }
        return "not allowed beside adapters; remove this line, or make it an element of adapters"
    }

    private static let pairs: [CrossCheck] = [
        beside,
        CrossCheck(key: "scanner.window_ms", other: "scanner.interval_ms") { configuration in
            let window = configuration.scanner.windowMilliseconds
            let interval = configuration.scanner.intervalMilliseconds
            guard window > interval else { return nil }
            return "\(Printable.number(window)) is not allowed (at most scanner.interval_ms, which is \(Printable.number(interval)))"
        },
        CrossCheck(key: "scanner.mixed.active", other: "scanner.mixed.period") { configuration in
            let mixed = configuration.scanner.mixed
            guard mixed.activeSeconds >= mixed.periodSeconds else { return nil }
            return "\(mixed.activeSeconds) is not allowed (less than scanner.mixed.period, which is \(mixed.periodSeconds))"
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
        CrossCheck(key: "mqtt.broker.password_file", other: "mqtt.broker.username") { configuration in
            guard configuration.broker.passwordFile != nil, configuration.broker.username == nil else { return nil }
            return "not allowed without mqtt.broker.username; MQTT 3.1.1 has no password without a user name"
        },
        CrossCheck(key: "mqtt.broker.password_file", other: "mqtt.broker.password") { configuration in
            guard configuration.broker.passwordFile != nil, configuration.broker.password != nil else { return nil }
            return "not allowed beside mqtt.broker.password; remove one of them"
        },
        CrossCheck(key: "home_assistant.discovery", other: "status.enabled") { configuration in
            guard configuration.homeAssistant.discovery, !configuration.status.isEnabled else { return nil }
            return "not allowed without status.enabled; all that Home Assistant shows is read from the status"
        },
    ]

    /// Everything that is wrong between keys that are right by themselves.
    static func issues(_ configuration: Configuration, _ presence: Presence) -> [Reader.Issue] {
        pairs.compactMap { $0.issue(configuration, presence) } + ListCheck.issues(configuration, presence)
            + TLSCheck.issues(configuration, presence)
    }

    /// The message, key in front, and the place of the key that the file gives; `nil` when the rule holds or cannot be judged.
    private func issue(_ configuration: Configuration, _ presence: Presence) -> Reader.Issue? {
        let state = presence.of(key)
        let otherState = presence.of(other)
        guard state != .refused, otherState != .refused, let problem = problem(configuration) else { return nil }
        switch (state, otherState) {
        case (.accepted(let offset), _):
            return .init(offset: offset, key: key, message: "\(key): \(problem)")
        case (_, .accepted(let offset)) where countsDefaults:
            return .init(offset: offset, key: other, message: "\(key): the default \(problem)")
        default:
            return nil
        }
    }
}
