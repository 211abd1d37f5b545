import Bluetooth
import Gateway
import Linux
import YAMLSchema

/// The daemon's whole configuration. A value: a reload makes a new one.
///
/// Property defaults here are the defaults of the file; `schema` names the key, range and help of each.
public struct Configuration: Sendable, Equatable {
    /// This scanner's name in topics and payloads: 1 to 64 of `A-Z a-z 0-9 _ . -`. Required, set by hand.
    public var scannerID: String
    /// The adapter and how it scans; what an element of `adapters` leaves out.
    public var scanner = Scanner()
    /// Several adapters: at most 16, none selected twice. Empty: only `scanner.adapter`.
    public var adapters: [Partial<Scanner>] = []
    /// What is published at all.
    public var filters = Filters()
    /// How often each device is published.
    public var thinning = Thinning()
    /// Devices whose resolvable private addresses are resolved: at most 32, with different addresses.
    public var identities: [Identity] = []
    /// The queue between scanner and publisher.
    public var ring = Ring()
    /// The broker and its credentials.
    public var broker = Broker()
    /// The MQTT session.
    public var client = Client()
    /// The pauses between connection attempts.
    public var reconnect = Reconnect()
    /// Topic prefixes.
    public var topic = Topic()
    /// Which optional keys a payload carries.
    public var payload = PayloadOptions.standard
    /// Log level and target.
    public var logging = Logging()
    /// The statistics line.
    public var stats = Stats()
    /// The status message.
    public var status = Status()
    /// Numbers for Prometheus.
    public var metrics = Metrics()
    /// Discovery by Home Assistant.
    public var homeAssistant = HomeAssistant()

    /// Every default, for the given scanner. The identifier is not checked here.
    public init(scannerID: String) {
        self.scannerID = scannerID
    }

    /// Keys below `scanner`.
    public struct Scanner: Sendable, Equatable {
        /// Which adapter, or all.
        public var adapter = AdapterSelector.index(0)
        /// Passive, active or by turns.
        public var mode = ScanMode.passive
        /// From the start of one scan window to the next, in milliseconds: 2.5…10240.
        public var intervalMilliseconds = 100.0
        /// How long each window listens, in milliseconds: 2.5…10240, at most the interval.
        public var windowMilliseconds = 100.0
        /// Whether scan requests carry a random address instead of the adapter's own. Key `own_address_type`.
        public var usesRandomAddress = false
        /// Kernel receive buffer of the event socket, in bytes: 64 KiB…64 MiB.
        public var receiveBufferBytes = 4 << 20
        /// The PHYs listened on.
        public var phys = ScanningPHYs([.le1M, .leCoded])
        /// How the adapter is shared with other programs.
        public var access = AdapterSupervisor.Access.raw
        /// The turns of `ScanMode.mixed`.
        public var mixed = Mixed()
        /// When silence is taken for a fault.
        public var watchdog = Watchdog()
        /// What may be done to an adapter that has stopped hearing.
        public var recovery = Recovery()
    }

    /// Keys below `scanner.mixed`.
    public struct Mixed: Sendable, Equatable {
        /// From the start of one active window to the next, in seconds: 5…86400.
        public var periodSeconds = 60
        /// How long each active window is, in seconds: 1…3600, less than the period.
        public var activeSeconds = 5
    }

    /// Keys below `scanner.watchdog`.
    public struct Watchdog: Sendable, Equatable {
        /// Silence that is taken for a fault, in seconds: 5…86400, or 0 for never.
        public var silenceSeconds = 90
        /// Between two looks, in seconds: 1…3600.
        public var checkSeconds = 30
    }

    /// Keys below `scanner.recovery`: which steps may be taken.
    public struct Recovery: Sendable, Equatable {
        /// Whether the adapter may be taken down and up.
        public var powerCycle = true
        /// Whether a soft block of rfkill's may be lifted. Key `rfkill_unblock`.
        public var unblockRadio = false
        /// Whether a USB adapter may be reset on its bus.
        public var usbReset = true
    }

    /// Keys below `thinning`.
    public struct Thinning: Sendable, Equatable {
        /// Whether, and by what.
        public var mode = ThinningMode.off
        /// Between two messages of a device in mode `interval`, in seconds: 0.1…86400.
        public var intervalSeconds = 10.0
        /// Longest silence about an unchanged device in mode `changes`, in seconds: 1…86400.
        public var keepAliveSeconds = 300.0
        /// Devices remembered, the least recent forgotten: 64…65536.
        public var devices = 4096
    }

    /// Keys below `ring`.
    public struct Ring: Sendable, Equatable {
        /// Bytes of the ring: 64 KiB…64 MiB.
        public var sizeBytes = 1 << 20
        /// How long what is heard may gather before it is handed over, in milliseconds: 0…100.
        public var gatherMilliseconds = 6
    }

    /// Keys below `mqtt.broker`. Printing one hides the password.
    public struct Broker: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
        /// Host name, IPv4 or IPv6 address (with zone, if any), or `unix:` and the absolute path of a socket.
        public var host = "localhost"
        /// TCP port, never 0. A Unix socket has none.
        public var port: UInt16 = 1883
        /// User name of at most 4096 bytes, or none.
        public var username: String?
        /// Password of at most 4096 bytes, or none; never without a user name.
        public var password: String?
        /// Whether TLS is spoken; then there is a trust source, or any certificate is taken. Key `tls.enabled`.
        public var usesTLS = false
        /// Keys below `mqtt.broker.tls`, but for the switch.
        public var tls = TLSSettings()
        /// Absolute path of a file whose first line is the password, or none; never beside `password` or without a user name.
        public var passwordFile: String?
        /// What `Configuration.read` has found in that file, or in systemd's credential.
        public internal(set) var loadedPassword: [UInt8]?

        /// The password, wherever it comes from: 1…4096 bytes, or none.
        public var passwordBytes: [UInt8]? { password.map { Array($0.utf8) } ?? loadedPassword }

        /// The path of the broker's Unix socket, 1…107 bytes; nil where it is reached by TCP.
        public var socketPath: String? { host.hasPrefix("unix:") ? String(host.dropFirst(5)) : nil }

        /// Host and port only.
        public var description: String {
            if socketPath != nil { return host }
            return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
        /// Host and port only.
        public var debugDescription: String { description }
    }

    /// Keys below `mqtt.client`.
    public struct Client: Sendable, Equatable {
        /// Client identifier of 1…64 printable ASCII characters; none means that the daemon derives one.
        public var clientID: String?
        /// MQTT keep alive, in seconds: 5…65535.
        public var keepAliveSeconds: UInt16 = 60
        /// MQTT clean session flag.
        public var cleanSession = true
        /// Quality of service of advertisements: 0 or 1.
        public var qos: UInt8 = 0
        /// Unacknowledged publishes at QoS 1: 1…1000.
        public var maxInflight = 100
    }

    /// Keys below `mqtt.reconnect`.
    public struct Reconnect: Sendable, Equatable {
        /// First pause, in seconds: 0.5…3600.
        public var initialDelaySeconds = 1.0
        /// Longest pause, in seconds: 0.5…86400, at least the first.
        public var maxDelaySeconds = 60.0
        /// Whether each pause doubles the one before.
        public var exponentialBackoff = true
        /// Share by which a pause may be shortened at random: 0…0.5.
        public var jitter = 0.5
    }

    /// Keys below `topic`. No wildcards, no empty levels.
    public struct Topic: Sendable, Equatable {
        /// Advertisements go to `base/{scanner_id}/{MAC}`. At most 128 bytes, not a template.
        public var base = "ble/raw"
        /// Template of the topic that advertisements go to instead, or none. At most 256 bytes.
        public var advertisement: String?
        /// Template of the topic of the status; one without a placeholder goes on with `/{scanner_id}`. At most 256 bytes.
        public var status = "ble/status"
        /// Whether nothing is added to a template of the status without a placeholder. Key `status_is_whole`.
        public var isStatusWhole = false
        /// Whether {MAC} is the identity's address where that is known.
        public var useIdentity = false
    }

    /// Keys below `logging`.
    public struct Logging: Sendable, Equatable {
        /// Least serious level written.
        public var level = LogLevel.info
        /// Where lines go.
        public var target = LogTarget.auto
    }

    /// Keys below `status`.
    public struct Status: Sendable, Equatable {
        /// Seconds between heartbeats: 5…3600, or 0 for none.
        public var intervalSeconds = 60
        /// Whether there is a status message, and a will.
        public var isEnabled = true
        /// Quality of service of the status, the will and Home Assistant's discovery: 0 or 1.
        public var qos: UInt8 = 1
        /// Whether the broker keeps them for those who subscribe later.
        public var retain = true
    }

    /// Keys below `metrics`.
    public struct Metrics: Sendable, Equatable {
        /// Absolute path of a file of Prometheus' text format, its name ending in `.prom`; or none.
        public var textfile: String?
    }

    /// Keys below `home_assistant`.
    public struct HomeAssistant: Sendable, Equatable {
        /// Whether Home Assistant is told of the scanner.
        public var discovery = false
        /// The prefix that Home Assistant looks for discovery under: a topic of at most 128 bytes.
        public var prefix = "homeassistant"
    }

    /// Keys below `stats`.
    public struct Stats: Sendable, Equatable {
        /// Seconds between statistics lines: 1…86400.
        public var intervalSeconds = 60
    }

    /// Keys below `filters`. The first rule that matches decides, else the default.
    public struct Filters: Sendable, Equatable {
        /// Where no rule matches. Key `default`.
        public var defaultAction = FilterRule.Action.allow
        /// In order, at most 256; more than 1024, a rule counted for each of its alternatives, are refused.
        public var rules: [FilterRule] = []
    }

    /// An element of `identities`: a device that changes its address, and the key that tells it by each. Printing one hides the key.
    public struct Identity: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
        /// Its name, 1…64 bytes of UTF-8 without control characters, and its identity address.
        public var device: KnownDevice
        /// Identity resolving key: 16 bytes, most significant first, as the Core specification prints it. Secret.
        public var irk: [UInt8]

        /// A device. The values are not checked here.
        public init(_ device: KnownDevice, irk: [UInt8]) {
            self.device = device
            self.irk = irk
        }

        /// Name and address only.
        public var description: String { "\(device.name) (\(device.address))" }
        /// Name and address only.
        public var debugDescription: String { description }
    }

    /// What to scan with: one for each element of `adapters`, in their order, or `scanner` alone where there is none. 1…16.
    public var scanners: [Scanner] {
        adapters.isEmpty ? [scanner] : adapters.map { $0.over(scanner) }
    }
}

extension Configuration: CustomStringConvertible, CustomDebugStringConvertible {
    /// The effective configuration as YAML, secrets as `•••`; not `scanner.adapter` beside `adapters`. A configuration that meets a log line by
    /// accident tells no secret.
    public var description: String { printed() }

    /// The same.
    public var debugDescription: String { description }

    /// The same, with comments that say where values come from. Ends with a newline.
    func printed(origin: (Key) -> String? = { _ in nil }) -> String {
        Self.schema.printed(self, isShown: { $0.path != "scanner.adapter" || adapters.isEmpty }, origin: origin)
    }
}
