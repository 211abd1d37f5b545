/// Every key of the file, once. Parser, validation, suggestions, prints, example file and reference page read this table;
/// a new key is a property in `Configuration` and a row here. Rows of one section stand together.
enum KeyTable {
    static let keys: [Key] = [
        Key(
            path: "scanner_id", kind: .text(.scannerID, .init(get: { $0.scannerID }, set: { $0.scannerID = $1 })),
            help: "This scanner's name: part of every topic and payload. Give each scanner its own.",
            example: .init(file: "scanner-01", message: "living-room")),

        Key(
            path: "scanner.adapter", kind: .adapter(.init(get: { $0.scanner.adapter }, set: { $0.scanner.adapter = $1 })),
            help: "Bluetooth adapter to scan with, by name or by its own address. An address keeps its meaning when adapters are replugged."
        ),
        .choice(
            "scanner.mode", ScanMode.allCases, .init(get: { $0.scanner.mode }, set: { $0.scanner.mode = $1 }),
            help: "Passive listens only. Active also asks scannable devices for their scan response, which costs them battery."),
        Key(
            path: "scanner.interval_ms",
            kind: .number(
                2.5...10240, unit: "milliseconds",
                .init(get: { $0.scanner.intervalMilliseconds }, set: { $0.scanner.intervalMilliseconds = $1 })),
            help: "From the start of one scan window to the start of the next, in steps of 0.625 ms."),
        Key(
            path: "scanner.window_ms",
            kind: .number(
                2.5...10240, unit: "milliseconds",
                .init(get: { $0.scanner.windowMilliseconds }, set: { $0.scanner.windowMilliseconds = $1 })),
            help: "How long each window listens, at most interval_ms. Equal to interval_ms it listens all the time."),
        .choice(
            "scanner.own_address_type", OwnAddressType.allCases,
            .init(get: { $0.scanner.ownAddressType }, set: { $0.scanner.ownAddressType = $1 }),
            help: "The address that scan requests carry. It matters in active mode only."),
        Key(
            path: "scanner.receive_buffer",
            kind: .size(64 << 10...64 << 20, .init(get: { $0.scanner.receiveBufferBytes }, set: { $0.scanner.receiveBufferBytes = $1 })),
            help: "The kernel's buffer between adapter and daemon. What does not fit is lost, and counted."),

        Key(
            path: "ring.size", kind: .size(64 << 10...64 << 20, .init(get: { $0.ring.sizeBytes }, set: { $0.ring.sizeBytes = $1 })),
            help: "Memory for advertisements that wait to be published. When it is full the oldest goes, and is counted."),

        Key(
            path: "mqtt.broker.host", kind: .text(.host, .init(get: { $0.broker.host }, set: { $0.broker.host = $1 })),
            help: "Where the MQTT broker is."),
        Key(
            path: "mqtt.broker.port",
            kind: .integer(1...65535, unit: nil, .init(get: { Int($0.broker.port) }, set: { $0.broker.port = UInt16($1) })),
            help: "The broker's TCP port."),
        Key(
            path: "mqtt.broker.username",
            kind: .optionalText(.username, .init(get: { $0.broker.username }, set: { $0.broker.username = $1 })),
            help: "Optional: user name for the broker."),
        Key(
            path: "mqtt.broker.password",
            kind: .optionalText(.password, .init(get: { $0.broker.password }, set: { $0.broker.password = $1 })),
            help: "Optional: password for the broker, in quotes. It needs a username. It is never printed.", isSecret: true),

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
            help: "Whether the broker forgets the session when the connection ends."),
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

        Key(
            path: "topic.base", kind: .text(.topic, .init(get: { $0.topic.base }, set: { $0.topic.base = $1 })),
            help: "Advertisements go to this topic, then /{scanner_id}/{MAC}."),
        Key(
            path: "topic.status", kind: .text(.topic, .init(get: { $0.topic.status }, set: { $0.topic.status = $1 })),
            help: "The scanner's status goes to this topic, then /{scanner_id}."),

        .payload(
            "service_data", .init(get: { $0.payload.serviceData }, set: { $0.payload.serviceData = $1 }), help: "Data of services, by UUID."
        ),
        .payload("tx_power", .init(get: { $0.payload.txPower }, set: { $0.payload.txPower = $1 }), help: "Transmit power, in dBm."),
        .payload("flags", .init(get: { $0.payload.flags }, set: { $0.payload.flags = $1 }), help: "The flags byte."),
        .payload(
            "appearance", .init(get: { $0.payload.appearance }, set: { $0.payload.appearance = $1 }),
            help: "What the device says it looks like."),
        .payload(
            "address_type", .init(get: { $0.payload.addressType }, set: { $0.payload.addressType = $1 }), help: "Public or random address."),
        .payload(
            "event_type", .init(get: { $0.payload.eventType }, set: { $0.payload.eventType = $1 }),
            help: "Kind of advertisement, as in ADV_IND; for EXT_ADV also connectable, scannable, directed and scan_response."),
        .payload(
            "phy", .init(get: { $0.payload.phy }, set: { $0.payload.phy = $1 }), help: "primary_phy and secondary_phy of extended reports."),
        .payload(
            "sid", .init(get: { $0.payload.sid }, set: { $0.payload.sid = $1 }), help: "Advertising set of an extended advertisement."),
        .payload("adapter", .init(get: { $0.payload.adapter }, set: { $0.payload.adapter = $1 }), help: "Adapter that heard it."),
        .payload("raw", .init(get: { $0.payload.raw }, set: { $0.payload.raw = $1 }), help: "The whole advertising data, in hexadecimal."),

        .choice(
            "logging.level", LogLevel.allCases, .init(get: { $0.logging.level }, set: { $0.logging.level = $1 }),
            help: "The least serious messages that are written. Debug names every message published."),
        .choice(
            "logging.target", LogTarget.allCases, .init(get: { $0.logging.target }, set: { $0.logging.target = $1 }),
            help: "Auto is the journal under systemd and standard error elsewhere."),

        Key(
            path: "stats.interval",
            kind: .integer(1...86400, unit: "seconds", .init(get: { $0.stats.intervalSeconds }, set: { $0.stats.intervalSeconds = $1 })),
            help: "Time between statistics lines in the log."),
    ]

    /// A sentence over a section, where it needs one.
    static func help(ofSection path: Substring) -> String? {
        switch path {
        case "scanner": "The adapter and how it scans."
        case "ring": "The queue between scanner and publisher."
        case "mqtt.broker": "The broker and who we are to it."
        case "mqtt.client": "The MQTT session."
        case "mqtt.reconnect": "Pauses between attempts to connect."
        case "payload":
            "Keys of the payload that can be switched off. A key is left out, too, when an advertisement has nothing to say for it."
        default: nil
        }
    }
}

extension Key {
    /// A row whose values are an enumeration's raw values.
    fileprivate static func choice<Choice: RawRepresentable<String> & Sendable>(
        _ path: String, _ choices: [Choice], _ access: Access<Choice>, help: String
    ) -> Key {
        let texts = Access<String>(
            get: { access.get($0).rawValue },
            set: { configuration, text in
                if let choice = Choice(rawValue: text) { access.set(&configuration, choice) }
            })
        return Key(path: path, kind: .choice(choices.map(\.rawValue), texts), help: help)
    }

    /// A row that switches an optional payload key.
    fileprivate static func payload(_ name: String, _ access: Access<Bool>, help: String) -> Key {
        Key(path: "payload." + name, kind: .flag(access), help: help)
    }
}
