import Gateway
import YAMLSchema

/// Every key of the file, once. Reader, checks, suggestions, prints, documents and the reload go by these rows; a new key is a property in
/// `Configuration` and a row here.
extension Configuration: Keyed {
    /// The keys, and the rules between them. Made when they are needed: a daemon at work has no use for them, and no memory to spare.
    /// - Parameter hostName: the machine's, for values in which it stands.
    package static func schema(hostName: String) -> Schema<Configuration> {
        Schema(
            standard: Configuration(scannerID: ""), words: words,
            derive: { configuration, given in
                configuration.fillIn(hostName)
                // IANA's port for MQTT over TLS.
                if configuration.broker.usesTLS, given.of("mqtt.broker.port") == .absent { configuration.broker.port = 8883 }
            },
            checks: rules + doubts)
    }

    /// The same, for what asks for keys and defaults only.
    package static var schema: Schema<Configuration> { schema(hostName: "") }

    /// The table.
    package mutating func name(_ keys: Keys) {
        keys("scanner_id", &scannerID, .scannerID, required: .init(file: "scanner-01", message: "living-room"), affects: .session,
            help: "This scanner's name: part of every topic and payload. Give each scanner its own. In quotes, \"{hostname}\" alone or within a name is the machine's host name up to its first point, read at the start and at a reload: one file for many machines.")
        nameScanner(keys)
        nameAdapters(keys)
        keys.section("ring", help: "The buffer between scanner and publisher.") {
            keys("size", &ring.sizeBytes, .size(64 << 10...64 << 20), affects: .program,
                help: "Memory for advertisements that wait to be published. When it is full the oldest is dropped, and counted.")
            keys("gather", &ring.gatherMilliseconds, .integer(0...100, unit: "milliseconds"),
                help: "How long an advertisement may wait for others, which spares processor time: they are taken and published together. 0 for at once.")
        }
        nameBroker(keys)
        nameTopics(keys)
        namePayload(keys)
        nameFilters(keys)
        nameThinning(keys)
        nameIdentities(keys)
        nameReports(keys)
    }

    private mutating func nameTopics(_ keys: Keys) {
        keys.section("topic", affects: .session) {
            keys("base", &topic.base, .topic,
                help: "Advertisements go to this topic, then /{scanner_id}/{MAC}, unless topic.advertisement says otherwise.")
            keys("advertisement", &topic.advertisement, .optional(.template(TopicTemplate.Placeholder.allCases, whenEmpty: "write null for none")),
                help: "Optional, in place of topic.base: the whole topic of advertisements, for brokers that prescribe one. {mac_bare} is {mac} without colons. Without either, all devices share a topic.")
            keys("status", &topic.status, .template([.scannerID]),
                help: "The topic of the scanner's status; where {scanner_id} is not in it, then /{scanner_id}.")
            keys("status_is_whole", &topic.isStatusWhole, .flag,
                help: "Whether topic.status is the whole topic even without {scanner_id}, for brokers that know a scanner by its login.")
            keys("use_identity", &topic.useIdentity, .flag,
                help: "Whether {MAC} is the identity's address for the devices of identities, and not the one on air.")
        }
    }

    private mutating func namePayload(_ keys: Keys) {
        keys.section(
            "payload", help: "Keys of the payload that can be switched off. A key is left out, too, when an advertisement has nothing to say for it."
        ) {
            keys("service_data", &payload[.serviceData], .flag, help: "Data of services, by UUID.")
            keys("tx_power", &payload[.txPower], .flag, help: "Transmit power, in dBm.")
            keys("flags", &payload[.flags], .flag, help: "The flags byte.")
            keys("appearance", &payload[.appearance], .flag, help: "What the device says it looks like.")
            keys("address_type", &payload[.addressType], .flag, help: "Public or random address.")
            keys("event_type", &payload[.eventType], .flag,
                help: "Kind of advertisement, as in ADV_IND; for EXT_ADV also connectable, scannable, directed and scan_response.")
            keys("phy", &payload[.phy], .flag, help: "primary_phy and secondary_phy of extended reports.")
            keys("sid", &payload[.sid], .flag, help: "Advertising set of an extended advertisement.")
            keys("adapter", &payload[.adapter], .flag, help: "Adapter that heard it.")
            keys("raw", &payload[.raw], .flag, help: "The whole advertising data, in hexadecimal.")
        }
    }

    private mutating func nameReports(_ keys: Keys) {
        keys.section("logging") {
            keys("level", &logging.level, .choice(), help: "The least serious messages that are written. Debug names every message published.")
            keys("target", &logging.target, .choice(), help: "Auto is the journal under systemd and standard error elsewhere.")
        }
        keys.section("stats") {
            keys("interval", &stats.intervalSeconds, .integer(1...86400, unit: "seconds"), help: "Time between statistics lines in the log.")
        }
        keys.section("status", help: "The message that says how the scanner is.") {
            keys("interval", &status.intervalSeconds, .integer(5...3600, unit: "seconds", zero: "only changes"),
                help: "Time between two messages on the status topic. Changes are published at once.")
            keys("enabled", &status.isEnabled, .flag, affects: .session,
                help: "Whether there is a status message at all. False: the broker is given no will either, for those that take none.")
            keys("qos", &status.qos, .integer(0...1), affects: .session,
                help: "Quality of service of the status, the will and Home Assistant's discovery. 0 for brokers that know no other.")
            keys("retain", &status.retain, .flag, affects: .session,
                help: "Whether the broker keeps status, will and Home Assistant's discovery for those who subscribe later. False for brokers that keep nothing.")
        }
        keys.section("metrics", help: "Numbers for Prometheus.") {
            keys("textfile", &metrics.textfile, .optional(.metricsFile),
                help: "Optional: a file in the directory of node_exporter's textfile collector, written every stats.interval. Its directory must be writable for the daemon.")
        }
        keys.section("home_assistant", help: "The scanner as a device in Home Assistant.") {
            keys("discovery", &homeAssistant.discovery, .flag, help: "Whether the scanner is announced to Home Assistant, by MQTT discovery.")
            keys("prefix", &homeAssistant.prefix, .topic, help: "The discovery prefix that is set in Home Assistant.")
        }
    }
}

extension Key.Effects {
    /// The scans are switched off and set up anew.
    package static var scans: Self { Self(rawValue: 1 << 0) }
    /// Filters, thinning and identities are built anew.
    package static var filterStage: Self { Self(rawValue: 1 << 1) }
    /// The broker is left and met again.
    package static var session: Self { Self(rawValue: 1 << 2) }
    /// It takes effect with the next start of the program.
    package static var program: Self { Self(rawValue: 1 << 3) }
}

extension PayloadOptions {
    /// Whether an option is in it.
    fileprivate subscript(option: PayloadOptions) -> Bool {
        get { contains(option) }
        set { if newValue { insert(option) } else { remove(option) } }
    }
}
