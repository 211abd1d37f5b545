import Config
import Gateway
import MQTTWire

/// Says in the log how the connection to the broker is: each loss of one, and of attempts at one what is news. Main thread only.
struct ConnectionReport {
    private let log: Log
    private let intake: SharedIntake
    private var trouble = Trouble()
    /// Drops that the last line told already.
    private var toldDrops: UInt64 = 0

    init(_ log: Log, _ intake: SharedIntake) {
        self.log = log
        self.intake = intake
    }

    mutating func connected(_ configuration: Configuration, at now: UInt64) {
        if configuration.broker.isUnverified {
            log.warning(
                "mqtt.broker.tls.insecure: nobody knows whether \(configuration.broker) is the broker; anybody on the way can read and change everything")
        }
        let outage = trouble.ends(at: now).map { " after \($0 / 1_000_000_000) s without" } ?? ""
        log.info(
            "connected to broker \(configuration.broker) as \(configuration.effectiveClientID)\(outage)\(newDrops())", configuration.brokerFields)
    }

    /// A connection, or an attempt at one, has ended unasked.
    /// - Parameter state: the session's, which tells when the next attempt is due.
    mutating func ended(_ parting: Parting, _ configuration: Configuration, next state: PublishSession.State, at now: UInt64) {
        var retry = ""
        if case .waiting(let until) = state, until > now {
            let tenths = (until - now + 50_000_000) / 100_000_000
            retry = "; next attempt in \(tenths / 10).\(tenths % 10) s"
        }
        let text = parting.text(configuration)
        let isNews = trouble.fails(parting.kind(text), at: now)
        if parting.lasted != nil {
            log.error("lost broker \(configuration.broker): \(text)\(retry)", configuration.brokerFields)
        } else if isNews {
            log.error(
                "no connection to broker \(configuration.broker): \(text)\(trouble.history(at: now))\(newDrops())\(retry)",
                configuration.brokerFields)
        } else {
            log.debug("no connection to broker \(configuration.broker): \(text)\(retry)", configuration.brokerFields)
        }
    }

    /// `, 1234 advertisements dropped meanwhile`, empty where none were.
    private mutating func newDrops() -> String {
        let dropped = intake.consume { $0.counters.droppedOffline.total }
        defer { toldDrops = dropped }
        return dropped > toldDrops ? ", \(dropped - toldDrops) advertisements dropped meanwhile" : ""
    }
}

extension Configuration {
    /// The journal's field for lines about the broker.
    var brokerFields: Log.Fields { [("BLEMQTTD_BROKER", broker.description)] }
}
