import Gateway
import MQTTWire
import Settings

/// Logs the state of the connection to the broker: each loss, and failed attempts as an ongoing failure. Main thread only.
struct ConnectionReport {
    private let log: Log
    private let intake: SharedIntake
    private var ongoingFailure = OngoingFailure()
    /// Drops that an earlier line reported already.
    private var reportedDrops: UInt64 = 0

    init(_ log: Log, _ intake: SharedIntake) {
        self.log = log
        self.intake = intake
    }

    mutating func connected(_ configuration: Configuration, at now: UInt64) {
        if configuration.broker.isUnverified {
            log.warning(
                "mqtt.broker.tls.insecure: the certificate of \(configuration.broker) is not verified; anybody on the network path can read and change all messages")
        }
        let outage = ongoingFailure.ends(at: now).map { " after \($0 / 1_000_000_000) s without a connection" } ?? ""
        log.info(
            "connected to broker \(configuration.broker) as \(configuration.effectiveClientID)\(outage)\(newDrops())", configuration.brokerFields)
    }

    /// A connection, or an attempt at one, has ended unexpectedly.
    /// - Parameter state: the session's, which contains when the next attempt is due.
    mutating func ended(_ disconnectReason: DisconnectReason, _ configuration: Configuration, next state: PublishSession.State, at now: UInt64) {
        var retry = ""
        if case .waiting(let until) = state, until > now {
            let tenths = (until - now + 50_000_000) / 100_000_000
            retry = "; next attempt in \(tenths / 10).\(tenths % 10) s"
        }
        let text = disconnectReason.text(configuration)
        let isNew = ongoingFailure.fails(disconnectReason.kind(text), at: now)
        if disconnectReason.lasted != nil {
            log.error("lost broker \(configuration.broker): \(text)\(retry)", configuration.brokerFields)
        } else if isNew {
            log.error(
                "no connection to broker \(configuration.broker): \(text)\(ongoingFailure.history(at: now))\(newDrops())\(retry)",
                configuration.brokerFields)
        } else {
            log.debug("no connection to broker \(configuration.broker): \(text)\(retry)", configuration.brokerFields)
        }
    }

    /// `, 1234 advertisements dropped meanwhile`, empty where none were.
    private mutating func newDrops() -> String {
        let dropped = intake.consume { $0.counters.droppedOffline.total }
        defer { reportedDrops = dropped }
        return dropped > reportedDrops ? ", \(dropped - reportedDrops) advertisements dropped meanwhile" : ""
    }
}

extension Configuration {
    /// The journal's field for lines about the broker.
    var brokerFields: Log.Fields { [("BLEMQTTD_BROKER", broker.description)] }
}
