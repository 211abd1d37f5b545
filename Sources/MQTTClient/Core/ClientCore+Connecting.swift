#if Tools
import Logging
import MQTTWire
import NIOCore
import NIOPosix

extension ClientCore {
    func connectIfDue(at now: UInt64) {
        guard case .running = phase, channel == nil, !isAttempting, now >= plan.next.at else { return }
        isAttempting = true
        attemptStart = now
        connection += 1
        closeReason = nil
        transportError = nil
        let broker = broker
        let connection = connection
        status.connection = .connecting(to: broker)
        logger.debug("connecting", metadata: ["broker": "\(broker)", "version": "\(plan.next.version)"])
        let connector = Connector(
            eventLoop: eventLoop, tls: configuration.tls, timeout: .nanoseconds(Int64(clamping: configuration.connectTimeout.nanoseconds)))
        let loopBound = NIOLoopBound(self, eventLoop: eventLoop)
        let eventLoop = eventLoop
        Task {
            do {
                _ = try await connector.connect(to: broker) { channel in
                    try channel.pipeline.syncOperations.addHandler(SessionHandler(loopBound.value, connection: connection))
                }
            } catch {
                eventLoop.execute { loopBound.value.attemptFailed(connection, error) }
            }
        }
    }

    private func attemptFailed(_ attempt: UInt64, _ error: any Error) {
        guard attempt == connection, isAttempting else { return }
        transportError = transportError ?? error
        transportEnded(attempt)
    }

    // MARK: What the channel says

    func transportOpened(_ attempt: UInt64, _ channel: any Channel) {
        guard attempt == connection, isAttempting, !hasEnded else { return channel.close(promise: nil) }
        self.channel = channel
        isReading = true
        closesOnceSent = false
        session.transportOpened(version: plan.next.version, at: now)
        step()
    }

    func received(_ attempt: UInt64, _ buffer: ByteBuffer) {
        guard attempt == connection, channel != nil else { return }
        metrics?.bytesReceived.increment(by: buffer.readableBytes)
        session.received(buffer.readableBytesSpan, at: now)
        settleAnswers()
        dispatch()
        judgeReading()
    }

    func failed(_ attempt: UInt64, _ error: any Error) {
        guard attempt == connection else { return }
        transportError = transportError ?? error
        channel?.close(promise: nil)
    }

    /// The channel is gone, or has not come about.
    func transportEnded(_ attempt: UInt64) {
        guard attempt == connection, isAttempting, !hasEnded else { return }
        isAttempting = false
        let wasOnline = status.isConnected
        channel = nil
        // What this side ends, the broker has not.
        session.transportClosed(byBroker: closeReason == nil)
        dispatch()
        flush()
        let broker = broker
        let error = reason(broker)
        status.connection = .disconnected
        for (_, _, continuation) in pings { continuation.resume(throwing: error) }
        pings = []
        if case .shuttingDown = phase { return finish(error) }
        plan.ended(outcome(wasOnline), at: now)
        metrics?.disconnects.increment()
        let delay = Duration.nanoseconds(Int64(clamping: plan.next.at - min(plan.next.at, now)))
        logger.log(
            level: wasOnline ? .warning : .info, "disconnected",
            metadata: ["broker": "\(broker)", "reason": "\(error)", "retry_s": "\(delay.components.seconds)"])
        events.report(.disconnected(error, retry: delay))
        // Whoever waits for the first connection has to know: all brokers have been tried once.
        if !forConnection.isEmpty, plan.next.at > now || configuration.brokers.count == 1 && plan.next.version == session.version {
            for continuation in forConnection { continuation.resume(throwing: error) }
            forConnection = []
        }
        step()
    }

    private func finish(_ error: MQTTError) {
        events.report(.disconnected(error, retry: nil))
        end()
    }

    private func outcome(_ wasOnline: Bool) -> ConnectionPlan.Outcome {
        switch closeReason {
        case .refused(.unsupportedProtocolVersion, _): .versionRefused
        case .refused(.useAnotherServer, _), .refused(.serverMoved, _), .disconnectedByBroker(.useAnotherServer, _),
            .disconnectedByBroker(.serverMoved, _):
            .sentElsewhere
        case .refused: .refused
        default: wasOnline ? .lost : .notConnected
        }
    }

    private func reason(_ broker: BrokerAddress) -> MQTTError {
        switch closeReason {
        case .refused(let code, let properties): .refused(broker: "\(broker)", code, properties.reasonString)
        case .disconnectedByBroker(let code, let properties):
            .connectionLost("\(broker) disconnected this client: \(code)\(properties.reasonString.map { ": \($0)" } ?? "")")
        case .protocolViolation(let error): .connectionLost("\(broker) sent what MQTT forbids: \(error)")
        case .flood: .connectionLost("\(broker) sends answers to nothing, again and again")
        case .connackTimeout: .cannotConnect(broker: "\(broker)", reason: "no CONNACK within 10 s")
        case .pingTimeout: .connectionLost("\(broker) does not answer any more")
        case .unacknowledged: .connectionLost("so many messages were let go without acknowledgement that the broker sends no more; they come again")
        case .requested: .closed
        case nil:
            if status.isConnected {
                .connectionLost(transportError.map { TransportFault.describe($0) } ?? "\(broker) closed it")
            } else {
                .cannotConnect(broker: "\(broker)", reason: transportError.map { TransportFault.describe($0) } ?? "it closed the connection before CONNACK")
            }
        }
    }

    // MARK: Reading

    /// Whether the broker's bytes are taken: while their consumers take them; and beyond that while an answer is waited for, which stands
    /// behind them, but not without end.
    func judgeReading() {
        let bytes = budget.bytes + unclaimedBytes
        let isAnswerDue = !waiting.isEmpty || !pings.isEmpty
        let shouldRead = bytes < budget.limit || isAnswerDue && bytes < 4 * budget.limit
        guard shouldRead != isReading, channel != nil else { return }
        isReading = shouldRead
        if shouldRead {
            session.resumeReading(at: now)
            channel?.read()
        } else {
            session.stopReading()
            budget.stop()
        }
    }

    func roomInBudget() {
        judgeReading()
        step()
    }
}

/// What went wrong below MQTT, in words.
enum TransportFault {
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            // Of several addresses what the last said.
            if let dns = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty { return "\(error.host) is not known: \(dns)" }
            return error.connectionErrors.last.map { describe($0.error) } ?? "no address of \(error.host) works"
        case let error as IOError: return error.description
        case let error as ChannelError: return error.description
        default: return "\(error)"
        }
    }
}
#endif
