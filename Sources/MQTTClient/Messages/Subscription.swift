#if Tools
public import MQTTWire

/// The messages of one or more topic filters.
///
/// As an asynchronous sequence it acknowledges each message when the loop asks for the next one: what the loop's body has not come to the end of is
/// not acknowledged, and comes again with the next connection of a persistent session.
///
/// ```swift
/// for try await message in try await client.subscribe(to: "sensors/#") {
///     print(message.topic, message.text ?? "")
/// }
/// ```
///
/// With `next()` each message comes with its acknowledgement, which the consumer gives when it is done with it:
///
/// ```swift
/// let subscription = try await client.subscribe(to: "sensors/#")
/// while let delivery = try await subscription.next() {
///     try await store(delivery.message)
///     delivery.acknowledge()
/// }
/// ```
///
/// Messages wait in memory up to `MQTTConfiguration.receiveBuffer` bytes, for all subscriptions together; then nothing more is read from the broker.
/// When nothing refers to a subscription any more, it ends: in a clean session by UNSUBSCRIBE; in a persistent one the broker goes on to
/// collect its messages for the next time.
public final class MQTTSubscription: Sendable {
    public let filters: [MQTTTopicFilter]
    /// What the broker granted for each filter.
    public let granted: [MQTTReasonCode]
    private let inbox: Inbox
    private let end: @Sendable () async throws -> Void
    /// What has to be there as long as this is.
    private let membership: Membership
    /// The prefix without which topics are shown; nil for all of them as they are.
    private let confinement: MQTTConfined?

    /// Leaves when nothing refers to the subscription any more.
    private final class Membership: Sendable {
        let number: UInt64
        let handle: ClientHandle

        init(_ number: UInt64, _ handle: ClientHandle) {
            self.number = number
            self.handle = handle
        }

        deinit { handle.leave(number) }
    }

    init(filters: [MQTTTopicFilter], granted: [MQTTReasonCode], inbox: Inbox, number: UInt64, handle: ClientHandle) {
        self.filters = filters
        self.granted = granted
        self.inbox = inbox
        membership = Membership(number, handle)
        confinement = nil
        end = { _ = try await handle.unsubscribe(filters) }
    }

    /// The same as one sees it who is confined.
    init(_ other: MQTTSubscription, below confinement: MQTTConfined) {
        filters = other.filters
        granted = other.granted
        inbox = other.inbox
        membership = other.membership
        end = other.end
        self.confinement = confinement
    }

    /// The message as it is to be seen; nil if it is not.
    private func shown(_ message: MQTTReceivedMessage) -> MQTTReceivedMessage? {
        guard let confinement else { return message }
        guard let topic = confinement.inner(message.topic) else { return nil }
        var message = message
        message.message.topic = topic
        return message
    }

    /// The next that is to be seen.
    fileprivate func nextShown() async throws -> (message: MQTTReceivedMessage, obligation: Obligation?)? {
        while let entry = try await inbox.next() {
            if let message = shown(entry.message) { return (message, entry.obligation) }
            entry.obligation?.settle(isAcknowledged: true)
        }
        return nil
    }

    /// The next message with its acknowledgement; nil at the end, and when the task is cancelled.
    public func next() async throws -> MQTTDelivery? {
        guard let (message, obligation) = try await nextShown() else { return nil }
        return MQTTDelivery(message: message, acknowledgement: MQTTAcknowledgement(obligation))
    }

    /// Ends it at the broker too. Messages that wait here can still be taken.
    public func unsubscribe() async throws {
        try await end()
        inbox.finish(.success(()))
    }
}

extension MQTTSubscription: AsyncSequence {
    public typealias Element = MQTTReceivedMessage

    public struct AsyncIterator: AsyncIteratorProtocol {
        /// The message that the loop's body is at.
        private final class Held {
            var obligation: Obligation?
            deinit { obligation?.settle(isAcknowledged: false) }
        }

        private let held = Held()
        // The subscription must not end while its loop runs.
        private let subscription: MQTTSubscription

        fileprivate init(_ subscription: MQTTSubscription) { self.subscription = subscription }

        public mutating func next() async throws -> MQTTReceivedMessage? {
            held.obligation?.settle(isAcknowledged: true)
            held.obligation = nil
            guard let (message, obligation) = try await subscription.nextShown() else { return nil }
            held.obligation = obligation
            return message
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
#endif
