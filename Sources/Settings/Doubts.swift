import YAMLSchema

/// Keys that are right by themselves and do nothing as things stand, or more than was probably meant.
///
/// A switch that the file itself turns off is meant; so is a default that is written out, as in the example file.
extension Configuration {
    static var doubts: [Check<Configuration>] { naming + scanning + connecting + publishing }

    private static let standard = Configuration(scannerID: "")

    private static var naming: [Check<Configuration>] { [.doubt("scanner_id") { configuration, _ in configuration.scannerIDTemplate?.doubt }] }

    private static var scanning: [Check<Configuration>] {
        ["scanner.mixed.period", "scanner.mixed.active"].map { key in
            .doubt(key) { configuration, given in
                guard !configuration.scanners.contains(where: { $0.mode == .mixed }) else { return nil }
                guard given.of("scanner.mode") == .absent || configuration.scanner.mixed != standard.scanner.mixed else { return nil }
                return "without effect, for scanner.mode is \(configuration.scanner.mode.rawValue); set it to mixed"
            }
        } + [
            .doubt("scanner.own_address_type") { configuration, _ in
                guard configuration.scanner.usesRandomAddress,
                    configuration.scanners.allSatisfy({ $0.mode == .passive })
                else { return nil }
                return "without effect, for scanner.mode is passive, which sends nothing"
            },
            .doubt("topic.use_identity") { configuration, _ in
                guard configuration.topic.useIdentity, configuration.identities.isEmpty else { return nil }
                return "without effect, for there are no identities"
            },
        ]
    }

    private static var connecting: [Check<Configuration>] {
        [
            .doubt("mqtt.broker.port") { configuration, _ in
                let broker = configuration.broker
                if broker.socketPath != nil { return broker.port == 1883 ? nil : "without effect, for a Unix socket has no port" }
                switch (broker.port, broker.usesTLS) {
                case (1883, true):
                    return "1883 is the port for MQTT without TLS, and mqtt.broker.tls.enabled is true; leave the line out for 8883, the port for TLS"
                case (8883, false):
                    return "8883 is the port for MQTT over TLS, which is off; set mqtt.broker.tls.enabled: true, or leave the line out for 1883"
                default: return nil
                }
            },
            .doubt("mqtt.broker.tls.ca_file") { configuration, _ in
                guard configuration.broker.usesTLS, configuration.broker.tls.caFile != nil, configuration.broker.tls.isInsecure else {
                    return nil
                }
                return "without effect, for mqtt.broker.tls.insecure takes any certificate; remove that line"
            },
            .doubt("mqtt.client.clean_session") { configuration, _ in
                guard !configuration.client.cleanSession, configuration.client.qos == 0 else { return nil }
                return "false is without effect, for mqtt.client.qos is 0, and nothing is sent again; set it to 1"
            },
            .doubt("mqtt.client.max_inflight") { configuration, given in
                guard configuration.client.qos == 0, given.of("mqtt.client.qos") == .absent else { return nil }
                return "without effect, for mqtt.client.qos is 0; set it to 1"
            },
            .doubt("mqtt.reconnect.max_delay") { configuration, _ in
                let reconnect = configuration.reconnect
                guard !reconnect.exponentialBackoff, reconnect.maxDelaySeconds != standard.reconnect.maxDelaySeconds,
                    reconnect.maxDelaySeconds != reconnect.initialDelaySeconds
                else { return nil }
                return "without effect, for mqtt.reconnect.exponential_backoff is false: every pause is initial_delay"
            },
            .doubt("home_assistant.prefix") { configuration, given in
                guard !configuration.homeAssistant.discovery, given.of("home_assistant.discovery") == .absent else { return nil }
                return "without effect, for home_assistant.discovery is false; add discovery: true beside it"
            },
        ]
    }

    private static var publishing: [Check<Configuration>] {
        [
            .doubt("topic.base") { configuration, _ in
                guard configuration.topic.advertisement != nil, configuration.topic.base != standard.topic.base else { return nil }
                return "without effect, for topic.advertisement is the whole topic; remove one of them"
            },
            .doubt("thinning.interval") { configuration, given in
                thinning(.interval, configuration, given, isOwn: configuration.thinning.intervalSeconds != standard.thinning.intervalSeconds)
            },
            .doubt("thinning.keep_alive") { configuration, given in
                thinning(.changes, configuration, given, isOwn: configuration.thinning.keepAliveSeconds != standard.thinning.keepAliveSeconds)
            },
            .doubt("thinning.devices") { configuration, given in
                // Said once for the section.
                guard given.of("thinning.mode") == .absent, given.of("thinning.interval") == .absent,
                    given.of("thinning.keep_alive") == .absent
                else { return nil }
                return "without effect, for thinning.mode is off; add mode: interval or mode: changes beside it"
            },
            .doubt("filters.default") { configuration, _ in
                let filters = configuration.filters
                guard filters.defaultAction == .deny, !filters.rules.contains(where: { $0.action == .allow }) else { return nil }
                let rules = filters.rules.isEmpty ? "there are no rules" : "no rule allows anything"
                return "deny publishes nothing at all, for \(rules); add a rule with action: allow to filters.rules, or write default: allow"
            },
            .doubt("filters.rules") { configuration, _ in
                let filters = configuration.filters
                guard filters.defaultAction == .allow, !filters.rules.isEmpty, !filters.rules.contains(where: { $0.action == .deny }) else {
                    return nil
                }
                return "without effect, for every rule allows, and filters.default allows the rest; add default: deny beside it"
            },
        ]
    }

    /// - Parameter isOwn: the value is another than the default.
    private static func thinning(
        _ mode: ThinningMode, _ configuration: Configuration, _ given: KeysSet, isOwn: Bool
    ) -> String? {
        switch configuration.thinning.mode {
        case mode: return nil
        case .off:
            guard given.of("thinning.mode") == .absent else { return nil }
            return "without effect, for thinning.mode is off; add mode: \(mode.rawValue) beside it"
        case let other: return isOwn ? "without effect, for thinning.mode is \(other.rawValue), and not \(mode.rawValue)" : nil
        }
    }
}
