/// Topics on which a broker may hold a retained message of ours, with a note of them in the state directory: so that what is not wanted any
/// more can be cleared after a restart, too. Main thread only.
final class RetainedTopics {
    /// What is noted, each in a file of that name.
    enum Note: String, CaseIterable {
        case status
        case homeAssistant = "home-assistant"
    }

    private let files: FileWriter
    private let notePath: String?
    private var topics: [String]
    /// Cleared, and the broker has not confirmed it yet.
    private var unconfirmed: [String] = []
    /// Connections that ended before the broker had confirmed it, by topic: one that allows no message there may close on it.
    private var losses: [String: Int] = [:]
    private static let mostLosses = 3

    init(_ note: Note, _ files: FileWriter, _ store: any FileStore) {
        self.files = files
        notePath = store.stateDirectory.map { "\($0)/\(note.rawValue)" }
        topics = Self.parse(notePath.flatMap { store.read($0) } ?? "")
    }

    /// The topics in a note. A line without an end was cut, and one that is no topic was not written here.
    static func parse(_ note: String) -> [String] {
        note.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init).filter { line in
            !line.isEmpty && line.utf8.count <= 65_535 && !line.unicodeScalars.contains { "+#\0\u{FFFD}".unicodeScalars.contains($0) }
        }
    }

    /// A message is about to be put on the topic.
    func use(_ topic: String) {
        unconfirmed.removeAll { $0 == topic }
        guard !topics.contains(topic) else { return }
        topics.append(topic)
        note()
    }

    /// Topics that are to be cleared by an empty retained message, but for one.
    func obsolete(butFor topic: String?) -> [String] { 
        topics.filter { $0 != topic && !unconfirmed.contains($0) && losses[$0, default: 0] < Self.mostLosses }
    }

    /// The message that clears a topic is on its way.
    func cleared(_ topic: String) { unconfirmed.append(topic) }

    /// - Parameter isInFlight: the broker has not confirmed everything.
    func settle(_ isInFlight: Bool) {
        guard !isInFlight, !unconfirmed.isEmpty else { return }
        topics.removeAll(where: unconfirmed.contains)
        unconfirmed = []
        note()
    }

    /// The connection has ended: what the broker has not confirmed is cleared again on the next, a few times; then after the next start.
    func disconnected() {
        for topic in unconfirmed { losses[topic, default: 0] += 1 }
        unconfirmed = []
    }

    private func note() {
        guard let notePath else { return }
        if topics.isEmpty {
            files.remove(notePath)
        } else {
            files.write(Array(topics.map { $0 + "\n" }.joined().utf8), to: notePath)
        }
    }
}
