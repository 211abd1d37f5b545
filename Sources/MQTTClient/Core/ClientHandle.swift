#if Tools
import MQTTWire
import NIOCore

/// A client's core, as other threads reach it.
final class ClientHandle: Sendable {
    let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<ClientCore?>

    init(_ configuration: MQTTConfiguration, on eventLoop: any EventLoop) throws(MQTTError) {
        self.eventLoop = eventLoop
        // The core is made on its loop, or before anybody else knows of it.
        let box = NIOLoopBoundBox<ClientCore?>.makeEmptyBox(valueType: ClientCore.self, eventLoop: eventLoop)
        core = box
        let wake: @Sendable () -> Void = { eventLoop.execute { box.value?.step() } }
        let resume: @Sendable () -> Void = { eventLoop.execute { box.value?.roomInBudget() } }
        _ = try configuration.sessionOptions()
        eventLoop.execute {
            box.value = try? ClientCore(
                configuration, on: eventLoop, budget: ReceiveBudget(limit: configuration.receiveBuffer, resume: resume), answers: AnswerBox(wake: wake))
        }
    }

    private func perform(_ body: @escaping @Sendable (ClientCore) -> Void) {
        let core = core
        eventLoop.execute { body(core.value!) }
    }

    private func ask<Value: Sendable>(_ body: @escaping @Sendable (ClientCore) -> Value) async -> Value {
        await withCheckedContinuation { continuation in perform { continuation.resume(returning: body($0)) } }
    }

    // MARK: Life

    func start(restoring stored: MQTTStoredSession?) { perform { $0.start(restoring: stored) } }
    func shutDown() { perform { $0.shutDown() } }
    func abort() { perform { $0.abort() } }

    /// Returns when the client has ended.
    func ended() async {
        await withCheckedContinuation { continuation in
            perform { if $0.hasEnded { continuation.resume() } else { $0.forEnd.append(continuation) } }
        }
    }

    /// Returns once there is a connection.
    /// - Throws: why the attempt failed, once all brokers have been tried.
    func connected() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            perform { core in
                if core.hasEnded {
                    continuation.resume(throwing: MQTTError.closed)
                } else if core.session.state == .online {
                    continuation.resume()
                } else {
                    core.forConnection.append(continuation)
                }
            }
        }
    }

    var status: MQTTStatus {
        get async {
            await ask { core in
                var status = core.status
                status.counters = core.session.counters
                status.pending = core.session.pendingRequests + core.blocked.count
                status.waitingBytes = core.budget.bytes + core.unclaimedBytes
                return status
            }
        }
    }

    /// Why the client has ended by itself; nil if it has not.
    var failure: MQTTError? { get async { await ask { $0.failure } } }

    var events: MQTTEvents { get async { await ask { MQTTEvents($0.events) } } }

    // MARK: Requests

    private func request(_ body: @escaping @Sendable (ClientCore, UInt64) -> Void) async throws -> ClientSession.Completion {
        // The token is known on the loop only; a cancellation that comes before the request leaves its mark there.
        let box = NIOLoopBoundBox<UInt64?>.makeEmptyBox(valueType: UInt64.self, eventLoop: eventLoop)
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                perform { core in
                    guard box.value == nil else { return continuation.resume(throwing: CancellationError()) }
                    let token = core.nextToken
                    core.nextToken += 1
                    box.value = token
                    core.waiting[token] = { continuation.resume(with: $0) }
                    if core.hasEnded { return core.resume(token, .failure(.closed)) }
                    body(core, token)
                    core.judgeReading()
                    core.planStep()
                }
            }
        } onCancel: {
            perform { core in
                guard let token = box.value else { return box.value = .max }
                guard let answer = core.waiting.removeValue(forKey: token) else { return }
                core.cancel(token)
                answer(.failure(CancellationError()))
            }
        }
    }

    func publish(_ message: MQTTMessage) async throws -> MQTTReasonCode {
        guard case .published(let code) = try await request({ $0.publish(message, $1) }) else { preconditionFailure("PUBLISH was answered otherwise") }
        return code
    }

    /// Publishes all of them; what became of each, in their order.
    func publish(batch messages: [MQTTMessage]) async -> [Result<Void, any Error>] {
        guard !messages.isEmpty else { return [] }
        let box = NIOLoopBoundBox<[UInt64]>.makeBoxSendingValue([], eventLoop: eventLoop)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                perform { core in
                    var results = [Result<Void, any Error>](repeating: .failure(CancellationError()), count: messages.count)
                    var open = messages.count
                    for (index, message) in messages.enumerated() {
                        let token = core.nextToken
                        core.nextToken += 1
                        box.value.append(token)
                        core.waiting[token] = { result in
                            results[index] = result.map { _ in }
                            open -= 1
                            if open == 0 { continuation.resume(returning: results) }
                        }
                        if core.hasEnded { core.resume(token, .failure(.closed)) } else { core.publish(message, token) }
                    }
                    core.judgeReading()
                    core.planStep()
                }
            }
        } onCancel: {
            perform { core in
                for token in box.value {
                    guard let answer = core.waiting.removeValue(forKey: token) else { continue }
                    core.cancel(token)
                    answer(.failure(CancellationError()))
                }
            }
        }
    }

    func subscribe(_ requests: [MQTTSubscriptionRequest], _ inbox: Inbox?) async throws -> (codes: [MQTTReasonCode], number: UInt64) {
        let (number, identifier) = await ask { core -> (UInt64, UInt32) in
            let number = core.nextSubscription
            core.nextSubscription += 1
            return (number, UInt32((number - 1) % 268_435_455) + 1)
        }
        let route = inbox.map { Route(number: number, filters: requests.map(\.filter), inbox: $0, identifier: identifier) }
        let completion: ClientSession.Completion
        do {
            completion = try await request { core, token in
                // Before SUBSCRIBE goes out: messages may come before SUBACK.
                if let route {
                    core.routes.append(route)
                    core.claim(route)
                }
                core.subscribe(requests, identifier, token)
            }
        } catch {
            perform { $0.routes.removeAll { $0.number == number } }
            throw error
        }
        guard case .subscribed(let codes) = completion else { preconditionFailure("SUBSCRIBE was answered otherwise") }
        return (codes, number)
    }

    func unsubscribe(_ filters: [MQTTTopicFilter]) async throws -> [MQTTReasonCode] {
        let completion = try await request { core, token in core.unsubscribe(filters, token) }
        guard case .unsubscribed(let codes) = completion else { preconditionFailure("UNSUBSCRIBE was answered otherwise") }
        return codes
    }

    /// Nobody refers to that subscription any more.
    func leave(_ number: UInt64) { perform { $0.leave(number) } }

    /// How long the broker takes for an answer.
    func ping() async throws -> Duration {
        try Task.checkCancellation()
        let box = NIOLoopBoundBox<UInt64?>.makeEmptyBox(valueType: UInt64.self, eventLoop: eventLoop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                perform { core in
                    guard box.value == nil else { return continuation.resume(throwing: CancellationError()) }
                    guard core.session.state == .online else { return continuation.resume(throwing: MQTTError.notConnected) }
                    box.value = core.nextToken
                    core.pings.append((core.nextToken, core.now, continuation))
                    core.nextToken += 1
                    core.session.ping(at: core.now)
                    core.judgeReading()
                    core.planStep()
                }
            }
        } onCancel: {
            perform { core in
                guard let token = box.value else { return box.value = .max }
                guard let index = core.pings.firstIndex(where: { $0.token == token }) else { return }
                core.pings.remove(at: index).continuation.resume(throwing: CancellationError())
            }
        }
    }

    var budgetOfInboxes: ReceiveBudget { get async { await ask { $0.budget } } }
    var subscribedFilters: [MQTTSubscriptionRequest] { get async { await ask { $0.session.subscribedFilters } } }
}
#endif
