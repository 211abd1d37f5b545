import Gateway
import YAMLSchema

/// What must hold between keys.
extension Configuration {
    private typealias Rule = Check<Configuration>

    static var rules: [Check<Configuration>] { pairs + lists + tlsRules }

    private static var pairs: [Rule] {
        [
            .rule { configuration, _ in
                (configuration.scannerIDTemplate?.problem).map { [KeyProblem(key: "scanner_id", $0)] } ?? []
            },
            // One adapter or the list: both would leave open which of them counts.
            .rule("scanner.adapter", beside: "adapters", countsDefaults: false) {
                $0.adapters.isEmpty ? nil : "not allowed beside adapters; remove this line, or make it an element of adapters"
            },
            .rule("scanner.window_ms", beside: "scanner.interval_ms") {
                let (window, interval) = ($0.scanner.windowMilliseconds, $0.scanner.intervalMilliseconds)
                guard window > interval else { return nil }
                return "\(Printable.number(window)) is not allowed (at most scanner.interval_ms, which is \(Printable.number(interval)))"
            },
            .rule("scanner.mixed.active", beside: "scanner.mixed.period") {
                let mixed = $0.scanner.mixed
                guard mixed.activeSeconds >= mixed.periodSeconds else { return nil }
                return "\(mixed.activeSeconds) is not allowed (less than scanner.mixed.period, which is \(mixed.periodSeconds))"
            },
            .rule("mqtt.reconnect.max_delay", beside: "mqtt.reconnect.initial_delay") {
                let (longest, first) = ($0.reconnect.maxDelaySeconds, $0.reconnect.initialDelaySeconds)
                guard longest < first else { return nil }
                return "\(Printable.number(longest)) is not allowed (at least mqtt.reconnect.initial_delay, which is \(Printable.number(first)))"
            },
            .rule("mqtt.broker.password", beside: "mqtt.broker.username") { passwordAlone($0.broker, $0.broker.password) },
            .rule("mqtt.broker.password_file", beside: "mqtt.broker.username") { passwordAlone($0.broker, $0.broker.passwordFile) },
            .rule("mqtt.broker.password_file", beside: "mqtt.broker.password") {
                guard $0.broker.passwordFile != nil, $0.broker.password != nil else { return nil }
                return "not allowed beside mqtt.broker.password; remove one of them"
            },
            .rule("home_assistant.discovery", beside: "status.enabled") {
                guard $0.homeAssistant.discovery, !$0.status.isEnabled else { return nil }
                return "not allowed without status.enabled; all that Home Assistant shows is read from the status"
            },
        ]
    }

    private static func passwordAlone(_ broker: Broker, _ given: String?) -> String? {
        guard given != nil, broker.username == nil else { return nil }
        return "not allowed without mqtt.broker.username; MQTT 3.1.1 has no password without a user name"
    }

    private static var lists: [Rule] {
        [
            .unique("adapters[].adapter") { $0.adapters.map(\.values.adapter.description) },
            .unique("identities[].address") { $0.identities.map(\.device.address.description) },
            .rule { configuration, given in
                guard given.of("scanner.window_ms") != .refused, given.of("scanner.interval_ms") != .refused, !configuration.adapters.isEmpty
                else { return [] }
                return configuration.scanners.enumerated().compactMap { window(of: $1, element: $0, given) }
            },
            // Each combination is compared for each advertisement.
            .rule { configuration, given in
                let count = configuration.filters.rules.reduce(0) { min($0 + $1.alternativeCount, Int.max / 2) }
                guard case .accepted = given.of("filters.rules"), count > 1024 else { return [] }
                let problem = "the lists of its conditions come to \(count) combinations, at most 1024 are allowed; two long lists in one rule multiply"
                return [KeyProblem(key: "filters.rules", problem)]
            },
        ]
    }

    /// What is wrong where an adapter's window, by its own setting or the scanner's, is longer than its interval.
    private static func window(of scanner: Scanner, element: Int, _ given: KeysSet) -> KeyProblem? {
        guard scanner.windowMilliseconds > scanner.intervalMilliseconds else { return nil }
        let (window, interval) = (Printable.number(scanner.windowMilliseconds), Printable.number(scanner.intervalMilliseconds))
        switch (given.of("adapters[].window_ms", element: element), given.of("adapters[].interval_ms", element: element)) {
        case (.refused, _), (_, .refused), (.absent, .absent): return nil
        case (.accepted, let other):
            let limit = other == .absent ? "scanner.interval_ms" : "adapters[\(element)].interval_ms"
            return KeyProblem(key: "adapters[].window_ms", element: element, "\(window) is not allowed (at most \(limit), which is \(interval))")
        case (.absent, .accepted):
            let problem = "\(interval) is not allowed (at least scanner.window_ms, which is \(window); or give this adapter a window_ms)"
            return KeyProblem(key: "adapters[].interval_ms", element: element, problem)
        }
    }

    private static var tlsRules: [Rule] {
        let section = "mqtt.broker.tls."
        let keys = ["enabled", "ca_file", "ca_path", "system_ca", "certificate", "key", "server_name", "alpn", "insecure"].map { section + $0 }
        func rule(_ problem: @escaping @Sendable (Configuration, (String) -> Bool) -> (key: String, problem: String)?) -> Rule {
            .rule { configuration, given in
                // What has been refused by itself says enough.
                guard !keys.contains(where: { given.of($0) == .refused }) else { return [] }
                guard let (key, problem) = problem(configuration, { given.of(section + $0) != .absent }) else { return [] }
                return [KeyProblem(key: section + key, problem)]
            }
        }
        return [
            rule { configuration, isGiven in
                guard configuration.broker.tls.certificate != nil, configuration.broker.tls.key == nil else { return nil }
                return ("certificate", "not allowed without \(section)key; the two belong together")
            },
            rule { configuration, isGiven in
                guard configuration.broker.tls.key != nil, configuration.broker.tls.certificate == nil else { return nil }
                return ("key", "not allowed without \(section)certificate; the two belong together")
            },
            rule { configuration, isGiven in
                let tls = configuration.broker.tls
                guard configuration.broker.usesTLS, !tls.isInsecure, tls.caFile == nil, tls.caPath == nil, !tls.usesSystemCA else { return nil }
                let problem = "needs something to trust: add ca_file or ca_path beside it for an authority of your own, or system_ca: true for a public one"
                return ("enabled", problem)
            },
            rule { configuration, isGiven in
                let tls = configuration.broker.tls
                guard configuration.broker.usesTLS, !tls.isInsecure, tls.serverName == nil, configuration.broker.socketPath != nil else { return nil }
                return ("enabled", "needs server_name beside it: no certificate is for a Unix socket")
            },
            // Whoever names an authority and forgets the switch would send everything in the clear.
            rule { configuration, isGiven in
                guard !isGiven("enabled") else { return nil }
                let key = keys.dropFirst().map { String($0.dropFirst(section.count)) }.first(where: isGiven)
                return key.map { ($0, "without effect as long as TLS is off; add enabled: true (or false) beside it") }
            },
        ]
    }
}
