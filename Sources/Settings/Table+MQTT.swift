import Linux
import YAMLSchema

extension Configuration {
    static var brokerRows: [Row<Configuration>] {
        Row.section("mqtt.broker", \.broker, restarts: .session, help: "The broker and who we are to it.", broker)
            + Row.section("mqtt.client", \.client, restarts: .session, help: "The MQTT session.", client)
            + Row.section("mqtt.reconnect", \.reconnect, restarts: .session, help: "Pauses between attempts to connect.", reconnect)
    }

    private static var broker: [Row<Broker>] {
        [
            Row("host", \.host, .host, help: "Where the MQTT broker is: by TCP, or at a Unix socket such as unix:/run/mosquitto/broker.sock."),
            Row("port", \.port, .integer(1...65535), derivedDefault: "1883, or 8883 with TLS",
                help: "The broker's TCP port. Left out, it is 1883, and 8883 with TLS. A Unix socket has none, and this is ignored."),
            Row("username", \.username, .optional(.username), help: "Optional: user name for the broker."),
            Row("password", \.password, .optional(.password), isSecret: true,
                help: "Optional: password for the broker, in quotes. It needs a username. It is never printed. The file may then be read by root, its group and the daemon only."),
            Row("password_file", \.passwordFile, .optional(.path),
                help: "Optional: a file whose first line is the password, instead of password. It may be read by root, its group and the daemon only. Without either, systemd's credential mqtt-password is the password."),
            Row("tls.enabled", \.usesTLS, .flag,
                help: "Whether the connection is encrypted: TLS 1.2 or later, and the broker must prove who it is. It needs one of ca_file, ca_path and system_ca."),
        ] + Row.section("tls", \.tls, tls)
    }

    private static var tls: [Row<TLSSettings>] {
        [
            Row("ca_file", \.caFile, .optional(.path),
                help: "Optional: file with the certificates of the authorities that are trusted (PEM). This and the files below are read again at each connect."),
            Row("ca_path", \.caPath, .optional(.path), help: "Optional: folder with such certificates, prepared by openssl rehash."),
            Row("system_ca", \.usesSystemCA, .flag,
                help: "Whether the public authorities that this system trusts (package ca-certificates) are trusted, for brokers on the Internet."),
            Row("certificate", \.certificate, .optional(.path),
                help: "Optional: file with this scanner's own certificate (PEM), for brokers that ask for one. It needs a key."),
            Row("key", \.key, .optional(.path), mayMeetSecret: true,
                help: "Optional: file with that certificate's private key (PEM, no passphrase), which others must not be able to read."),
            Row("server_name", \.serverName, .optional(.serverName),
                help: "Optional: the name or address that the broker's certificate must have, where that is not mqtt.broker.host."),
            Row("alpn", \.alpn, .optional(.protocolName),
                help: "Optional: application protocol to ask for (ALPN), such as mqtt or x-amzn-mqtt-ca, for brokers that share a port."),
            Row("insecure", \.isInsecure, .flag,
                help: "Whether any certificate is taken, from anybody. Encryption without it keeps nobody out: for tests only."),
        ]
    }

    private static var client: [Row<Client>] {
        [
            Row("client_id", \.clientID, .optional(.clientID),
                help: "MQTT client identifier; no two clients of a broker may share one. Null: blemqttd, scanner_id and part of the machine's identifier."),
            Row("keep_alive", \.keepAliveSeconds, .integer(5...65535, unit: "seconds"),
                help: "The broker takes the scanner for lost after one and a half times this silence."),
            Row("clean_session", \.cleanSession, .flag,
                help: "Whether the session ends with the connection. False, at QoS 1: what was not acknowledged is sent again after a reconnect."),
            Row("qos", \.qos, .integer(0...1), help: "Quality of service of advertisements: 0 = at most once, 1 = at least once."),
            Row("max_inflight", \.maxInflight, .integer(1...1000),
                help: "At QoS 1, how many messages may wait for the broker's acknowledgement."),
        ]
    }

    private static var reconnect: [Row<Reconnect>] {
        [
            Row("initial_delay", \.initialDelaySeconds, .number(0.5...3600, unit: "seconds"), help: "Pause after the first failed attempt."),
            Row("max_delay", \.maxDelaySeconds, .number(0.5...86400, unit: "seconds"),
                help: "Longest pause, at least initial_delay. Attempts never end."),
            Row("exponential_backoff", \.exponentialBackoff, .flag,
                help: "Whether each pause is twice the one before. False: every pause is initial_delay."),
            Row("jitter", \.jitter, .number(0...0.5),
                help: "Share by which a pause is shortened at random, so that many scanners do not come back at once. 0 = never."),
        ]
    }
}
