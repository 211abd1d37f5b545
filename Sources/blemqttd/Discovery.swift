import Agent
import Linux
import MQTTWire

/// Home Assistant's discovery message: put up where it is wanted, and taken down where it is not any more, after a restart too, by a
/// note in the state folder. Main thread only.
final class Discovery {
    private let files: FileWriter
    private let notePath: String?
    private var wanted: HomeAssistantDevice?
    /// Topics on which a broker may hold a message of ours.
    private var posted: [String]
    private var adapters: [String] = []
    /// Adapters that were told of and are no more.
    private var gone: [String] = []
    private var queue: [Message] = []
    /// Topics whose message has been taken down, which the broker has not confirmed yet.
    private var unconfirmed: [String] = []
    private var isConnected = false

    init(_ wanted: HomeAssistantDevice?, _ files: FileWriter) {
        self.files = files
        self.wanted = wanted
        notePath = ServiceFolder.state.map { "\($0)/home-assistant" }
        let note = notePath.flatMap { AtomicFile.read($0) } ?? ""
        posted = note.split(separator: "\n").map(String.init)
    }

    func connected() {
        isConnected = true
        unconfirmed = []
        queue = []
        update()
    }

    func disconnected() {
        isConnected = false
        unconfirmed = []
        queue = []
    }

    /// What is to be put up from now on; nil for nothing.
    func want(_ new: HomeAssistantDevice?) {
        guard new != wanted else { return }
        wanted = new
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
        queue = []
        for topic in posted where topic != wanted?.topic && !unconfirmed.contains(topic) { queue.append(Self.message(topic, [])) }
        guard let wanted else { return }
        if !posted.contains(wanted.topic) {
            posted.append(wanted.topic)
            note()
        }
        unconfirmed.removeAll { $0 == wanted.topic }
        queue.append(Self.message(wanted.topic, wanted.payload(adapters: adapters, gone: gone)))
    }

    private static func message(_ topic: String, _ payload: [UInt8]) -> Message {
        Message(topic: Array(topic.utf8), payload: payload, qos: .atLeastOnce, retain: true)
    }

    /// - Parameter isLeaving: only what takes down.
    func next(isLeaving: Bool) -> Message? {
        guard let first = queue.first, !isLeaving || first.payload.isEmpty else { return nil }
        return first
    }

    func taken() {
        let message = queue.removeFirst()
        if message.payload.isEmpty { unconfirmed.append(String(decoding: message.topic, as: UTF8.self)) }
    }

    /// - Parameter isInFlight: the broker has not confirmed everything.
    func settle(_ isInFlight: Bool) {
        guard !isInFlight, !unconfirmed.isEmpty else { return }
        posted.removeAll(where: unconfirmed.contains)
        unconfirmed = []
        note()
    }

    private func note() {
        guard let notePath else { return }
        if posted.isEmpty {
            files.remove(notePath)
        } else {
            files.write(Array(posted.map { $0 + "\n" }.joined().utf8), to: notePath)
        }
    }
}
