#if Tools
import Synchronization

/// Tells what happens to the connection to whoever listens; each listener has a place for so many events, and is told how many it has missed.
final class EventHub: Sendable {
    static let places = 64

    private struct State {
        var listeners: [UInt64: Listener] = [:]
        var next: UInt64 = 0
        var isFinished = false
    }

    final class Listener: Sendable {
        struct State {
            var events: [MQTTEvent] = []
            var missed = 0
            var isFinished = false
            var waiting: CheckedContinuation<MQTTEvent?, Never>?
        }
        let state = Mutex(State())

        func put(_ event: MQTTEvent?) {
            let waiting: CheckedContinuation<MQTTEvent?, Never>? = state.withLock { state in
                guard let event else {
                    state.isFinished = true
                    return state.waiting.take()
                }
                if let waiting = state.waiting.take() { return waiting }
                if state.events.count == EventHub.places {
                    state.events.removeFirst()
                    state.missed += 1
                }
                state.events.append(event)
                return nil
            }
            waiting?.resume(returning: event)
        }

        func next() async -> MQTTEvent? {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isCancelled = Task.isCancelled
                    let (isReady, event): (Bool, MQTTEvent?) = state.withLock { state in
                        if state.missed > 0 {
                            defer { state.missed = 0 }
                            return (true, .missed(state.missed))
                        }
                        if !state.events.isEmpty { return (true, state.events.removeFirst()) }
                        if state.isFinished || isCancelled { return (true, nil) }
                        state.waiting = continuation
                        return (false, nil)
                    }
                    if isReady { continuation.resume(returning: event) }
                }
            } onCancel: {
                state.withLock { $0.waiting.take() }?.resume(returning: nil)
            }
        }
    }

    private let state = Mutex(State())

    func listen() -> (UInt64, Listener) {
        let listener = Listener()
        let number = state.withLock { state in
            state.next += 1
            if state.isFinished { listener.put(nil) } else { state.listeners[state.next] = listener }
            return state.next
        }
        return (number, listener)
    }

    func leave(_ number: UInt64) { state.withLock { $0.listeners[number] = nil } }

    func report(_ event: MQTTEvent) {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.put(event) }
    }

    func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.put(nil) }
    }
}

/// What happens to the connection, from the moment at which it was asked for.
public struct MQTTEvents: AsyncSequence, Sendable {
    public typealias Element = MQTTEvent

    private let membership: Membership

    init(_ hub: EventHub) { membership = Membership(hub) }

    fileprivate final class Membership: Sendable {
        let listener: EventHub.Listener
        private let number: UInt64
        private let hub: EventHub

        init(_ hub: EventHub) {
            self.hub = hub
            (number, listener) = hub.listen()
        }

        deinit { hub.leave(number) }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let membership: Membership

        fileprivate init(_ membership: Membership) { self.membership = membership }

        public mutating func next() async -> MQTTEvent? { await membership.listener.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(membership) }
}
#endif
