#if Tools
import Logging
import MQTTWire
import NIOCore

/// A subscription of this client: where messages of which filters go.
struct Route {
    var number: UInt64
    var filters: [MQTTTopicFilter]
    var inbox: Inbox
    /// With which the broker marks its messages, where it does.
    var identifier: UInt32
}

extension ClientCore {
    /// Does what the session has said.
    func dispatch() {
        while session.hasEvents {
            for event in session.takeEvents() {
                switch event {
                case .accepted(let acceptance): accepted(acceptance)
                case .message(let delivery): deliver(delivery)
                case .finished(let token, let result):
                    switch result {
                    case .success(let completion):
                        if case .published = completion { metrics?.messagesPublished.increment() }
                        resume(token, .success(completion))
                    case .failure(let fault): resume(token, .failure(MQTTError(fault)))
                    }
                case .answered:
                    for (_, sentAt, continuation) in pings { continuation.resume(returning: .nanoseconds(Int64(now - sentAt))) }
                    pings = []
                case .subscriptionLost(let filter, let code):
                    logger.warning("the broker refuses a subscription that it had granted", metadata: ["filter": "\(filter)", "reason": "\(code)"])
                    events.report(.subscriptionLost(filter, code))
                case .close(let reason): close(reason)
                }
            }
        }
    }

    func resume(_ token: UInt64, _ result: Result<ClientSession.Completion, MQTTError>) {
        waiting.removeValue(forKey: token)?(result.mapError { $0 })
    }

    private func accepted(_ acceptance: MQTTAcceptance) {
        plan.accepted(at: now)
        status.acceptance = acceptance
        status.connection = .connected(to: broker, acceptance.version)
        metrics?.connects.increment()
        logger.info(
            "connected", metadata: ["broker": "\(broker)", "version": "\(acceptance.version)", "session_present": "\(acceptance.sessionPresent)"])
        events.report(.connected(broker, acceptance))
        if acceptance.sessionPresent {
            // They come again, with those that were not acknowledged.
            for route in routes { route.inbox.forgetRedelivered(before: connection) }
            forgetUnclaimed { $0.connection < self.connection && $0.message.qos == .atLeastOnce }
        }
        for continuation in forConnection { continuation.resume() }
        forConnection = []
    }

    private func close(_ reason: ClientSession.CloseReason) {
        closeReason = closeReason ?? reason
        closesOnceSent = true
    }

    // MARK: Messages

    private func deliver(_ delivery: ClientSession.Delivery) {
        metrics?.messagesReceived.increment()
        let received = MQTTReceivedMessage(message: delivery.message, isDuplicate: delivery.isDuplicate, packetID: delivery.packetID)
        if delivery.number == nil, budget.bytes > 2 * budget.limit {
            // Reading goes on only for an answer that stands behind.
            status.dropped += 1
            return
        }
        let takers = takers(of: delivery.message)
        let obligation = delivery.number.map { Obligation($0, answers, shares: max(1, takers.count)) }
        let entry = Inbox.Entry(message: received, obligation: obligation, cost: delivery.cost, connection: connection)
        guard !takers.isEmpty else { return keepUnclaimed(entry) }
        for index in takers where !routes[index].inbox.put(entry) { obligation?.settle(isAcknowledged: false) }
    }

    private func takers(of message: MQTTMessage) -> [Int] {
        if routes.count == 1 { return routes[0].filters.contains { $0.matches(message.topic) } ? [0] : [] }
        let matching = routes.indices.filter { index in routes[index].filters.contains { $0.matches(message.topic) } }
        guard matching.count > 1 else { return matching }
        // A broker that marks messages may send one for each subscription.
        let identifiers = message.properties.subscriptionIdentifiers
        let marked = matching.filter { identifiers.contains(routes[$0].identifier) }
        return marked.isEmpty ? matching : marked
    }

    /// Nobody takes it: the session of an earlier process may have had a subscription that this one is about to make.
    private func keepUnclaimed(_ entry: Inbox.Entry) {
        status.unclaimed += 1
        guard let obligation = entry.obligation, store != nil || isPersistent else {
            entry.obligation?.settle(isAcknowledged: true)
            return
        }
        if unclaimed.isEmpty, unclaimedBytes == 0 {
            logger.warning(
                "a message came that no subscription of this client takes; unsubscribe from its filter if there is to be none",
                metadata: ["topic": "\(entry.message.topic)"])
        }
        guard unclaimedBytes + entry.cost <= budget.limit / 2 else { return obligation.settle(isAcknowledged: false) }
        unclaimed.append(entry)
        unclaimedBytes += entry.cost
    }

    var isPersistent: Bool { if case .persistent = configuration.session { true } else { false } }

    func claim(_ route: Route) {
        let claimed = unclaimed.filter { entry in route.filters.contains { $0.matches(entry.message.topic) } }
        forgetUnclaimed { entry in route.filters.contains { $0.matches(entry.message.topic) } }
        for entry in claimed where !route.inbox.put(entry) { entry.obligation?.settle(isAcknowledged: false) }
    }

    private func forgetUnclaimed(_ isGone: (Inbox.Entry) -> Bool) {
        unclaimedBytes -= unclaimed.reduce(0) { $0 + (isGone($1) ? $1.cost : 0) }
        unclaimed.removeAll(where: isGone)
    }
}
#endif
