import Settings
import Gateway

import MQTTWire

/// Decides when status and Home Assistant's discovery message are published, and makes them. Main thread only.
///
/// Each message is made once, when it is due, and waits until the session takes it.
final class StatusPublisher {
    private let snapshots: SnapshotSource
    private let log: Log
    private var configuration: Configuration
    private var schedule: StatusSchedule
    /// What is being lost, though there is a connection.
    private var losses: [String] = []
    private var isConnected = false
    /// The reasons have changed since they were published.
    private var hasChanged = false
    private var adapterReasons: [String] = []
    /// The machine's clock is known not to be synchronized.
    var isClockUnsynchronized = false {
        didSet { if isClockUnsynchronized != oldValue { hasChanged = true } }
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

    init(_ configuration: Configuration, _ snapshots: SnapshotSource, _ log: Log, _ files: FileWriter, _ store: any FileStore) {
        self.configuration = configuration
        self.snapshots = snapshots
        self.log = log
        schedule = configuration.statusSchedule
        window = RateWindow(since: snapshots.started)
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
        let adapters = snapshots.adapters
        discovery.use(adapters: adapters.filter { $0.condition != nil }.map(\.name))
        let reasons = adapters.compactMap(\.degradedReason)
        guard reasons != adapterReasons else { return }
        adapterReasons = reasons
        hasChanged = true
    }

    /// - Parameter hasChanged: losses have begun, or are over.
    func lost(_ reasons: [String], hasChanged: Bool) {
        losses = reasons
        if hasChanged { self.hasChanged = true }
    }

    /// Another configuration is about to be applied: what the old one has published and the new one does not is cleared while there is a connection.
    func prepare(for new: Configuration) { discovery.want(new.homeAssistantDevice, new.discoveryDelivery) }

    /// Applies another configuration.
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

    /// When `next` may have something; nil while there is no connection.
    var deadline: UInt64? {
        guard isConnected else { return nil }
        return configuration.status.isEnabled ? schedule.due : nil
    }

    /// - Parameter isInFlight: the broker has not acknowledged everything that was published.
    func updateInFlight(_ isInFlight: Bool) {
        discovery.updateInFlight(isInFlight)
        topics.updateInFlight(isInFlight)
    }

    /// The message that is due now. `taken` follows when the session has it; else it is given again.
    /// - Parameter isDisconnecting: only what must be published before the end.
    func next(of link: BrokerLink, isDisconnecting: Bool, at now: UInt64) -> Message? {
        guard isConnected else { return nil }
        isClearing = false
        if isDisconnecting {
            status = nil
            return discovery.next(isDisconnecting: true)
        }
        if status == nil, !obsolete.isEmpty {
            isClearing = true
            return Message(clearing: obsolete[0], configuration.ownQoS)
        }
        guard configuration.status.isEnabled else { return discovery.next(isDisconnecting: false) }
        if status == nil {
            let isDue = schedule.due.map { now >= $0 } ?? false
            guard hasChanged || isDue else { return discovery.next(isDisconnecting: false) }
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
        hasChanged = false
        let adapters = snapshots.adapters
        let statistics = snapshots.take(link, window, at: now)
        // A status between two periodic ones leaves the rates' interval as it is: a shorter one would be of no use.
        if isDue {
            schedule.published(at: now)
            window.begin(statistics)
        }
        let reasons = adapters.compactMap(\.degradedReason) + losses + statistics.degradedReasons
        let status = configuration.scannerStatus(
            .init(reasons: reasons), timestamp: timestamp, isClockUnsynchronized: isClockUnsynchronized)
        return configuration.message(status.payload(statistics, of: interval, adapters: adapters))
    }

    /// The offline message, if the status is enabled.
    func offlineMessage(_ reason: String) -> Message? {
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

    /// Where the status is retained; nil if there is none, or it is not retained.
    var retainedStatusTopic: String? {
        status.isEnabled && status.retain ? topic.statusTopic(scannerID: scannerID) : nil
    }

    fileprivate var ownQoS: QoS { status.qos == 0 ? .atMostOnce : .atLeastOnce }

    /// The last will; nil if the status is disabled.
    var will: Message? {
        status.isEnabled ? message(scannerStatus(.offline("connection lost"), timestamp: nil).payload()) : nil
    }

    fileprivate var discoveryDelivery: Discovery.Delivery { Discovery.Delivery(qos: ownQoS, retain: status.retain) }
}
