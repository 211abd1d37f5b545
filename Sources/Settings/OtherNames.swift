import YAMLSchema

extension Configuration {
    /// What the schema's keys do not say of themselves.
    static var words: Outline.Words {
        var words = Outline.Words()
        words.otherNames = { otherNames }
        words.otherWords = {
            [
                "debug": ["trace", "verbose", "all"], "info": ["information", "informational", "notice", "normal"], "warning": ["warn"],
                "error": ["err", "fatal", "critical", "crit"], "stderr": ["stdout", "console"], "journal": ["journald", "syslog", "systemd"],
                "off": ["none", "never", "false", "no"], "allow": ["accept", "permit", "include", "pass"],
                "deny": ["drop", "block", "reject", "exclude", "ignore"], "1m": ["le_1m", "1M", "le1m"], "coded": ["le_coded", "long_range"],
                "exclusive": ["user", "user_channel"], "mgmt": ["bluez", "bluetoothd", "management"], "raw": ["hci"],
            ]
        }
        words.variablePrefix = variablePrefix
        words.secretAdvice = { list in
            list.map { "write \($0) into a file of config.d" }
                ?? "write it into a file, such as /run/secrets/mqtt-password, and name that in \(variablePrefix)MQTT_BROKER_PASSWORD_FILE"
        }
        words.exampleLine = "scanner_id: living-room"
        words.uniformSections = ["payload", "scanner.recovery"]
        return words
    }

    /// What the names of our environment variables begin with.
    static let variablePrefix = "BLEMQTTD_"

    /// A person who knows other programs writes `mqtt.user` and means `mqtt.broker.username`.
    private static var otherNames: [(section: String, names: [String], path: String)] {
        [
            ("filters.rules[]", ["mac", "mac_address", "addr", "bdaddr", "device"], "filters.rules[].address"),
            ("filters.rules[]", ["rssi", "min_rssi", "rssi_threshold", "rssi_above"], "filters.rules[].rssi_min"),
            ("filters.rules[]", ["max_rssi", "rssi_max"], "filters.rules[].rssi_below"),
            ("filters.rules[]", ["uuid", "service", "services", "service_uuids"], "filters.rules[].service_uuid"),
            ("filters.rules[]", ["manufacturer", "manufacturer_id", "company", "vendor"], "filters.rules[].company_id"),
            ("filters.rules[]", ["local_name", "device_name"], "filters.rules[].name"),
            ("identities", ["mac", "mac_address", "addr", "identity_address", "identity"], "identities[].address"),
            ("identities", ["key", "identity_resolving_key"], "identities[].irk"),
            ("identities", ["id", "label", "alias", "device", "device_name"], "identities[].name"),
            ("adapters", ["mac", "mac_address", "address", "hci", "device", "interface", "iface", "controller", "name"], "adapters[].adapter"),
            ("scanner", ["mac", "mac_address", "address", "hci", "device", "interface", "iface", "controller"], "scanner.adapter"),
            ("scanner", ["scan_mode", "scan_type", "type", "active", "passive"], "scanner.mode"),
            ("scanner", ["interval", "scan_interval"], "scanner.interval_ms"),
            ("scanner", ["window", "scan_window"], "scanner.window_ms"),
            ("scanner", ["id", "name"], "scanner_id"),
            ("scanner", ["phy"], "scanner.phys"),
            ("mqtt.client", ["id", "client", "name"], "mqtt.client.client_id"),
            ("mqtt.client", ["inflight", "max_inflight_messages"], "mqtt.client.max_inflight"),
            ("mqtt.reconnect", ["delay", "min_delay", "interval"], "mqtt.reconnect.initial_delay"),
            ("mqtt.reconnect", ["backoff", "exponential"], "mqtt.reconnect.exponential_backoff"),
            ("mqtt.broker.tls", ["ca", "cafile", "cacert", "ca_cert", "ca_certs", "ca_certificate", "root_ca", "ca_bundle"], "mqtt.broker.tls.ca_file"),
            ("mqtt.broker.tls", ["capath", "ca_dir"], "mqtt.broker.tls.ca_path"),
            ("mqtt.broker.tls", ["cert", "certfile", "cert_file", "client_cert", "crt"], "mqtt.broker.tls.certificate"),
            ("mqtt.broker.tls", ["keyfile", "key_file", "client_key", "private_key"], "mqtt.broker.tls.key"),
            ("mqtt.broker.tls", ["enable", "on", "use"], "mqtt.broker.tls.enabled"),
            ("mqtt.broker.tls", ["sni", "hostname", "servername"], "mqtt.broker.tls.server_name"),
            ("mqtt.broker.tls", ["verify", "verify_peer", "skip_verify", "insecure_skip_verify", "tls_insecure"], "mqtt.broker.tls.insecure"),
            ("mqtt", ["address", "addr", "name"], "mqtt.broker.host"),
            ("mqtt", ["topic", "base_topic", "topic_prefix", "prefix", "root_topic"], "topic.base"),
            ("topic", ["prefix", "root", "topic", "base_topic"], "topic.base"),
            ("topic", ["lwt", "will", "availability"], "topic.status"),
            ("logging", ["file", "output", "destination", "to"], "logging.target"),
            ("logging", ["verbosity", "severity", "debug", "verbose"], "logging.level"),
            ("home_assistant", ["enabled", "enable"], "home_assistant.discovery"),
            ("home_assistant", ["discovery_prefix"], "home_assistant.prefix"),
            ("thinning", ["seconds", "min_interval", "every"], "thinning.interval"),
            ("", ["user", "user_name", "login", "usr", "mqtt_user", "mqtt_username"], "mqtt.broker.username"),
            ("", ["pass", "passwd", "pw", "pwd", "mqtt_pass", "mqtt_password"], "mqtt.broker.password"),
            ("", ["hostname", "host_name", "server", "url", "uri", "ip", "broker_host", "broker_address", "mqtt_host", "mqtt_server"], "mqtt.broker.host"),
            ("", ["mqtt_port", "tcp_port", "broker_port"], "mqtt.broker.port"),
            ("", ["ssl", "use_tls", "use_ssl", "secure", "encryption"], "mqtt.broker.tls.enabled"),
            ("", ["cafile", "cacert", "ca_cert", "ca_certs", "root_ca"], "mqtt.broker.tls.ca_file"),
            ("", ["certfile", "client_cert"], "mqtt.broker.tls.certificate"),
            ("", ["keyfile", "client_key", "private_key"], "mqtt.broker.tls.key"),
            ("", ["id", "name", "node", "node_id", "device_id", "scanner_name", "gateway_id"], "scanner_id"),
            ("", ["mac", "hci", "device", "interface", "iface", "controller"], "scanner.adapter"),
            ("", ["scan_mode", "active_scan"], "scanner.mode"),
            ("", ["base_topic", "topic_prefix", "mqtt_topic", "root_topic"], "topic.base"),
            ("", ["status_topic", "lwt", "will_topic", "availability_topic", "lwt_topic"], "topic.status"),
            ("", ["log", "log_level", "loglevel", "verbosity", "verbose", "debug"], "logging.level"),
            ("", ["whitelist", "allowlist", "allow_list", "blacklist", "denylist", "blocklist", "include", "exclude"], "filters.rules"),
            ("", ["throttle", "rate_limit", "dedup", "deduplicate"], "thinning.mode"),
            ("", ["queue", "queue_size", "buffer", "buffer_size"], "ring.size"),
            ("", ["irks", "known_devices", "known_irks"], "identities"),
            ("", ["homeassistant", "hass"], "home_assistant.discovery"),
            ("", ["prometheus", "textfile_path"], "metrics.textfile"),
            ("", ["heartbeat", "status_interval"], "status.interval"),
        ]
    }
}
