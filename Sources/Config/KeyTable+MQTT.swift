extension KeyTable {
    static let mqtt: [Key] = broker + tls + session

    private static let broker: [Key] = [
        Key(
            path: "mqtt.broker.host", kind: .text(.host, .init(get: { $0.broker.host }, set: { $0.broker.host = $1 })),
            help: "Where the MQTT broker is: by TCP, or at a Unix socket such as unix:/run/mosquitto/broker.sock."),
        Key(
            path: "mqtt.broker.port",
            kind: .integer(1...65535, unit: nil, .init(get: { Int($0.broker.port) }, set: { $0.broker.port = UInt16($1) })),
            help: "The broker's TCP port. Left out, it is 1883, and 8883 with TLS. A Unix socket has none, and this is ignored.",
            derivedDefault: "1883, or 8883 with TLS"),
        Key(
            path: "mqtt.broker.username",
            kind: .optionalText(.username, .init(get: { $0.broker.username }, set: { $0.broker.username = $1 })),
            help: "Optional: user name for the broker."),
        Key(
            path: "mqtt.broker.password",
            kind: .optionalText(.password, .init(get: { $0.broker.password }, set: { $0.broker.password = $1 })),
            help:
                "Optional: password for the broker, in quotes. It needs a username. It is never printed. The file may then be read by root, its group and the daemon only.",
            isSecret: true),
        Key(
            path: "mqtt.broker.password_file",
            kind: .optionalText(.path, .init(get: { $0.broker.passwordFile }, set: { $0.broker.passwordFile = $1 })),
            help:
                "Optional: a file whose first line is the password, instead of password. It may be read by root, its group and the daemon only. Without either, systemd's credential mqtt-password is the password."
        ),
    ]

    private static let session: [Key] = [
        Key(
            path: "mqtt.client.client_id",
            kind: .optionalText(.clientID, .init(get: { $0.client.clientID }, set: { $0.client.clientID = $1 })),
            help:
                "MQTT client identifier; no two clients of a broker may share one. Null: blemqttd, scanner_id and part of the machine's identifier."
        ),
        Key(
            path: "mqtt.client.keep_alive",
            kind: .integer(
                5...65535, unit: "seconds",
                .init(get: { Int($0.client.keepAliveSeconds) }, set: { $0.client.keepAliveSeconds = UInt16($1) })),
            help: "The broker takes the scanner for lost after one and a half times this silence."),
        Key(
            path: "mqtt.client.clean_session",
            kind: .flag(.init(get: { $0.client.cleanSession }, set: { $0.client.cleanSession = $1 })),
            help:
                "Whether the session ends with the connection. False, at QoS 1: what was not acknowledged is sent again after a reconnect."),
        Key(
            path: "mqtt.client.qos",
            kind: .integer(0...1, unit: nil, .init(get: { Int($0.client.qos) }, set: { $0.client.qos = UInt8($1) })),
            help: "Quality of service of advertisements: 0 = at most once, 1 = at least once."),
        Key(
            path: "mqtt.client.max_inflight",
            kind: .integer(1...1000, unit: nil, .init(get: { $0.client.maxInflight }, set: { $0.client.maxInflight = $1 })),
            help: "At QoS 1, how many messages may wait for the broker's acknowledgement."),

        Key(
            path: "mqtt.reconnect.initial_delay",
            kind: .number(
                0.5...3600, unit: "seconds",
                .init(get: { $0.reconnect.initialDelaySeconds }, set: { $0.reconnect.initialDelaySeconds = $1 })),
            help: "Pause after the first failed attempt."),
        Key(
            path: "mqtt.reconnect.max_delay",
            kind: .number(
                0.5...86400, unit: "seconds", .init(get: { $0.reconnect.maxDelaySeconds }, set: { $0.reconnect.maxDelaySeconds = $1 })),
            help: "Longest pause, at least initial_delay. Attempts never end."),
        Key(
            path: "mqtt.reconnect.exponential_backoff",
            kind: .flag(.init(get: { $0.reconnect.exponentialBackoff }, set: { $0.reconnect.exponentialBackoff = $1 })),
            help: "Whether each pause is twice the one before. False: every pause is initial_delay."),
        Key(
            path: "mqtt.reconnect.jitter",
            kind: .number(0...0.5, unit: nil, .init(get: { $0.reconnect.jitter }, set: { $0.reconnect.jitter = $1 })),
            help: "Share by which a pause is shortened at random, so that many scanners do not come back at once. 0 = never."),
    ]
}
