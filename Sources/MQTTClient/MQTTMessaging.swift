#if Tools
public import MQTTWire

/// What a program does with messages: of a client, and of one that is confined to the topics below a prefix.
///
/// Programs that are written against this can be tested without a broker.
public protocol MQTTMessaging: Sendable {
    /// Publishes a message. Returns when its QoS is fulfilled: at 0 when it has been sent, at 1 and 2 when the broker has taken it on; until then it
    /// is sent again on each new connection. While `sendBuffer` is full it waits for room first.
    /// - Returns: `success`, or with MQTT 5 that nobody has subscribed to it.
    /// - Throws: `MQTTError` with the broker's reason; `CancellationError` if the task is cancelled, in which case the message is published or not.
    @discardableResult
    func publish(_ message: MQTTMessage) async throws -> MQTTReasonCode

    /// Publishes many messages, in their order and without waiting for one before the next. Those that fail keep no others from being published.
    /// - Throws: `CancellationError` only.
    func publish(batch messages: [MQTTMessage]) async throws -> MQTTBatchResult

    /// Subscribes with all options. Before the client is connected it may be called too: it then returns when there is a connection and the broker has
    /// answered.
    /// - Throws: `MQTTError.denied` with the broker's reason if it denies one of the filters, of which it then grants none.
    func subscribe(_ requests: [MQTTSubscriptionRequest]) async throws -> MQTTSubscription

    /// Takes filters back, whichever subscription of this client has them; those of an earlier process too, in a persistent session.
    /// - Returns: of each, whether there was such a subscription, as far as the broker says: MQTT 3.1.1 does not.
    @discardableResult
    func unsubscribe(from filters: [String]) async throws -> [MQTTReasonCode]

    /// The message that the broker keeps for a topic; nil if none.
    ///
    /// It is asked for on a connection of its own, so that subscriptions of this client get nothing twice. That there is none is known once the
    /// broker has answered what was sent after the subscription, and `patience` more has passed.
    func retained(at topic: String, patience: Duration) async throws -> MQTTMessage?

    /// The filters that the broker has granted.
    var subscriptions: [MQTTSubscriptionRequest] { get async }
}

/// What became of a batch.
public struct MQTTBatchResult: Sendable {
    public struct Failure: Sendable {
        /// Index in the batch.
        public var index: Int
        public var message: MQTTMessage
        public var error: any Error
    }

    public var published = 0
    /// In the order of the batch.
    public var failed: [Failure] = []
}

extension MQTTMessaging {
    /// Publishes bytes.
    @discardableResult
    public func publish(
        _ payload: [UInt8], to topic: String, qos: MQTTQoS = .atMostOnce, retain: Bool = false, properties: MQTTProperties = MQTTProperties()
    ) async throws -> MQTTReasonCode {
        try await publish(MQTTMessage(topic: topic, payload: payload, qos: qos, retain: retain, properties: properties))
    }

    /// Publishes text, as UTF-8.
    @discardableResult
    public func publish(
        _ text: String, to topic: String, qos: MQTTQoS = .atMostOnce, retain: Bool = false, properties: MQTTProperties = MQTTProperties()
    ) async throws -> MQTTReasonCode {
        try await publish(MQTTMessage(topic: topic, text: text, qos: qos, retain: retain, properties: properties))
    }

    /// Publishes a value as JSON, with the keys in the order of the alphabet.
    /// - Throws: `MQTTError.payload` if the value cannot be encoded; else as the others.
    @discardableResult
    public func publishJSON(
        _ value: some Encodable, to topic: String, qos: MQTTQoS = .atMostOnce, retain: Bool = false, properties: MQTTProperties = MQTTProperties()
    ) async throws -> MQTTReasonCode {
        try await publish(try JSON.encode(value), to: topic, qos: qos, retain: retain, properties: properties)
    }

    /// Subscribes to a topic filter.
    /// - Throws: `MQTTError.denied` with the broker's reason; `invalidTopic`.
    public func subscribe(to filter: String, qos: MQTTQoS = .atLeastOnce) async throws -> MQTTSubscription {
        try await subscribe(to: [filter], qos: qos)
    }

    /// Subscribes to several topic filters, whose messages come in one sequence.
    /// - Throws: `MQTTError.denied` with the broker's reason if it denies one of them, of which it then grants none; `invalidTopic`.
    public func subscribe(to filters: [String], qos: MQTTQoS = .atLeastOnce) async throws -> MQTTSubscription {
        try await subscribe(try MQTTError.checkingTopics { () throws(MQTTTopicFault) in
            var requests: [MQTTSubscriptionRequest] = []
            for filter in filters { requests.append(MQTTSubscriptionRequest(try MQTTTopicFilter(filter), qos: qos)) }
            return requests
        })
    }

    /// Has the broker keep a message for later subscribers of its topic, in place of the one before.
    /// - Throws: `MQTTError.payload` for an empty one, which would delete what is kept.
    public func setRetained(_ payload: [UInt8], at topic: String, qos: MQTTQoS = .atLeastOnce, properties: MQTTProperties = MQTTProperties()) async throws {
        guard !payload.isEmpty else { throw MQTTError.payload("is empty, which would delete the retained message") }
        try await publish(payload, to: topic, qos: qos, retain: true, properties: properties)
    }

    /// The message that the broker keeps for a topic; nil if none.
    public func retained(at topic: String) async throws -> MQTTMessage? { try await retained(at: topic, patience: .milliseconds(500)) }

    /// Has the broker forget the message that it keeps for a topic.
    public func deleteRetained(at topic: String, qos: MQTTQoS = .atLeastOnce) async throws {
        try await publish([UInt8](), to: topic, qos: qos, retain: true)
    }

    /// The same with the topics below a prefix and no others: for one of several tenants, say.
    /// - Throws: `MQTTError.invalidTopic` for a prefix that is empty or has wildcards.
    public func confined(to prefix: String) throws(MQTTError) -> MQTTConfined { try MQTTConfined(self, prefix: prefix) }
}

extension MQTTError {
    static func checkingTopics<Value>(_ body: () throws(MQTTTopicFault) -> Value) throws(MQTTError) -> Value {
        do throws(MQTTTopicFault) {
            return try body()
        } catch {
            throw .invalidTopic(error)
        }
    }
}
#endif
