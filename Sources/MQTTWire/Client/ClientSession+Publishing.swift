import Bytes

/// A request that was handed over and is not done with.
struct Outgoing: Sendable {
    enum Request: Sendable {
        case publish(ApplicationMessage)
        case subscribe([SubscriptionRequest], identifier: UInt32?)
        case unsubscribe([TopicFilter])
    }

    enum Stage: Sendable {
        /// No connection has been given it.
        case queued
        /// Sent, on this connection or an earlier one.
        case sent
        /// PUBREC has come: what remains is PUBREL.
        case released
    }

    /// Who waits for it; nil if nobody does.
    var token: UInt64?
    var request: Request
    var stage = Stage.queued
    /// Bytes, about.
    var cost: Int
    /// It has been sent on this connection: as PUBLISH, or as PUBREL if that is its stage.
    var isSent = false
    /// A SUBSCRIBE that nobody asked for now: the broker has forgotten what it had granted.
    var isRenewal = false
    /// Connections that the broker closed while it was in flight, and those of them on which nothing else was.
    var losses: UInt8 = 0
    var lossesAlone: UInt8 = 0

    init(token: UInt64?, request: Request, stage: Stage = .queued, cost: Int) {
        self.token = token
        self.request = request
        self.stage = stage
        self.cost = cost
    }

    var message: ApplicationMessage? { if case .publish(let message) = request { message } else { nil } }
    var isSuspected: Bool { losses >= ClientSession.lossesUntilAlone }

    /// Stands for a message of which only PUBREL remains.
    static let gone = ApplicationMessage(topic: "", payload: [], qos: .exactlyOnce)
}

extension ClientSession {
    public enum PublishResult: Equatable, Sendable {
        /// `Event.finished` will tell what came of it.
        case accepted
        /// As much is waiting as may wait; again after the next event.
        case busy
        case failed(RequestFault)
    }

    /// Hands over a message.
    /// - Parameter token: by which `Event.finished` tells what came of it; nil if nobody wants to know.
    public mutating func publish(_ message: ApplicationMessage, token: UInt64?, at now: UInt64) -> PublishResult {
        do throws(TopicFault) {
            try TopicName.validate(message.topic)
        } catch {
            return .failed(.invalidTopic(error))
        }
        guard !message.properties.isUnencodable else { return .failed(.unencodable) }
        guard message.qos != .atMostOnce || state == .online else { return .failed(.notConnected) }
        if state == .online, let fault = refusal(of: message) { return .failed(fault) }
        guard PacketSize.largestRemaining >= message.remaining(version) else {
            return .failed(.tooLarge(bytes: message.remaining(version), limit: PacketSize.largestRemaining))
        }
        let cost = message.cost
        guard outgoing.isEmpty || queued + cost <= options.maximumQueued, outgoing.span < Int(Self.identifiers) else { return .busy }
        let number = outgoing.append(Outgoing(token: token, request: .publish(message), cost: cost))
        queued += cost
        if message.qos != .atMostOnce { operations.append(.publish(number: number, message)) }
        pump(at: now)
        return .accepted
    }

    /// Why the broker that is connected would not take a message; nil if it would, as far as it has said.
    private func refusal(of message: ApplicationMessage) -> RequestFault? {
        guard let acceptance else { return nil }
        if message.qos.rawValue > acceptance.maximumQoS.rawValue { return .qosNotSupported(maximum: acceptance.maximumQoS) }
        if message.retain, !acceptance.canRetain { return .retainNotSupported }
        return tooLarge(PacketSize.whole(remaining: message.remaining(version)))
    }

    func tooLarge(_ bytes: Int) -> RequestFault? {
        guard let limit = acceptance?.maximumPacketSize, bytes > limit else { return nil }
        return .tooLarge(bytes: bytes, limit: limit)
    }

    /// Whoever waits for a request does so no more. One that no connection has been given is taken back.
    /// - Returns: whether it was.
    public mutating func cancel(token: UInt64) -> Bool {
        for number in outgoing.numbers where outgoing[number]?.token == token {
            outgoing[number]?.token = nil
            guard outgoing[number]?.stage == .queued, outgoing[number]?.isSent == false else { return false }
            finish(number, nil)
            return true
        }
        unwritten.removeAll { $0.token == token }
        return false
    }

    // MARK: Sending

    private var window: Int { min(options.maximumInFlight, Int(acceptance?.receiveMaximum ?? .max)) }

    static func packetID(_ number: UInt64) -> UInt16 { UInt16(number % identifiers) + 1 }

    /// The request of that packet identifier that has been sent on this connection.
    func number(of packetID: UInt16) -> UInt64? {
        guard !outgoing.isEmpty else { return nil }
        let last = outgoing.next - 1
        let distance = (last % Self.identifiers + Self.identifiers - UInt64(packetID - 1)) % Self.identifiers
        guard distance < UInt64(outgoing.span) else { return nil }
        return outgoing[last - distance]?.isSent == true ? last - distance : nil
    }

    /// Sends what may be sent, in order.
    mutating func pump(at now: UInt64) {
        guard state == .online else { return }
        unsent = max(unsent, outgoing.oldest)
        while unsent < outgoing.next, output.count < Self.outputBatch, written - taken < UInt64(Self.outputBatch) {
            guard let entry = outgoing[unsent], !entry.isSent, case .publish(let message) = entry.request else {
                unsent += 1
                continue
            }
            guard send(unsent, entry, message, at: now) else { return }
            unsent += 1
        }
    }

    /// Sends a message; false if it has to wait.
    private mutating func send(_ number: UInt64, _ entry: Outgoing, _ message: ApplicationMessage, at now: UInt64) -> Bool {
        if message.qos == .atMostOnce {
            append(message, number, isDuplicate: false)
            if let token = entry.token { unwritten.append((written + UInt64(output.count), token)) } else { counters.published += 1 }
            finish(number, nil)
            return true
        }
        guard inFlight < window, mayBeSent(entry, at: now) else { return false }
        if entry.stage == .released {
            output.appendAcknowledgement(.pubrel, packetID: Self.packetID(number), version: version)
        } else {
            // A message that was accepted while nobody was connected, or on another broker.
            if let fault = refusal(of: message) {
                finish(number, .failure(fault))
                return true
            }
            append(message, number, isDuplicate: entry.stage == .sent)
            outgoing[number]?.stage = .sent
        }
        outgoing[number]?.isSent = true
        inFlight += 1
        if entry.isSuspected, entry.stage != .released { alone = number }
        if entry.stage != .queued { counters.redelivered += 1 }
        return true
    }

    private mutating func append(_ message: ApplicationMessage, _ number: UInt64, isDuplicate: Bool) {
        output.appendPublish(
            message, version: version, packetID: message.qos == .atMostOnce ? 0 : Self.packetID(number), isDuplicate: isDuplicate,
            alias: version == .v5 ? aliases.use(message.topic) : nil)
    }

    /// A message over which the broker may have closed the connection is sent alone, and only when the broker has answered something: then how
    /// the connection ends tells whether it was that message.
    private mutating func mayBeSent(_ entry: Outgoing, at now: UInt64) -> Bool {
        guard alone == nil else { return false }
        guard entry.isSuspected, entry.stage != .released else { return true }
        guard inFlight == 0 else { return false }
        if !isProven, pingSentAt == nil { ping(at: now) }
        return isProven
    }

    // MARK: Answers

    /// - Returns: whether it answers anything.
    mutating func acknowledged(_ kind: AcknowledgementKind, _ packetID: UInt16, _ code: ReasonCode, _ properties: Properties, at now: UInt64) -> Bool {
        if kind == .pubrel { return release(packetID) }
        guard let number = number(of: packetID), let entry = outgoing[number], let message = entry.message else {
            // The broker has a message that is not known here, as after a session that was lost: it can let it go.
            if kind == .pubrec {
                output.appendAcknowledgement(.pubrel, packetID: packetID, .packetIdentifierNotFound, version: version)
            }
            return false
        }
        switch (kind, message.qos, entry.stage) {
        case (.puback, .atLeastOnce, .sent), (.pubcomp, .exactlyOnce, .released):
            inFlight -= 1
            // PUBCOMP's failure says that the broker had let it go before.
            finish(number, code.isFailure && kind == .puback ? .failure(.refused(code, properties.reasonString)) : .success(.published(code)))
            return true
        case (.pubrec, .exactlyOnce, .sent):
            guard !code.isFailure else {
                inFlight -= 1
                finish(number, .failure(.refused(code, properties.reasonString)))
                return true
            }
            outgoing[number]?.stage = .released
            if alone == number { alone = nil }
            // Neither topic nor payload is needed any more.
            outgoing[number]?.request = .publish(Outgoing.gone)
            queued -= entry.cost
            outgoing[number]?.cost = 0
            operations.append(.release(number: number))
            output.appendAcknowledgement(.pubrel, packetID: packetID, version: version)
            return true
        case (.pubrec, .exactlyOnce, .released):
            output.appendAcknowledgement(.pubrel, packetID: packetID, version: version)
            return false
        default:
            return false
        }
    }

    /// A request is done with.
    /// - Parameter result: nil if somebody else tells of it.
    mutating func finish(_ number: UInt64, _ result: Result<Completion, RequestFault>?) {
        guard let entry = outgoing.remove(number) else { return }
        queued -= entry.cost
        if alone == number { alone = nil }
        if let message = entry.message, message.qos != .atMostOnce {
            operations.append(.finish(number: number))
            if case .success? = result { counters.published += 1 }
        }
        if let result, let token = entry.token { events.append(.finished(token: token, result)) }
    }

    // MARK: The next connection

    /// Nothing of what is left is on a connection any more.
    /// - Parameter blames: the broker has closed it, which may have been because of what was in flight.
    mutating func keepOutgoing(blames: Bool) {
        let wasAlone = alone
        alone = nil
        inFlight = 0
        for number in Array(outgoing.numbers) {
            guard let entry = outgoing[number] else { continue }
            if entry.message?.qos == .atMostOnce {
                finish(number, .failure(.connectionLost))
                continue
            }
            guard entry.isSent else { continue }
            outgoing[number]?.isSent = false
            guard blames, entry.message != nil, entry.stage == .sent else { continue }
            outgoing[number]?.losses = entry.losses < .max ? entry.losses + 1 : .max
            guard number == wasAlone else { continue }
            outgoing[number]?.lossesAlone += 1
            if entry.lossesAlone + 1 >= Self.lossesAlone { finish(number, .failure(.refusedByClosing(times: Int(entry.losses) + 1))) }
        }
        unsent = outgoing.oldest
    }

    /// What the broker has forgotten is published anew, unless that could make it come twice.
    mutating func forgetSession() {
        for number in Array(outgoing.numbers) {
            guard let entry = outgoing[number], let message = entry.message, entry.stage != .queued else { continue }
            if message.qos == .exactlyOnce {
                finish(number, .failure(.inDoubt))
            } else {
                outgoing[number]?.stage = .queued
            }
        }
    }
}
