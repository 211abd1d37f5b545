import Gateway
import MQTTWire

/// Home Assistant's discovery message: published if it is wanted, and cleared if it is not any more, after a restart too, by a
/// record in the state directory. Main thread only.
final class Discovery {
    /// How its messages are sent.
    struct Delivery: Equatable {
        var qos: QoS
        var retain: Bool
    }

    private let topics: RetainedTopics
    private var wanted: HomeAssistantDevice?
    private var delivery: Delivery
    private var adapters: [String] = []
    /// Adapters that an earlier message contained and that are gone.
    private var gone: [String] = []
    private var queue: [Message] = []
    private var isConnected = false

    init(_ wanted: HomeAssistantDevice?, _ delivery: Delivery, _ files: FileWriter, _ store: any FileStore) {
        topics = RetainedTopics(.homeAssistant, files, store)
        self.delivery = delivery
        self.wanted = wanted
    }

    func connected() {
        isConnected = true
        queue = []
        update()
    }

    func disconnected() {
        isConnected = false
        topics.disconnected()
        queue = []
    }

    /// What is to be published from now on; nil for nothing.
    func want(_ new: HomeAssistantDevice?, _ newDelivery: Delivery) {
        guard new != wanted || newDelivery != delivery else { return }
        wanted = new
        delivery = newDelivery
        update()
    }

    /// The adapters that there are.
    func use(adapters names: [String]) {
        guard names != adapters else { return }
        gone = (gone + adapters).filter { !names.contains($0) }
        adapters = names
        update()
    }

    private func update() {
        guard isConnected else { return }
        queue = topics.obsolete(butFor: delivery.retain ? wanted?.topic : nil).map { Message(clearing: $0, delivery.qos) }
        guard let wanted else { return }
        // What a broker does not retain need not be cleared.
        if delivery.retain { topics.use(wanted.topic) }
        let payload = wanted.payload(adapters: adapters, gone: gone)
        queue.append(Message(topic: Array(wanted.topic.utf8), payload: payload, qos: delivery.qos, retain: delivery.retain))
    }

    /// - Parameter isDisconnecting: only what clears.
    func next(isDisconnecting: Bool) -> Message? {
        guard let first = queue.first, !isDisconnecting || first.payload.isEmpty else { return nil }
        return first
    }

    func taken() {
        let message = queue.removeFirst()
        if message.payload.isEmpty { topics.cleared(String(decoding: message.topic, as: UTF8.self)) }
    }

    /// - Parameter isInFlight: the broker has not acknowledged everything.
    func updateInFlight(_ isInFlight: Bool) { topics.updateInFlight(isInFlight) }
}

extension Message {
    /// An empty retained message, which clears the topic at the broker.
    init(clearing topic: String, _ qos: QoS) { self.init(topic: Array(topic.utf8), payload: [], qos: qos, retain: true) }
}
