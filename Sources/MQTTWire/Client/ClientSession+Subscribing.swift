import Bytes

/// A subscription that the broker has granted.
struct Subscription: Sendable {
    var request: SubscriptionRequest
    var identifier: UInt32?
}

extension ClientSession {
    /// Filters of one SUBSCRIBE by which the subscriptions are asked for again after a session was lost.
    static let filtersAtOnce = 100

    /// The filters that are subscribed to, as far as the broker has granted them, in the order of their subscription.
    public var subscribedFilters: [SubscriptionRequest] { subscriptions.map(\.request) }

    /// Subscribes; at once, or with the next connection.
    /// - Parameters:
    ///   - identifier: with which the broker marks the messages, 1…268,435,455; not sent to one that has no such marks.
    ///   - token: by which `Event.finished` tells what came of it.
    public mutating func subscribe(_ requests: [SubscriptionRequest], identifier: UInt32?, token: UInt64) -> PublishResult {
        precondition(!requests.isEmpty)
        return control(.subscribe(requests, identifier: identifier), token: token)
    }

    public mutating func unsubscribe(_ filters: [TopicFilter], token: UInt64) -> PublishResult {
        precondition(!filters.isEmpty)
        subscriptions.removeAll { filters.contains($0.request.filter) }
        return control(.unsubscribe(filters), token: token)
    }

    /// SUBSCRIBE and UNSUBSCRIBE do not wait for the window of messages [MQTT-4.9.0-3].
    private mutating func control(_ request: Outgoing.Request, token: UInt64?) -> PublishResult {
        guard outgoing.span < Int(Self.identifiers) else { return .busy }
        let number = outgoing.append(Outgoing(token: token, request: request, cost: 0))
        if state == .online { sendControl(number) }
        return .accepted
    }

    private mutating func sendControl(_ number: UInt64) {
        guard let entry = outgoing[number], !entry.isSent else { return }
        let start = output.count
        switch entry.request {
        case .publish: return
        case .subscribe(let requests, let identifier):
            if let fault = refusal(of: requests) { return finish(number, .failure(fault)) }
            output.appendSubscribe(
                requests, identifier: acceptance?.hasSubscriptionIdentifiers == true ? identifier : nil, packetID: Self.packetID(number),
                version: version)
        case .unsubscribe(let filters): output.appendUnsubscribe(filters, packetID: Self.packetID(number), version: version)
        }
        if let fault = tooLarge(output.count - start) {
            output.removeLast(output.count - start)
            return finish(number, .failure(fault))
        }
        outgoing[number]?.isSent = true
        outgoing[number]?.stage = .sent
    }

    private func refusal(of requests: [SubscriptionRequest]) -> RequestFault? {
        guard let acceptance else { return nil }
        if !acceptance.hasWildcardSubscriptions, requests.contains(where: \.filter.hasWildcard) {
            return .subscriptionNotSupported(.wildcardSubscriptionsNotSupported)
        }
        if !acceptance.hasSharedSubscriptions, requests.contains(where: { $0.filter.shareName != nil }) {
            return .subscriptionNotSupported(.sharedSubscriptionsNotSupported)
        }
        return nil
    }

    /// SUBACK or UNSUBACK.
    /// - Returns: whether it answers anything.
    mutating func answered(_ packetID: UInt16, _ codes: [ReasonCode], _ properties: Properties) -> Bool {
        guard let number = number(of: packetID), let entry = outgoing[number] else { return false }
        switch entry.request {
        case .publish: return false
        case .unsubscribe(let filters):
            finish(number, .success(.unsubscribed(codes.isEmpty ? filters.map { _ in .success } : codes)))
        case .subscribe(let requests, let identifier):
            guard codes.count == requests.count else {
                close(.protocolViolation(DecodeError(.invalid, at: 2, in: "SUBACK reason codes")), .protocolError)
                return true
            }
            for (request, code) in zip(requests, codes) {
                subscriptions.removeAll { $0.request.filter == request.filter }
                if !code.isFailure {
                    subscriptions.append(Subscription(request: request, identifier: identifier))
                } else if entry.isRenewal {
                    events.append(.subscriptionLost(request.filter, code))
                }
            }
            finish(number, .success(.subscribed(codes)))
        }
        return true
    }

    /// CONNACK has accepted: what is to be done before messages flow.
    /// - Parameters:
    ///   - isKnown: the broker has the session.
    ///   - isCertain: it is the one that this side knows, and not one that began with a CONNECT whose CONNACK was lost.
    mutating func resume(isKnown: Bool, isCertain: Bool) {
        if !isKnown {
            forgetSession()
            parked = [:]
            if !released.isEmpty { operations.append(.forgetReceived) }
            released = []
            releasedDigests = [:]
        }
        if !isKnown || !isCertain {
            for number in Array(outgoing.numbers) where outgoing[number]?.isRenewal == true { finish(number, nil) }
            renewSubscriptions()
        }
        for number in Array(outgoing.numbers) { sendControl(number) }
    }

    private mutating func renewSubscriptions() {
        var start = 0
        while start < subscriptions.count {
            let identifier = subscriptions[start].identifier
            let end = subscriptions[start...].prefix(Self.filtersAtOnce).firstIndex { $0.identifier != identifier }
                ?? min(start + Self.filtersAtOnce, subscriptions.count)
            let request = Outgoing.Request.subscribe(subscriptions[start..<end].map(\.request), identifier: identifier)
            var entry = Outgoing(token: nil, request: request, cost: 0)
            entry.isRenewal = true
            sendControl(outgoing.append(entry))
            start = end
        }
    }
}
