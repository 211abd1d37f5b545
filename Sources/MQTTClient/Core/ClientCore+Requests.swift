#if Tools
import MQTTWire

extension ClientCore {
    func publish(_ message: MQTTMessage, _ token: UInt64) {
        // Those that wait for room come first.
        if !blocked.isEmpty || !admit(message, token) { blocked.append((message, token)) }
    }

    /// False if there is no room for it now.
    private func admit(_ message: MQTTMessage, _ token: UInt64) -> Bool {
        switch session.publish(message, token: token, at: now) {
        case .accepted: break
        case .busy: return false
        case .failed(let fault): resume(token, .failure(MQTTError(fault)))
        }
        return true
    }

    /// Hands over the messages that wait for room, as far as there is any.
    func admitBlocked() {
        while let (message, token) = blocked.first, admit(message, token) { blocked.removeFirst() }
    }

    func subscribe(_ requests: [MQTTSubscriptionRequest], _ identifier: UInt32, _ token: UInt64) {
        if case .busy = session.subscribe(requests, identifier: identifier, token: token) { resume(token, .failure(.notSupported("so many requests at a time"))) }
    }

    func unsubscribe(_ filters: [MQTTTopicFilter], _ token: UInt64) {
        if case .busy = session.unsubscribe(filters, token: token) { resume(token, .failure(.notSupported("so many requests at a time"))) }
    }

    /// A request's task has been cancelled.
    func cancel(_ token: UInt64) {
        if let index = blocked.firstIndex(where: { $0.token == token }) {
            blocked.remove(at: index)
        } else {
            _ = session.cancel(token: token)
        }
        planStep()
    }

    func leave(_ number: UInt64) {
        guard let index = routes.firstIndex(where: { $0.number == number }) else { return }
        let route = routes.remove(at: index)
        route.inbox.finish(.success(()), discardingRest: true)
        guard !isPersistent, !hasEnded else { return }
        // Another subscription may have the same filter.
        let unused = route.filters.filter { filter in !routes.contains { $0.filters.contains(filter) } && session.subscribedFilters.contains { $0.filter == filter } }
        guard !unused.isEmpty else { return }
        unsubscribe(unused, 0)
        planStep()
    }
}
#endif
