import Config
import Gateway

import MQTTWire

/// What the scanner tells of itself over MQTT: its status, and Home Assistant's discovery. Main thread only.
///
/// Each message is made once, when it is due, and waits until the session takes it.
final class StatusBoard {
    private let overview: Overview
    private let log: Log
    private var configuration: Configuration
    private var schedule: StatusSchedule
    /// What is being lost, though there is a connection.
    private var losses: [String] = []
    private var isConnected = false
    /// What is the matter has changed since it was told.
    private var hasNews = false
    private var adapterTroubles: [String] = []
    /// The machine's clock is known not to be right.
    var isClockUnsynchronized = false {
        didSet { if isClockUnsynchronized != oldValue { hasNews = true } }
    }
    private var window: RateWindow
    /// The statistics that ended the last interval.
    private var interval: Statistics?
    private var status: Message?
    private let discovery: Discovery
    /// Where the status is, and was under other configurations.
    private let topics: RetainedTopics
    /// Topics that are to be cleared; another status topic is another session, so they are found out with each connection.
    private var obsolete: [String] = []
    /// `next` has given the message that clears the first of them.
    private var isClearing = false

    init(_ configuration: Configuration, _ overview: Overview, _ log: Log, _ files: FileWriter, _ store: any FileStore) {
        self.configuration = configuration
        self.overview = overview
        self.log = log
        schedule = configuration.statusSchedule
        window = RateWindow(since: overview.started)
        discovery = Discovery(configuration.homeAssistantDevice, configuration.discoveryDelivery, files, store)
        topics = RetainedTopics(.status, files, store)
    }

    // MARK: What happens

    /// CONNECT is about to go out, and with it the will: from then on there may be a message of ours.
    func connecting() { if let topic = configuration.retainedStatusTopic { topics.use(topic) } }

    func connected(at now: UInt64) {
        isConnected = true
        schedule.connected(at: now)
        obsolete = topics.obsolete(butFor: configuration.retainedStatusTopic)
        discovery.connected()
    }

    func disconnected() {
        isConnected = false
        schedule.disconnected()
        status = nil
        obsolete = []
        isClearing = false
        topics.disconnected()
        discovery.disconnected()
    }

    /// An interval of the statistics has ended.
    func intervalEnded(_ statistics: Statistics) { interval = statistics }

    /// The adapters have changed, perhaps.
    func adaptersChanged() {
        let adapters = overview.adapters
        discovery.tell(adapters.filter { $0.condition != nil }.map(\.name))
        let troubles = adapters.compactMap(\.degradedReason)
        guard troubles != adapterTroubles else { return }
        adapterTroubles = troubles
        hasNews = true
    }

    /// - Parameter isNews: losses have begun, or are over.
    func lost(_ troubles: [String], isNews: Bool) {
        losses = troubles
        if isNews { hasNews = true }
    }

    /// Another configuration is on its way: what the old one put up that will not stand is taken down while there is a connection.
    func prepare(for new: Configuration) { discovery.want(new.homeAssistantDevice, new.discoveryDelivery) }

    /// Goes on with another configuration.
    func configure(_ new: Configuration, at now: UInt64) {
        if new.client.keepAliveSeconds != configuration.client.keepAliveSeconds {
            schedule = new.statusSchedule
        } else {
            schedule.setInterval(new.statusSchedule.interval, at: now, isConnected: isConnected)
        }
        configuration = new
        discovery.want(new.homeAssistantDevice, new.discoveryDelivery)
    }

    // MARK: What is due

    /// When `next` may have something; nil while there is nobody to tell.
    var deadline: UInt64? {
        guard isConnected else { return nil }
        return configuration.status.isEnabled ? schedule.due : nil
    }

    /// - Parameter isInFlight: the broker has not confirmed everything that was told.
    func settle(_ isInFlight: Bool) {
        discovery.settle(isInFlight)
        topics.settle(isInFlight)
    }

    /// The message that is due now. `taken` follows when the session has it; else it is given again.
    /// - Parameter isLeaving: only what must be told before the end.
    func next(of link: BrokerLink, isLeaving: Bool, at now: UInt64) -> Message? {
        guard isConnected else { return nil }
        isClearing = false
        if isLeaving {
            status = nil
            return discovery.next(isLeaving: true)
        }
        if status == nil, !obsolete.isEmpty {
            isClearing = true
            return Message(clearing: obsolete[0], configuration.ownQoS)
        }
        guard configuration.status.isEnabled else { return discovery.next(isLeaving: false) }
        if status == nil {
            let isDue = schedule.due.map { now >= $0 } ?? false
            guard hasNews || isDue else { return discovery.next(isLeaving: false) }
            status = make(link, isDue: isDue, at: now)
        }
        return status
    }

    /// The session has taken what `next` gave.
    func taken() {
        if isClearing {
            topics.cleared(obsolete.removeFirst())
        } else if status != nil {
            status = nil
        } else {
            discovery.taken()
        }
    }

    private func make(_ link: BrokerLink, isDue: Bool, at now: UInt64) -> Message {
        hasNews = false
        let adapters = overview.adapters
        let statistics = overview.look(link, window, at: now)
        // News between two heartbeats leave the rates' interval as it is: it would be too short to tell anything.
        if isDue {
            schedule.published(at: now)
            window.begin(statistics)
        }
        let troubles = adapters.compactMap(\.degradedReason) + losses + statistics.degradedReasons
        let status = configuration.scannerStatus(
            .init(reasons: troubles), timestamp: timestamp, isClockUnsynchronized: isClockUnsynchronized)
        return configuration.message(status.payload(statistics, of: interval, adapters: adapters))
    }

    /// What is said before leaving, if anything.
    func farewell(_ reason: String) -> Message? {
        guard configuration.status.isEnabled else { return nil }
        return configuration.message(
            configuration.scannerStatus(.offline(reason), timestamp: timestamp, isClockUnsynchronized: isClockUnsynchronized).payload())
    }

    private var timestamp: String { log.timestamp }
}

extension Configuration {
    fileprivate var statusSchedule: StatusSchedule {
        StatusSchedule(
            interval: UInt64(status.intervalSeconds) * 1_000_000_000, keepAlive: UInt64(client.keepAliveSeconds) * 1_000_000_000)
    }

    var homeAssistantDevice: HomeAssistantDevice? {
        guard homeAssistant.discovery else { return nil }
        return HomeAssistantDevice(
            prefix: homeAssistant.prefix, scannerID: scannerID, statusTopic: String(decoding: statusTopic, as: UTF8.self),
            version: version)
    }

    fileprivate func scannerStatus(
        _ state: ScannerStatus.State, timestamp: String?, isClockUnsynchronized: Bool = false
    ) -> ScannerStatus {
        ScannerStatus(
            scannerID: scannerID, state: state, version: version, timestamp: timestamp, isTLSInsecure: broker.isUnverified,
            isClockUnsynchronized: isClockUnsynchronized)
    }

    /// Retained, unless the broker cannot, so that whoever subscribes later knows at once.
    fileprivate func message(_ payload: [UInt8]) -> Message {
        Message(topic: statusTopic, payload: payload, qos: ownQoS, retain: status.retain)
    }

    /// Where the status stays behind; nil where there is none, or the broker does not keep it.
    var retainedStatusTopic: String? {
        status.isEnabled && status.retain ? topic.statusTopic(scannerID: scannerID) : nil
    }

    fileprivate var ownQoS: QoS { status.qos == 0 ? .atMostOnce : .atLeastOnce }

    /// What the broker says when the connection ends without a farewell, if anything.
    var will: Message? {
        status.isEnabled ? message(scannerStatus(.offline("connection lost"), timestamp: nil).payload()) : nil
    }

    fileprivate var discoveryDelivery: Discovery.Delivery { Discovery.Delivery(qos: ownQoS, retain: status.retain) }
}
