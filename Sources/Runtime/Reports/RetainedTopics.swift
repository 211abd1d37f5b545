/// Topics on which a broker may hold a retained message of ours, with a record of them in the state directory: so that what is not wanted any
/// more can be cleared after a restart, too. Main thread only.
final class RetainedTopics {
    /// The records, each in a file of that name.
    enum Record: String, CaseIterable {
        case status
        case homeAssistant = "home-assistant"
    }

    private let files: FileWriter
    private let recordPath: String?
    private var topics: [String]
    /// Cleared, and the broker has not acknowledged it yet.
    private var unacknowledged: [String] = []
    /// Connections that ended before the broker had acknowledged it, by topic: one that allows no message there may close on it.
    private var losses: [String: Int] = [:]
    private static let mostLosses = 3

    init(_ record: Record, _ files: FileWriter, _ store: any FileStore) {
        self.files = files
        recordPath = store.stateDirectory.map { "\($0)/\(record.rawValue)" }
        topics = Self.parse(recordPath.flatMap { store.read($0) } ?? "")
    }

    /// The topics in a record. A line without an end was truncated, and one that is no topic was not written here.
    static func parse(_ record: String) -> [String] {
        record.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init).filter { line in
            !line.isEmpty && line.utf8.count <= 65_535 && !line.unicodeScalars.contains { "+#\0\u{FFFD}".unicodeScalars.contains($0) }
        }
    }

    /// A message is about to be put on the topic.
    func use(_ topic: String) {
        unacknowledged.removeAll { $0 == topic }
        guard !topics.contains(topic) else { return }
        topics.append(topic)
        save()
    }

    /// Topics that are to be cleared by an empty retained message, but for one.
    func obsolete(butFor topic: String?) -> [String] { 
        topics.filter { $0 != topic && !unacknowledged.contains($0) && losses[$0, default: 0] < Self.mostLosses }
    }

    /// The message that clears a topic has been handed over.
    func cleared(_ topic: String) { unacknowledged.append(topic) }

    /// - Parameter isInFlight: the broker has not acknowledged everything.
    func updateInFlight(_ isInFlight: Bool) {
        guard !isInFlight, !unacknowledged.isEmpty else { return }
        topics.removeAll(where: unacknowledged.contains)
        unacknowledged = []
        save()
    }

    /// The connection has ended: what the broker has not acknowledged is cleared again on the next, a few times; then after the next start.
    func disconnected() {
        for topic in unacknowledged { losses[topic, default: 0] += 1 }
        unacknowledged = []
    }

    private func save() {
        guard let recordPath else { return }
        if topics.isEmpty {
            files.remove(recordPath)
        } else {
            files.write(Array(topics.map { $0 + "\n" }.joined().utf8), to: recordPath)
        }
    }
}
