#if Tools
public import MQTTWire

extension MQTTClient: MQTTMessaging {
    @discardableResult
    public func publish(_ message: MQTTMessage) async throws -> MQTTReasonCode { try await handle.publish(message) }

    public func publish(batch messages: [MQTTMessage]) async throws -> MQTTBatchResult {
        let results = await handle.publish(batch: messages)
        try Task.checkCancellation()
        var result = MQTTBatchResult()
        for (index, outcome) in results.enumerated() {
            switch outcome {
            case .success: result.published += 1
            case .failure(let error): result.failed.append(MQTTBatchResult.Failure(index: index, message: messages[index], error: error))
            }
        }
        return result
    }

    public func subscribe(_ requests: [MQTTSubscriptionRequest]) async throws -> MQTTSubscription {
        guard !requests.isEmpty else { throw MQTTError.invalidConfiguration("a subscription needs a topic filter") }
        let inbox = Inbox(await handle.budgetOfInboxes)
        let (codes, number) = try await handle.subscribe(requests, inbox)
        if let refused = codes.first(where: \.isFailure) {
            handle.leave(number)
            throw MQTTError.denied(refused, nil)
        }
        return MQTTSubscription(filters: requests.map(\.filter), granted: codes, inbox: inbox, number: number, handle: handle)
    }

    @discardableResult
    public func unsubscribe(from filters: [String]) async throws -> [MQTTReasonCode] {
        let parsed = try MQTTError.checkingTopics { () throws(MQTTTopicFault) in
            var parsed: [MQTTTopicFilter] = []
            for filter in filters { parsed.append(try MQTTTopicFilter(filter)) }
            return parsed
        }
        return parsed.isEmpty ? [] : try await handle.unsubscribe(parsed)
    }

    public func retained(at topic: String, patience: Duration) async throws -> MQTTMessage? {
        try MQTTError.checkingTopics { () throws(MQTTTopicFault) in try TopicName.validate(topic) }
        var configuration = configuration
        configuration.session = .clean
        configuration.will = nil
        // Another identifier: with the same one the broker would end this client's connection.
        if !configuration.clientID.isEmpty { configuration.clientID += "-retained-\(UInt32.random(in: 0 ... .max))" }
        return try await Self.withConnection(configuration) { client in
            let subscription = try await client.subscribe(to: topic)
            return try await withThrowingTaskGroup(of: MQTTMessage?.self) { group in
                group.addTask {
                    for try await message in subscription where message.isRetained { return message.message }
                    return nil
                }
                group.addTask {
                    _ = try await client.ping()
                    try await Task.sleep(for: patience)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        }
    }

    public var subscriptions: [MQTTSubscriptionRequest] { get async { await handle.subscribedFilters } }
}
#endif
