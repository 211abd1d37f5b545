import MQTTWire

extension PublishSession.Refusal {
    /// What is not sent, and why, for the log.
    var explanation: String {
        switch self {
        case .sizes(let size, let time):
            "messages of \(size) bytes and more are dropped for \(time / 1_000_000_000) s: the broker closes the connection on them"
                + " (does it limit the size of packets?)"
        case .messages(let count):
            "\(count == 1 ? "a message is" : "\(count) messages are") not sent again: three connections have ended on it"
        }
    }
}
