#if Tools
import Logging
import MQTTWire
import NIOCore
import NIOPosix

/// A client's mind on its event loop: hands events to the session, and does what the session says. Confined to that loop.
final class ClientCore {
    enum Phase {
        case idle
        case running
        /// No attempt any more; what is unacknowledged may be finished until then.
        case shuttingDown(until: UInt64)
        case ended
    }

    let eventLoop: any EventLoop
    let configuration: MQTTConfiguration
    let budget: ReceiveBudget
    let answers: AnswerBox
    var logger: Logger
    let metrics: ClientMetrics?
    var phase = Phase.idle
    /// Why it had to end; nil if it was told to.
    var failure: MQTTError?
    var session: ClientSession
    var plan: ConnectionPlan
    var status = MQTTStatus()
    let events = EventHub()

    // The connection.
    /// Counts attempts, so that what comes late from an earlier one is known as such.
    var connection: UInt64 = 0
    var channel: (any Channel)?
    var broker: BrokerAddress { configuration.brokers[plan.next.broker] }
    var isAttempting = false
    var attemptStart: UInt64 = 0
    private var timer: Scheduled<Void>?
    private var timerAt: UInt64 = .max
    var closeReason: ClientSession.CloseReason?
    var transportError: (any Error)?
    var isReading = true
    /// The connection is to be closed once all that was put out for it, a DISCONNECT above all, has been sent.
    var closesOnceSent = false

    // Requests.
    var nextToken: UInt64 = 1
    typealias Answer = (Result<ClientSession.Completion, any Error>) -> Void
    var waiting: [UInt64: Answer] = [:]
    /// Messages for which there was no room, in order.
    var blocked = CircularBuffer<(message: MQTTMessage, token: UInt64)>()
    /// Whoever waits for the first connection, or for the end.
    var forConnection: [CheckedContinuation<Void, any Error>] = []
    var forEnd: [CheckedContinuation<Void, Never>] = []
    var pings: [(token: UInt64, sentAt: UInt64, continuation: CheckedContinuation<Duration, any Error>)] = []

    // Subscriptions.
    var nextSubscription: UInt64 = 1
    var routes: [Route] = []
    var unclaimed = CircularBuffer<Inbox.Entry>()
    var unclaimedBytes = 0

    // The store.
    let store: (any MQTTSessionStore)?
    var isStoring = false
    private var isFlushPlanned = false

    init(_ configuration: MQTTConfiguration, on eventLoop: any EventLoop, budget: ReceiveBudget, answers: AnswerBox) throws(MQTTError) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.budget = budget
        self.answers = answers
        logger = configuration.logger
        metrics = configuration.metricsPrefix.map { ClientMetrics(prefix: $0) }
        store = if case .persistent(_, let store) = configuration.session { store } else { nil }
        let backoff = Backoff(
            initial: configuration.backoff.initial.nanoseconds, maximum: max(configuration.backoff.initial, configuration.backoff.maximum).nanoseconds)
        plan = ConnectionPlan(
            brokers: configuration.brokers.count, versions: configuration.versions, backoff: backoff, seed: .random(in: 0 ... .max))
        session = ClientSession(try configuration.sessionOptions(), version: plan.next.version)
    }

    var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    // MARK: Life

    /// Begins to connect.
    /// - Parameter stored: what the store had.
    func start(restoring stored: MQTTStoredSession?) {
        guard case .idle = phase else { return }
        phase = .running
        if let stored, let options = try? configuration.sessionOptions() {
            let earlier = session
            session = ClientSession(options, version: earlier.version, restoring: stored)
        }
        step()
    }

    /// Ends gracefully: what is unacknowledged has `shutdownTimeout`, then DISCONNECT goes out.
    func shutDown() {
        switch phase {
        case .idle: end()
        case .running:
            phase = .shuttingDown(until: now + configuration.shutdownTimeout.nanoseconds)
            if session.state != .online { abort() }
            step()
        case .shuttingDown, .ended: break
        }
    }

    /// Ends at once; without DISCONNECT the broker publishes the will.
    func abort() {
        if case .ended = phase { return }
        phase = .shuttingDown(until: 0)
        if let channel {
            channel.close(promise: nil)
        } else {
            connection += 1
            isAttempting = false
            end()
        }
    }

    func end() {
        if case .ended = phase { return }
        phase = .ended
        timer?.cancel()
        timer = nil
        session.end()
        dispatch()
        for (_, token) in blocked { resume(token, .failure(MQTTError.closed)) }
        blocked.removeAll()
        failAll(failure ?? .closed)
        for continuation in forConnection { continuation.resume(throwing: MQTTError.closed) }
        forConnection = []
        for (_, _, continuation) in pings { continuation.resume(throwing: MQTTError.closed) }
        pings = []
        for route in routes { route.inbox.finish(.success(())) }
        routes = []
        for entry in unclaimed { entry.obligation?.settle(isAcknowledged: false) }
        unclaimed.removeAll()
        events.finish()
        for continuation in forEnd { continuation.resume() }
        forEnd = []
    }

    var hasEnded: Bool { if case .ended = phase { true } else { false } }

    // MARK: Turns

    /// Does what is due, and says when the next turn is; after every event.
    func step() {
        guard !hasEnded else { return }
        let now = now
        session.poll(at: now)
        settleAnswers()
        dispatch()
        admitBlocked()
        flush()
        closeIfSent()
        if hasEnded { return }
        connectIfDue(at: now)
        finishShutdown(at: now)
        schedule()
    }

    /// One turn for all that came in this turn of the loop.
    func planStep() {
        guard !isFlushPlanned else { return }
        isFlushPlanned = true
        eventLoop.assumeIsolated().execute {
            self.isFlushPlanned = false
            self.step()
        }
    }

    func settleAnswers() {
        for answer in answers.takeAll() {
            if answer.isAcknowledged { session.acknowledge(answer.number) } else { session.abandon(answer.number) }
        }
    }

    private func finishShutdown(at now: UInt64) {
        guard case .shuttingDown(let until) = phase, session.state == .online else { return }
        guard session.pendingRequests == 0 && blocked.isEmpty && !isStoring || now >= until else { return }
        session.disconnect()
        dispatch()
        flush()
        closeIfSent()
    }

    private func schedule() {
        guard !hasEnded else { return }
        var at = session.deadline ?? .max
        if case .running = phase, channel == nil, !isAttempting { at = min(at, plan.next.at) }
        if case .shuttingDown(let until) = phase, session.state == .online { at = min(at, until) }
        guard at < timerAt || timer == nil else { return }
        timer?.cancel()
        timer = nil
        timerAt = at
        guard at < .max else { return }
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(at)) {
            self.timer = nil
            self.timerAt = .max
            self.step()
        }
    }

    // MARK: Out

    /// Sends what the session has put out; what has to be durable first.
    func flush() {
        while !isStoring, session.hasOutput {
            let (operations, bytes) = session.takeOutput()
            if let store, !operations.isEmpty {
                keep(operations, in: store, thenSend: bytes)
            } else {
                send(bytes)
            }
        }
    }

    private func keep(_ operations: [MQTTSessionOperation], in store: any MQTTSessionStore, thenSend bytes: [UInt8]) {
        isStoring = true
        let connection = connection
        let loopBound = NIOLoopBound(self, eventLoop: eventLoop)
        let eventLoop = eventLoop
        Task {
            let result = await Result(catching: { try await store.apply(operations) })
            eventLoop.execute {
                let core = loopBound.value
                core.isStoring = false
                switch result {
                case .success:
                    if connection == core.connection { core.send(bytes) }
                    core.step()
                case .failure(let error): core.storeFailed(error)
                }
            }
        }
    }

    private func closeIfSent() {
        guard closesOnceSent, !isStoring, !session.hasOutput, let channel else { return }
        closesOnceSent = false
        // Writes are done in order: with this one all before it are. A peer that reads nothing does not keep the channel open.
        channel.writeAndFlush(channel.allocator.buffer(capacity: 0)).whenComplete { _ in channel.close(promise: nil) }
        eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }

    private func storeFailed(_ error: any Error) {
        logger.error("the session's store failed, the client ends", metadata: ["error": "\(error)"])
        let failure = MQTTError.store("\(error)")
        self.failure = failure
        failAll(failure)
        for route in routes { route.inbox.finish(.failure(failure)) }
        abort()
    }

    private func failAll(_ error: MQTTError) {
        let answers = waiting.values
        waiting = [:]
        for answer in answers { answer(.failure(error)) }
    }

    private func send(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, let channel else { return }
        let connection = connection
        let count = bytes.count
        metrics?.bytesSent.increment(by: count)
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes)).assumeIsolated().whenSuccess {
            guard connection == self.connection else { return }
            self.session.transportTook(count, at: self.now)
            self.planStep()
        }
    }
}

extension Duration {
    /// At most some 292 years.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds < 9_000_000_000 else { return UInt64(Int64.max) }
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds / 1_000_000_000))
    }
}

extension Result where Failure == any Error {
    init(catching body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
#endif
