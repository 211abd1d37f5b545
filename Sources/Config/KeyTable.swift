/// Every key of the file, once. Parser, validation, suggestions and prints read this table, and documents are made from it;
/// a new key is a property in `Configuration` and a row here. Rows of one section stand together.
package enum KeyTable {
    package static let keys = top + scanner + adapters + ring + mqtt + topic + payload + filters + thinning + identities + logging + telling

    private static let top: [Key] = [
        Key(
            path: "scanner_id", kind: .text(.scannerID, .init(get: { $0.scannerID }, set: { $0.scannerID = $1 })),
            help: "This scanner's name: part of every topic and payload. Give each scanner its own.",
            example: .init(file: "scanner-01", message: "living-room"))
    ]

    private static let ring: [Key] = [
        Key(
            path: "ring.size", kind: .size(64 << 10...64 << 20, .init(get: { $0.ring.sizeBytes }, set: { $0.ring.sizeBytes = $1 })),
            help: "Memory for advertisements that wait to be published. When it is full the oldest goes, and is counted."),
        Key(
            path: "ring.gather",
            kind: .integer(
                0...100, unit: "milliseconds", .init(get: { $0.ring.gatherMilliseconds }, set: { $0.ring.gatherMilliseconds = $1 })),
            help: "How long an advertisement may wait for others, which spares processor time: they are taken and published together. 0 for at once."),
    ]

    private static let topic: [Key] = [
        Key(
            path: "topic.base", kind: .text(.topic, .init(get: { $0.topic.base }, set: { $0.topic.base = $1 })),
            help: "Advertisements go to this topic, then /{scanner_id}/{MAC}, unless topic.advertisement says otherwise."),
        Key(
            path: "topic.advertisement",
            kind: .optionalText(.advertisementTopic, .init(get: { $0.topic.advertisement }, set: { $0.topic.advertisement = $1 })),
            help:
                "Optional, in place of topic.base: the whole topic of advertisements, for brokers that prescribe one. {mac_bare} is {mac} without colons. Without either, all devices share a topic."
        ),
        Key(
            path: "topic.status", kind: .text(.statusTopic, .init(get: { $0.topic.status }, set: { $0.topic.status = $1 })),
            help:
                "The topic of the scanner's status; where {scanner_id} is not in it, then /{scanner_id}."),
        Key(
            path: "topic.status_is_whole",
            kind: .flag(.init(get: { $0.topic.isStatusWhole }, set: { $0.topic.isStatusWhole = $1 })),
            help: "Whether topic.status is the whole topic even without {scanner_id}, for brokers that know a scanner by its login."),
        Key(
            path: "topic.use_identity",
            kind: .flag(.init(get: { $0.topic.useIdentity }, set: { $0.topic.useIdentity = $1 })),
            help: "Whether {MAC} is the identity's address for the devices of identities, and not the one on air."),
    ]

    private static let payload: [Key] = [
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
    ]

    private static let logging: [Key] = [
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

    private static let telling: [Key] = [
        Key(
            path: "status.interval",
            kind: .integer(
                5...3600, unit: "seconds", zero: "only changes",
                .init(get: { $0.status.intervalSeconds }, set: { $0.status.intervalSeconds = $1 })),
            help: "Time between two messages on the status topic. Changes are told at once."),
        Key(
            path: "status.enabled",
            kind: .flag(.init(get: { $0.status.isEnabled }, set: { $0.status.isEnabled = $1 })),
            help: "Whether there is a status message at all. False: the broker is given no will either, for those that take none."),
        Key(
            path: "status.qos",
            kind: .integer(0...1, unit: nil, .init(get: { Int($0.status.qos) }, set: { $0.status.qos = UInt8($1) })),
            help: "Quality of service of the status, the will and Home Assistant's discovery. 0 for brokers that know no other."),
        Key(
            path: "status.retain",
            kind: .flag(.init(get: { $0.status.retain }, set: { $0.status.retain = $1 })),
            help:
                "Whether the broker keeps status, will and Home Assistant's discovery for those who subscribe later. False for brokers that keep nothing."
        ),

        Key(
            path: "metrics.textfile",
            kind: .optionalText(.metricsFile, .init(get: { $0.metrics.textfile }, set: { $0.metrics.textfile = $1 })),
            help:
                "Optional: a file in the folder of node_exporter's textfile collector, written every stats.interval. Its folder must be writable for the daemon."
        ),

        Key(
            path: "home_assistant.discovery",
            kind: .flag(.init(get: { $0.homeAssistant.discovery }, set: { $0.homeAssistant.discovery = $1 })),
            help: "Whether Home Assistant is told of the scanner, by MQTT discovery."),
        Key(
            path: "home_assistant.prefix",
            kind: .text(.topic, .init(get: { $0.homeAssistant.prefix }, set: { $0.homeAssistant.prefix = $1 })),
            help: "The discovery prefix that is set in Home Assistant."),
    ]

    /// A sentence over a section, where it needs one.
    package static func help(ofSection path: Substring) -> String? {
        switch path {
        case "scanner": "The adapter and how it scans."
        case "scanner.mixed": "The turns of mode mixed."
        case "scanner.watchdog": "When silence is taken for a fault."
        case "scanner.recovery": "What may be done to an adapter that has stopped hearing."
        case "ring": "The queue between scanner and publisher."
        case "mqtt.broker": "The broker and who we are to it."
        case "mqtt.client": "The MQTT session."
        case "mqtt.reconnect": "Pauses between attempts to connect."
        case "payload":
            "Keys of the payload that can be switched off. A key is left out, too, when an advertisement has nothing to say for it."
        case "filters": "What is published at all."
        case "thinning": "How often each device is published."
        case "status": "The message that says how the scanner is."
        case "metrics": "Numbers for Prometheus."
        case "home_assistant": "The scanner as a device in Home Assistant."
        default: nil
        }
    }
}

extension Key {
    /// A row whose values are an enumeration's raw values.
    static func choice<Choice: RawRepresentable<String> & Sendable>(
        _ path: String, _ choices: [Choice], _ access: Access<Choice>, help: String, example: Example? = nil, absence: String? = nil
    ) -> Key {
        let texts = Access<String>.element(
            get: { access.get($0, $1)?.rawValue },
            set: { configuration, element, text in
                if let choice = Choice(rawValue: text) { access.set(&configuration, element, choice) }
            })
        return choice(path, of: choices.map(\.rawValue), texts, help: help, example: example, absence: absence)
    }

    /// A row whose values are words.
    static func choice(
        _ path: String, of words: [String], _ access: Access<String>, help: String, example: Example? = nil, absence: String? = nil
    ) -> Key {
        Key(path: path, kind: .choice(words, access), help: help, example: example, absence: absence)
    }

    /// A row that switches an optional payload key.
    fileprivate static func payload(_ name: String, _ access: Access<Bool>, help: String) -> Key {
        Key(path: "payload." + name, kind: .flag(access), help: help)
    }
}
