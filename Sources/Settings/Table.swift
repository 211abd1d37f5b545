import Gateway
import MQTTWire
import YAMLSchema

/// Every key of the file, once. Reader, checks, suggestions, prints, documents and the reload go by these rows; a new key is a property in
/// `Configuration` and a row here. Rows of one section stand together.
extension Configuration {
    /// What a change of a key makes necessary; nothing where the parts take it as they go.
    package struct Restart: OptionSet {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        /// The scans are switched off and set up anew.
        package static let scans = Restart(rawValue: 1 << 0)
        /// Filters, thinning and identities are built anew.
        package static let screen = Restart(rawValue: 1 << 1)
        /// The broker is left and met again.
        package static let session = Restart(rawValue: 1 << 2)
        /// It takes effect with the next start of the program.
        package static let program = Restart(rawValue: 1 << 3)
    }

    /// The keys, and the rules between them. Made when they are needed: a daemon at work has no use for them, and no memory to spare.
    public static var schema: Schema<Configuration> {
        Schema(
            standard: Configuration(scannerID: ""),
            rows: identification + scannerRows + adapterRows + queue + brokerRows + topics + payloads + filterRows + thinningRows + identityRows
                + reports,
            words: words,
            derive: { configuration, given in
                // IANA's port for MQTT over TLS.
                if configuration.broker.usesTLS, given.of("mqtt.broker.port") == .absent { configuration.broker.port = 8883 }
            },
            checks: rules + doubts)
    }

    private static var identification: [Row<Configuration>] {
        [
            Row("scanner_id", \.scannerID, .scannerID, required: .init(file: "scanner-01", message: "living-room"),
                help: "This scanner's name: part of every topic and payload. Give each scanner its own."
            ).restarting(.session)
        ]
    }

    private static var queue: [Row<Configuration>] {
        Row.section(
            "ring", \.ring, help: "The queue between scanner and publisher.",
            [
                Row("size", \.sizeBytes, .size(64 << 10...64 << 20),
                    help: "Memory for advertisements that wait to be published. When it is full the oldest goes, and is counted."
                ).restarting(.program),
                Row("gather", \.gatherMilliseconds, .integer(0...100, unit: "milliseconds"),
                    help: "How long an advertisement may wait for others, which spares processor time: they are taken and published together. 0 for at once."),
            ])
    }

    private static var topics: [Row<Configuration>] {
        Row.section(
            "topic", \.topic, restarts: .session,
            [
                Row("base", \.base, .topic,
                    help: "Advertisements go to this topic, then /{scanner_id}/{MAC}, unless topic.advertisement says otherwise."),
                Row("advertisement", \.advertisement, .optional(.template(TopicTemplate.Placeholder.allCases, whenEmpty: "write null for none")),
                    help: "Optional, in place of topic.base: the whole topic of advertisements, for brokers that prescribe one. {mac_bare} is {mac} without colons. Without either, all devices share a topic."),
                Row("status", \.status, .template([.scannerID]),
                    help: "The topic of the scanner's status; where {scanner_id} is not in it, then /{scanner_id}."),
                Row("status_is_whole", \.isStatusWhole, .flag,
                    help: "Whether topic.status is the whole topic even without {scanner_id}, for brokers that know a scanner by its login."),
                Row("use_identity", \.useIdentity, .flag,
                    help: "Whether {MAC} is the identity's address for the devices of identities, and not the one on air."),
            ])
    }

    private static var payloads: [Row<Configuration>] {
        Row.section(
            "payload", \.payload,
            help: "Keys of the payload that can be switched off. A key is left out, too, when an advertisement has nothing to say for it.",
            [
                Row("service_data", \.[.serviceData], .flag, help: "Data of services, by UUID."),
                Row("tx_power", \.[.txPower], .flag, help: "Transmit power, in dBm."),
                Row("flags", \.[.flags], .flag, help: "The flags byte."),
                Row("appearance", \.[.appearance], .flag, help: "What the device says it looks like."),
                Row("address_type", \.[.addressType], .flag, help: "Public or random address."),
                Row("event_type", \.[.eventType], .flag,
                    help: "Kind of advertisement, as in ADV_IND; for EXT_ADV also connectable, scannable, directed and scan_response."),
                Row("phy", \.[.phy], .flag, help: "primary_phy and secondary_phy of extended reports."),
                Row("sid", \.[.sid], .flag, help: "Advertising set of an extended advertisement."),
                Row("adapter", \.[.adapter], .flag, help: "Adapter that heard it."),
                Row("raw", \.[.raw], .flag, help: "The whole advertising data, in hexadecimal."),
            ])
    }

    private static var reports: [Row<Configuration>] {
        Row.section(
                "logging", \.logging,
                [
                    Row("level", \.level, .choice(), help: "The least serious messages that are written. Debug names every message published."),
                    Row("target", \.target, .choice(), help: "Auto is the journal under systemd and standard error elsewhere."),
                ])
            + Row.section(
                "stats", \.stats,
                [
                    Row("interval", \.intervalSeconds, .integer(1...86400, unit: "seconds"), help: "Time between statistics lines in the log."),
                ])
            + Row.section(
                "status", \.status, help: "The message that says how the scanner is.",
                [
                    Row("interval", \.intervalSeconds, .integer(5...3600, unit: "seconds", zero: "only changes"),
                        help: "Time between two messages on the status topic. Changes are told at once."),
                    Row("enabled", \.isEnabled, .flag,
                        help: "Whether there is a status message at all. False: the broker is given no will either, for those that take none.").restarting(.session),
                    Row("qos", \.qos, .integer(0...1),
                        help: "Quality of service of the status, the will and Home Assistant's discovery. 0 for brokers that know no other.").restarting(.session),
                    Row("retain", \.retain, .flag,
                        help: "Whether the broker keeps status, will and Home Assistant's discovery for those who subscribe later. False for brokers that keep nothing.").restarting(.session),
                ])
            + Row.section(
                "metrics", \.metrics, help: "Numbers for Prometheus.",
                [
                    Row("textfile", \.textfile, .optional(.metricsFile),
                        help: "Optional: a file in the folder of node_exporter's textfile collector, written every stats.interval. Its folder must be writable for the daemon."),
                ])
            + Row.section(
                "home_assistant", \.homeAssistant, help: "The scanner as a device in Home Assistant.",
                [
                    Row("discovery", \.discovery, .flag, help: "Whether Home Assistant is told of the scanner, by MQTT discovery."),
                    Row("prefix", \.prefix, .topic, help: "The discovery prefix that is set in Home Assistant."),
                ])
    }
}

extension Row {
    /// The rows of a section, and what a change of one of them makes necessary.
    static func section<Part>(
        _ path: String, _ member: any WritableKeyPath<Root, Part> & Sendable, restarts: Configuration.Restart, help: String? = nil, _ rows: [Row<Part>]
    ) -> [Row] {
        section(path, member, affects: restarts.rawValue, help: help, rows)
    }

    /// The same row, a change of which makes that necessary.
    func restarting(_ parts: Configuration.Restart) -> Row { affecting(parts.rawValue) }
}

extension PayloadOptions {
    /// Whether an option is in it.
    fileprivate subscript(option: PayloadOptions) -> Bool {
        get { contains(option) }
        set { if newValue { insert(option) } else { remove(option) } }
    }
}
