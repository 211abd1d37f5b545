import Bluetooth
import Gateway
import Linux
import YAMLSchema

/// The daemon's whole configuration. A value: a reload makes a new one.
///
/// Property defaults are those of the file; what each means, and its range, stands where `name(_:)` names its key.
package struct Configuration: Sendable, Equatable {
    package var scannerID: String
    /// What `scannerID` is made of, if it was written with a placeholder.
    package internal(set) var scannerIDTemplate: ScannerIDTemplate?
    package var scanner = Scanner()
    package var adapters: [Partial<Scanner>] = []
    package var filters = Filters()
    package var thinning = Thinning()
    package var identities: [Identity] = []
    package var ring = Ring()
    package var broker = Broker()
    package var client = Client()
    package var reconnect = Reconnect()
    package var topic = Topic()
    package var payload = PayloadOptions.standard
    package var logging = Logging()
    package var stats = Stats()
    package var status = Status()
    package var metrics = Metrics()
    package var homeAssistant = HomeAssistant()

    /// Every default, for the given scanner. The identifier is not checked here.
    package init(scannerID: String) {
        self.scannerID = scannerID
    }

    /// Puts the machine's host name where its placeholder stands. A scanner's name that cannot be is left as it is written; a rule refuses it.
    mutating func fillIn(_ hostName: String) {
        scannerIDTemplate = ScannerIDTemplate(scannerID, hostName: hostName)
        if let template = scannerIDTemplate, template.problem == nil { scannerID = template.filled }
    }

    package struct Scanner: Sendable, Equatable {
        package var adapter = AdapterSelector.index(0)
        package var mode = ScanMode.passive
        package var intervalMilliseconds = 100.0
        package var windowMilliseconds = 100.0
        package var usesRandomAddress = false
        package var receiveBufferBytes = 4 << 20
        package var phys = ScanningPHYs([.le1M, .leCoded])
        package var access = AdapterSupervisor.Access.raw
        package var mixed = Mixed()
        package var watchdog = Watchdog()
        package var recovery = Recovery()
    }

    package struct Mixed: Sendable, Equatable {
        package var periodSeconds = 60
        package var activeSeconds = 5
    }

    package struct Watchdog: Sendable, Equatable {
        package var silenceSeconds = 90
        package var checkSeconds = 30
    }

    package struct Recovery: Sendable, Equatable {
        package var powerCycle = true
        package var unblockRadio = false
        package var usbReset = true
    }

    package struct Thinning: Sendable, Equatable {
        package var mode = ThinningMode.off
        package var intervalSeconds = 10.0
        package var keepAliveSeconds = 300.0
        package var devices = 4096
    }

    package struct Ring: Sendable, Equatable {
        package var sizeBytes = 1 << 20
        package var gatherMilliseconds = 6
    }

    /// Keys below `mqtt.broker`. Printing one hides the password.
    package struct Broker: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
        package var host = "localhost"
        package var port: UInt16 = 1883
        package var username: String?
        package var password: String?
        package var usesTLS = false
        package var tls = TLSSettings()
        package var passwordFile: String?
        /// What `Configuration.read` has found in that file, or in systemd's credential.
        package internal(set) var loadedPassword: [UInt8]?

        /// The password, wherever it comes from: 1…4096 bytes, or none.
        package var passwordBytes: [UInt8]? { password.map { Array($0.utf8) } ?? loadedPassword }

        /// The path of the broker's Unix socket, 1…107 bytes; nil if it is reached by TCP.
        package var socketPath: String? { host.hasPrefix("unix:") ? String(host.dropFirst(5)) : nil }

        /// Host and port only.
        package var description: String {
            if socketPath != nil { return host }
            return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
        /// Host and port only.
        package var debugDescription: String { description }
    }

    package struct Client: Sendable, Equatable {
        package var clientID: String?
        package var keepAliveSeconds: UInt16 = 60
        package var cleanSession = true
        package var qos: UInt8 = 0
        package var maxInflight = 100
    }

    package struct Reconnect: Sendable, Equatable {
        package var initialDelaySeconds = 1.0
        package var maxDelaySeconds = 60.0
        package var exponentialBackoff = true
        package var jitter = 0.5
    }

    package struct Topic: Sendable, Equatable {
        package var base = "ble/raw"
        package var advertisement: String?
        package var status = "ble/status"
        package var isStatusWhole = false
        package var useIdentity = false
    }

    package struct Logging: Sendable, Equatable {
        package var level = LogLevel.info
        package var target = LogTarget.auto
    }

    package struct Status: Sendable, Equatable {
        package var intervalSeconds = 60
        package var isEnabled = true
        package var qos: UInt8 = 1
        package var retain = true
    }

    package struct Metrics: Sendable, Equatable {
        package var textfile: String?
    }

    package struct HomeAssistant: Sendable, Equatable {
        package var discovery = false
        package var prefix = "homeassistant"
    }

    package struct Stats: Sendable, Equatable {
        package var intervalSeconds = 60
    }

    /// Keys below `filters`. The first rule that matches decides, else the default.
    package struct Filters: Sendable, Equatable {
        package var defaultAction = FilterRule.Action.allow
        package var rules: [FilterRule] = []
    }

    /// An element of `identities`: a device that changes its address, and the key that tells it by each. Printing one hides the key.
    package struct Identity: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
        /// Its name, 1…64 bytes of UTF-8 without control characters, and its identity address.
        package var device: KnownDevice
        /// Identity resolving key: 16 bytes, most significant first, as the Core specification prints it. Secret.
        package var irk: [UInt8]

        /// A device. The values are not checked here.
        package init(_ device: KnownDevice, irk: [UInt8]) {
            self.device = device
            self.irk = irk
        }

        /// Name and address only.
        package var description: String { "\(device.name) (\(device.address))" }
        /// Name and address only.
        package var debugDescription: String { description }
    }

    /// What to scan with: one for each element of `adapters`, in their order, or `scanner` alone where there is none. 1…16.
    package var scanners: [Scanner] {
        adapters.isEmpty ? [scanner] : adapters.map { $0.over(scanner) }
    }
}

extension Configuration: CustomStringConvertible, CustomDebugStringConvertible {
    /// The effective configuration as YAML, secrets as `•••`; not `scanner.adapter` beside `adapters`. A configuration that meets a log line by
    /// accident shows no secret.
    package var description: String { printed() }

    /// The same.
    package var debugDescription: String { description }

    /// The same, with comments that say where values come from. Ends with a newline.
    func printed(origin: (Key) -> String? = { _ in nil }) -> String {
        Self.schema.printed(self, isShown: { $0.path != "scanner.adapter" || adapters.isEmpty }, origin: origin)
    }
}
