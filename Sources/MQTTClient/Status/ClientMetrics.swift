#if Tools
import Metrics

/// What is counted through swift-metrics.
struct ClientMetrics {
    let connects: Counter
    let disconnects: Counter
    let messagesPublished: Counter
    let messagesReceived: Counter
    let bytesSent: Counter
    let bytesReceived: Counter

    init(prefix: String) {
        connects = Counter(label: "\(prefix)_connects")
        disconnects = Counter(label: "\(prefix)_disconnects")
        messagesPublished = Counter(label: "\(prefix)_messages_published")
        messagesReceived = Counter(label: "\(prefix)_messages_received")
        bytesSent = Counter(label: "\(prefix)_bytes_sent")
        bytesReceived = Counter(label: "\(prefix)_bytes_received")
    }
}
#endif
