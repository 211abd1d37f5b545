#if Tools
public import MQTTWire

/// A client that is confined to the topics below a prefix: what it publishes goes there, what it subscribes to is there, and it sees topics without
/// the prefix. No topic or filter leads out: `#` is everything below the prefix, and `$SYS/…` or `../x` are names like others.
public struct MQTTConfined: MQTTMessaging {
    private let base: any MQTTMessaging
    /// Without the slash at its end.
    public let prefix: String

    init(_ base: any MQTTMessaging, prefix: String) throws(MQTTError) {
        let name = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
        try MQTTError.checkingTopics { () throws(MQTTTopicFault) in try TopicName.validate(name) }
        self.base = base
        self.prefix = name
    }

    private func outer(_ message: MQTTMessage) throws -> MQTTMessage {
        // Checked before: an empty name would become a valid one.
        try MQTTError.checkingTopics { () throws(MQTTTopicFault) in try TopicName.validate(message.topic) }
        var message = message
        message.topic = "\(prefix)/\(message.topic)"
        if let response = message.properties.responseTopic { message.properties.responseTopic = "\(prefix)/\(response)" }
        return message
    }

    private func outer(_ filter: MQTTTopicFilter) throws -> MQTTTopicFilter {
        let share = filter.shareName.map { "$share/\($0)/" } ?? ""
        return try MQTTError.checkingTopics { () throws(MQTTTopicFault) in try MQTTTopicFilter("\(share)\(prefix)/\(filter.pattern)") }
    }

    /// The topic as it is called below the prefix; nil if it is not there.
    func inner(_ topic: String) -> String? {
        guard topic.utf8.starts(with: "\(prefix)/".utf8) else { return nil }
        let rest = topic.utf8.dropFirst(prefix.utf8.count + 1)
        return rest.isEmpty ? nil : String(rest)
    }

    @discardableResult
    public func publish(_ message: MQTTMessage) async throws -> MQTTReasonCode { try await base.publish(try outer(message)) }

    public func publish(batch messages: [MQTTMessage]) async throws -> MQTTBatchResult {
        var result = MQTTBatchResult()
        var sent: [MQTTMessage] = []
        var places: [Int] = []
        for (index, message) in messages.enumerated() {
            do {
                sent.append(try outer(message))
                places.append(index)
            } catch {
                result.failed.append(MQTTBatchResult.Failure(index: index, message: message, error: error))
            }
        }
        let inner = try await base.publish(batch: sent)
        result.published = inner.published
        result.failed += inner.failed.map { MQTTBatchResult.Failure(index: places[$0.index], message: messages[places[$0.index]], error: $0.error) }
        result.failed.sort { $0.index < $1.index }
        return result
    }

    public func subscribe(_ requests: [MQTTSubscriptionRequest]) async throws -> MQTTSubscription {
        let subscription = try await base.subscribe(
            try requests.map { request in
                var request = request
                request.filter = try outer(request.filter)
                return request
            })
        return MQTTSubscription(subscription, below: self)
    }

    @discardableResult
    public func unsubscribe(from filters: [String]) async throws -> [MQTTReasonCode] {
        let parsed = try filters.map { text in try MQTTError.checkingTopics { () throws(MQTTTopicFault) in try MQTTTopicFilter(text) } }
        return try await base.unsubscribe(from: try parsed.map { try outer($0).text })
    }

    public func retained(at topic: String, patience: Duration) async throws -> MQTTMessage? {
        try MQTTError.checkingTopics { () throws(MQTTTopicFault) in try TopicName.validate(topic) }
        guard var message = try await base.retained(at: "\(prefix)/\(topic)", patience: patience) else { return nil }
        message.topic = topic
        return message
    }

    public var subscriptions: [MQTTSubscriptionRequest] {
        get async {
            await base.subscriptions.compactMap { request in
                guard let pattern = inner(request.filter.pattern), let filter = try? MQTTTopicFilter(request.filter.shareName.map { "$share/\($0)/\(pattern)" } ?? pattern)
                else { return nil }
                var request = request
                request.filter = filter
                return request
            }
        }
    }
}
#endif
