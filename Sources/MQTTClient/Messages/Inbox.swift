#if Tools
import NIOCore
import Synchronization

/// Messages that wait for the consumer of a subscription.
///
/// The event loop puts in, the consumer takes out, each on its own thread. How much may wait is bounded for all inboxes of a client together, by
/// `ReceiveBudget`.
final class Inbox: Sendable {
    struct Entry: Sendable {
        var message: MQTTReceivedMessage
        /// Nil at QoS 0.
        var obligation: Obligation?
        var cost: Int
        /// The connection that it came on.
        var connection: UInt64
    }

    private struct State {
        var entries = CircularBuffer<Entry>()
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Entry?, any Error>)] = []
        var nextID: UInt64 = 0
        var end: Result<Void, MQTTError>?
    }

    private let state = Mutex(State())
    private let budget: ReceiveBudget

    init(_ budget: ReceiveBudget) { self.budget = budget }

    deinit { finish(.success(()), discardingRest: true) }

    /// False if nobody will take it.
    func put(_ entry: Entry) -> Bool {
        let (isTaken, waiting): (Bool, CheckedContinuation<Entry?, any Error>?) = state.withLock { state in
            guard state.end == nil else { return (false, nil) }
            guard state.waiting.isEmpty else { return (true, state.waiting.removeFirst().continuation) }
            state.entries.append(entry)
            budget.add(entry.cost)
            return (true, nil)
        }
        waiting?.resume(returning: entry)
        return isTaken
    }

    /// The next message; nil at the end, and when the task is cancelled.
    func next() async throws -> Entry? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enum Answer {
                    case entry(Entry)
                    case end(Result<Void, MQTTError>)
                    case none
                }
                let isCancelled = Task.isCancelled
                let answer: Answer = state.withLock { state in
                    if let entry = state.entries.popFirst() { return .entry(entry) }
                    if let end = state.end { return .end(end) }
                    if isCancelled { return .end(.success(())) }
                    state.waiting.append((id, continuation))
                    return .none
                }
                switch answer {
                case .entry(let entry):
                    budget.remove(entry.cost)
                    continuation.resume(returning: entry)
                case .end(.success): continuation.resume(returning: nil)
                case .end(.failure(let error)): continuation.resume(throwing: error)
                case .none: break
                }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            waiting?.resume(returning: nil)
        }
    }

    /// Messages of QoS 1 that nobody has taken and that the broker is about to deliver again are let go.
    func forgetRedelivered(before connection: UInt64) {
        let gone = state.withLock { state in
            let gone = state.entries.filter { $0.connection < connection && $0.message.qos == .atLeastOnce }
            state.entries.removeAll { $0.connection < connection && $0.message.qos == .atLeastOnce }
            return gone
        }
        for entry in gone { budget.remove(entry.cost) }
    }

    /// Nothing more comes. What waits can still be taken, unless the consumer is gone too.
    func finish(_ end: Result<Void, MQTTError>, discardingRest: Bool = false) {
        let (waiting, rest) = state.withLock { state in
            state.end = state.end ?? end
            defer { state.waiting = [] }
            var rest: [Entry] = []
            if discardingRest {
                rest = Array(state.entries)
                state.entries.removeAll()
            }
            return (state.waiting, rest)
        }
        for entry in rest {
            budget.remove(entry.cost)
            entry.obligation?.settle(isAcknowledged: false)
        }
        for (_, continuation) in waiting {
            switch end {
            case .success: continuation.resume(returning: nil)
            case .failure(let error): continuation.resume(throwing: error)
            }
        }
    }
}

/// Bytes that wait in all inboxes of a client; by which it is decided whether to read on from the broker.
final class ReceiveBudget: Sendable {
    let limit: Int
    private let used = Atomic<Int>(0)
    /// Reading has stopped, and is to go on once half of the limit is free.
    private let isStopped = Atomic<Bool>(false)
    private let resume: @Sendable () -> Void

    init(limit: Int, resume: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.resume = resume
    }

    var bytes: Int { used.load(ordering: .relaxed) }

    func add(_ cost: Int) { used.add(cost, ordering: .relaxed) }

    func remove(_ cost: Int) {
        let left = used.subtract(cost, ordering: .sequentiallyConsistent).newValue
        guard left <= limit / 2, isStopped.load(ordering: .sequentiallyConsistent) else { return }
        if isStopped.exchange(false, ordering: .sequentiallyConsistent) { resume() }
    }

    /// Reading stops; unless there is room again already, of which `resume` may not have told.
    func stop() {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        if used.load(ordering: .sequentiallyConsistent) <= limit / 2, isStopped.exchange(false, ordering: .sequentiallyConsistent) { resume() }
    }
}
#endif
