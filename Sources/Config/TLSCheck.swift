/// Rules between the keys below `mqtt.broker.tls`.
enum TLSCheck {
    private static let section = "mqtt.broker.tls."

    static func issues(_ configuration: Configuration, _ presence: Presence) -> [Reader.Issue] {
        let tls = configuration.broker.tls
        let keys = ["enabled", "ca_file", "ca_path", "system_ca", "certificate", "key", "server_name", "alpn", "insecure"]
        // What has been refused by itself says enough.
        guard !keys.contains(where: { presence.of(section + $0) == .refused }) else { return [] }
        var issues = [
            pair("certificate", tls.certificate, "key", tls.key, presence), pair("key", tls.key, "certificate", tls.certificate, presence),
        ].compactMap { $0 }
        if tls.isEnabled, !tls.isInsecure, tls.caFile == nil, tls.caPath == nil, !tls.systemCA, case .accepted(let offset) = presence.of(section + "enabled") {
            issues.append(
                issue(
                    "enabled", at: offset,
                    "needs something to trust: add ca_file or ca_path beside it for an authority of your own, or system_ca: true for a public one"))
        }
        if tls.isEnabled, !tls.isInsecure, tls.serverName == nil, configuration.broker.socketPath != nil,
            case .accepted(let offset) = presence.of(section + "enabled")
        {
            issues.append(issue("enabled", at: offset, "needs server_name beside it: no certificate is for a Unix socket"))
        }
        // Whoever names an authority and forgets the switch would send everything in the clear.
        if presence.of(section + "enabled") == .absent {
            for key in keys.dropFirst() {
                guard case .accepted(let offset) = presence.of(section + key) else { continue }
                issues.append(issue(key, at: offset, "without effect as long as TLS is off; add enabled: true (or false) beside it"))
                break
            }
        }
        return issues
    }

    private static func pair(_ key: String, _ value: String?, _ other: String, _ otherValue: String?, _ presence: Presence) -> Reader.Issue? {
        guard value != nil, otherValue == nil, case .accepted(let offset) = presence.of(section + key) else { return nil }
        return issue(key, at: offset, "not allowed without \(section)\(other); the two belong together")
    }

    private static func issue(_ key: String, at offset: Int, _ problem: String) -> Reader.Issue {
        .init(offset: offset, key: section + key, message: "\(section)\(key): \(problem)")
    }
}
