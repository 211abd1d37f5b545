import Gateway
import MQTTWire

/// Home Assistant's discovery message: put up where it is wanted, and taken down where it is not any more, after a restart too, by a
/// note in the state folder. Main thread only.
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
    /// Adapters that were told of and are no more.
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

    /// What is to be put up from now on; nil for nothing.
    func want(_ new: HomeAssistantDevice?, _ newDelivery: Delivery) {
        guard new != wanted || newDelivery != delivery else { return }
        wanted = new
        delivery = newDelivery
        update()
    }

    /// The adapters that there are.
    func tell(_ names: [String]) {
        guard names != adapters else { return }
        gone = (gone + adapters).filter { !names.contains($0) }
        adapters = names
        update()
    }

    private func update() {
        guard isConnected else { return }
        queue = topics.obsolete(butFor: delivery.retain ? wanted?.topic : nil).map { Message(clearing: $0, delivery.qos) }
        guard let wanted else { return }
        // What a broker does not keep need not be taken down.
        if delivery.retain { topics.use(wanted.topic) }
        let payload = wanted.payload(adapters: adapters, gone: gone)
        queue.append(Message(topic: Array(wanted.topic.utf8), payload: payload, qos: delivery.qos, retain: delivery.retain))
    }

    /// - Parameter isLeaving: only what takes down.
    func next(isLeaving: Bool) -> Message? {
        guard let first = queue.first, !isLeaving || first.payload.isEmpty else { return nil }
        return first
    }

    func taken() {
        let message = queue.removeFirst()
        if message.payload.isEmpty { topics.cleared(String(decoding: message.topic, as: UTF8.self)) }
    }

    /// - Parameter isInFlight: the broker has not confirmed everything.
    func settle(_ isInFlight: Bool) { topics.settle(isInFlight) }
}

extension Message {
    /// An empty retained message, which takes what a broker keeps off the topic.
    init(clearing topic: String, _ qos: QoS) { self.init(topic: Array(topic.utf8), payload: [], qos: qos, retain: true) }
}
