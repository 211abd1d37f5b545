/// Keys that are right by themselves and do nothing as things stand, or more than was probably meant: warnings.
///
/// A switch that the file itself turns off is meant; so is a default that is written out, as in the example file.
struct EffectCheck: Sendable {
    /// The key in the file that the warning is about.
    let key: String
    /// What is doubtful, without the key in front; nil when nothing is.
    let doubt: @Sendable (Configuration, Presence) -> String?

    private static let standard = Configuration(scannerID: "")

    private static let checks: [EffectCheck] = scanning + connecting + publishing

    private static let scanning: [EffectCheck] = ["scanner.mixed.period", "scanner.mixed.active"].map { key in
        EffectCheck(key: key) { configuration, presence in
            guard !configuration.scanners.contains(where: { $0.mode == .mixed }) else { return nil }
            guard presence.of("scanner.mode") == .absent || configuration.scanner.mixed != standard.scanner.mixed else { return nil }
            return "without effect, for scanner.mode is \(configuration.scanner.mode.rawValue); set it to mixed"
        }
    } + [
        EffectCheck(key: "scanner.own_address_type") { configuration, _ in
            guard configuration.scanner.ownAddressType != standard.scanner.ownAddressType,
                configuration.scanners.allSatisfy({ $0.mode == .passive })
            else { return nil }
            return "without effect, for scanner.mode is passive, which sends nothing"
        },
        EffectCheck(key: "topic.use_identity") { configuration, _ in
            guard configuration.topic.useIdentity, configuration.identities.isEmpty else { return nil }
            return "without effect, for there are no identities"
        },
    ]

    private static let connecting: [EffectCheck] = [
        EffectCheck(key: "mqtt.broker.port") { configuration, _ in
            let broker = configuration.broker
            if broker.socketPath != nil { return broker.port == 1883 ? nil : "without effect, for a Unix socket has no port" }
            switch (broker.port, broker.tls.isEnabled) {
            case (1883, true):
                return "1883 is the port for MQTT without TLS, and mqtt.broker.tls.enabled is true; leave the line out for 8883, the port for TLS"
            case (8883, false):
                return "8883 is the port for MQTT over TLS, which is off; set mqtt.broker.tls.enabled: true, or leave the line out for 1883"
            default: return nil
            }
        },
        EffectCheck(key: "mqtt.broker.tls.ca_file") { configuration, _ in
            guard configuration.broker.tls.isEnabled, configuration.broker.tls.caFile != nil, configuration.broker.tls.isInsecure else {
                return nil
            }
            return "without effect, for mqtt.broker.tls.insecure takes any certificate; remove that line"
        },
        EffectCheck(key: "mqtt.client.clean_session") { configuration, _ in
            guard !configuration.client.cleanSession, configuration.client.qos == 0 else { return nil }
            return "false is without effect, for mqtt.client.qos is 0, and nothing is sent again; set it to 1"
        },
        EffectCheck(key: "mqtt.client.max_inflight") { configuration, presence in
            guard configuration.client.qos == 0, presence.of("mqtt.client.qos") == .absent else { return nil }
            return "without effect, for mqtt.client.qos is 0; set it to 1"
        },
        EffectCheck(key: "mqtt.reconnect.max_delay") { configuration, _ in
            let reconnect = configuration.reconnect
            guard !reconnect.exponentialBackoff, reconnect.maxDelaySeconds != standard.reconnect.maxDelaySeconds,
                reconnect.maxDelaySeconds != reconnect.initialDelaySeconds
            else { return nil }
            return "without effect, for mqtt.reconnect.exponential_backoff is false: every pause is initial_delay"
        },
        EffectCheck(key: "home_assistant.prefix") { configuration, presence in
            guard !configuration.homeAssistant.discovery, presence.of("home_assistant.discovery") == .absent else { return nil }
            return "without effect, for home_assistant.discovery is false; add discovery: true beside it"
        },
    ]

    private static let publishing: [EffectCheck] = [
        EffectCheck(key: "topic.base") { configuration, _ in
            guard configuration.topic.advertisement != nil, configuration.topic.base != standard.topic.base else { return nil }
            return "without effect, for topic.advertisement is the whole topic; remove one of them"
        },
        EffectCheck(key: "thinning.interval") { configuration, presence in
            thinning(.interval, configuration, presence, isOwn: configuration.thinning.intervalSeconds != standard.thinning.intervalSeconds)
        },
        EffectCheck(key: "thinning.keep_alive") { configuration, presence in
            thinning(.changes, configuration, presence, isOwn: configuration.thinning.keepAliveSeconds != standard.thinning.keepAliveSeconds)
        },
        EffectCheck(key: "thinning.devices") { configuration, presence in
            // Said once for the section.
            guard presence.of("thinning.mode") == .absent, presence.of("thinning.interval") == .absent,
                presence.of("thinning.keep_alive") == .absent
            else { return nil }
            return "without effect, for thinning.mode is off; add mode: interval or mode: changes beside it"
        },
        EffectCheck(key: "filters.default") { configuration, _ in
            let filters = configuration.filters
            guard filters.defaultAction == .deny, !filters.rules.contains(where: { $0.action == .allow }) else { return nil }
            let rules = filters.rules.isEmpty ? "there are no rules" : "no rule allows anything"
            return "deny publishes nothing at all, for \(rules); add a rule with action: allow to filters.rules, or write default: allow"
        },
        EffectCheck(key: "filters.rules") { configuration, _ in
            let filters = configuration.filters
            guard filters.defaultAction == .allow, !filters.rules.isEmpty, !filters.rules.contains(where: { $0.action == .deny }) else {
                return nil
            }
            return "without effect, for every rule allows, and filters.default allows the rest; add default: deny beside it"
        },
    ]

    /// - Parameter isOwn: the value is another than the default.
    private static func thinning(
        _ mode: ThinningMode, _ configuration: Configuration, _ presence: Presence, isOwn: Bool
    ) -> String? {
        switch configuration.thinning.mode {
        case mode: return nil
        case .off:
            guard presence.of("thinning.mode") == .absent else { return nil }
            return "without effect, for thinning.mode is off; add mode: \(mode.rawValue) beside it"
        case let other: return isOwn ? "without effect, for thinning.mode is \(other.rawValue), and not \(mode.rawValue)" : nil
        }
    }

    /// Everything that is doubtful in a configuration without mistakes.
    static func warnings(_ configuration: Configuration, _ presence: Presence) -> [Reader.Issue] {
        checks.compactMap { check in
            guard case .accepted(let offset) = presence.of(check.key), let doubt = check.doubt(configuration, presence) else { return nil }
            return .init(offset: offset, key: check.key, message: "\(check.key): \(doubt)")
        }
    }
}
