import Bytes

/// A publish-only MQTT 3.1.1 session over a transport that it never touches: events and the time go in, bytes and decisions come out.
///
/// All memory is allocated at the start: `outboxCapacity` bytes of packets, a slot for each message in flight, and, where the broker
/// keeps the session and acknowledges (no clean session, QoS 1), `keptCapacity` bytes of packets that may have to be sent again.
/// Times are CLOCK_MONOTONIC in nanoseconds.
public struct PublishSession: ~Copyable {
    /// Transport and CONNACK together must be there within this time.
    public static let connectTimeout: UInt64 = 10_000_000_000
    /// A message that waits longer for the transport or its PUBACK ends the connection, unless what waits before it moves.
    public static let acknowledgementTimeout: UInt64 = 60_000_000_000
    /// However slowly a backlog moves, PINGRESP and PUBACK are there within this time, or the broker is too slow to be of use: some 250 KiB
    /// can stand before what it has to answer, so it reads less than 1 KiB a second.
    public static let longestAnswer: UInt64 = 300_000_000_000
    /// A connection that lasted this long was good: the next backoff starts over.
    public static let goodConnection: UInt64 = 30_000_000_000
    /// Attempts that follow a change of the network immediately begin at least so far apart; nanoseconds.
    public static let immediateAttempts: UInt64 = 1_000_000_000
    /// A broker that was sent a PINGREQ by `probe` answers within this time, or the connection ends.
    public static let probeTimeout: UInt64 = 5_000_000_000
    /// Slots for messages that the transport has not taken, at QoS 0.
    static let unwrittenCapacity = 1024
    public static let outboxCapacity = 131_072
    /// Bytes of the broker's that are handled in one call.
    public static let maximumReceived = 4096
    /// Beyond this many bytes in the outbox nothing is put there to be sent again: PINGREQ and status must find room.
    static let resendBatch = 32_768

    /// Bytes for messages that may have to be sent again: 1 KiB for each that may be in flight, at least an outbox, so that whatever
    /// fits there fits here, and at most 512 KiB. Larger messages close the window before `maxInflight` does.
    public static func keptCapacity(maxInflight: Int) -> Int { min(max(outboxCapacity, maxInflight << 10), 524_288) }

    private(set) var options: Options
    private var backoff: Backoff
    public private(set) var state = State.idle
    var outbox: Outbox
    var inFlight: InFlight
    var own = OwnMessages()
    /// Empty, and of no size, unless unacknowledged messages outlive their connection.
    var kept: KeptPackets
    let keeps: Bool
    /// Bytes that the last message found missing in `kept`.
    var missing = 0
    var sizeLimit = SizeLimit()
    private var refusal: Refusal?
    private var parser = InboundParser()
    var pendingClose: CloseReason?
    private var random: SplitMix64
    /// Start of the attempt that the connect deadline counts from.
    private var attemptAt: UInt64 = 0
    /// When the last attempt or connection ended.
    private var leftAt: UInt64 = 0
    /// The network has changed since the current attempt began.
    private var reconnectsImmediately = false
    private var onlineSince: UInt64 = 0
    private var lastReceived: UInt64 = 0
    private var pingSentAt: UInt64?
    /// The broker has answered something on this connection since its CONNACK.
    private var hasAnswered = false
    /// Since when PINGRESP is due sooner than usual; nil if it is not.
    private var probedAt: UInt64?
    var watch = StreamWatch()
    private var flood = Flood()

    /// Totals since the start, of advertisements only.
    public internal(set) var counters = Counters()

    /// - Parameter seed: chance for the backoff's jitter.
    public init(_ options: Options, seed: UInt64) {
        self.options = options
        backoff = options.backoff
        outbox = Outbox(capacity: Self.outboxCapacity)
        inFlight = InFlight(capacity: options.qos == .atLeastOnce ? options.maxInflight : Self.unwrittenCapacity, qos: options.qos)
        keeps = options.qos == .atLeastOnce && !options.connect.cleanSession
        kept = KeptPackets(capacity: keeps ? Self.keptCapacity(maxInflight: options.maxInflight) : 0)
        random = SplitMix64(seed: seed)
    }

    // MARK: What can be asked

    /// Advertisements handed over and not done with.
    public var inFlightCount: Int { inFlight.count }
    /// The same by tag; a walk over the window, for statistics.
    public var inFlightTally: Tally { inFlight.tally }
    public var qos: QoS { options.qos }
    /// Bytes that the transport should take next.
    public var pending: UnsafeRawBufferPointer { outbox.pending }
    /// A message would be taken now, unless the outbox is too full for it.
    public var canPublish: Bool {
        state == .online && pendingClose == nil && inFlight.hasRoom && !inFlight.isResending && kept.free >= missing
    }
    /// PUBACKs are all that is waited for, and half the window is open: nothing needs them at once.
    public var answersMayRest: Bool {
        options.qos == .atLeastOnce && state == .online && pendingClose == nil && !inFlight.isResending
            && inFlight.isHalfOpen
    }
    /// A message of our own waits for its PUBACK.
    public var hasOwnInFlight: Bool { !own.isEmpty }
    /// All that was handed over has been written and, where it is due, acknowledged.
    public var isDrained: Bool { inFlight.isEmpty && own.isEmpty && outbox.count == 0 }

    /// When `poll` must be called next at the latest, nil for never.
    public var deadline: UInt64? {
        if pendingClose != nil { return 0 }
        switch state {
        case .idle: return nil
        case .waiting(let until): return until
        case .connecting, .awaitingConnack: return attemptAt + Self.connectTimeout
        case .online, .disconnecting:
            var earliest = min(watch.due ?? .max, givesUpAt ?? .max)
            if pingDeadline == nil, let pingDue { earliest = min(earliest, pingDue) }
            return earliest == .max ? nil : earliest
        }
    }

    /// When the connection is given up, unless something is acknowledged, answered or moved before; nil while nothing is waited for.
    public var givesUpAt: UInt64? {
        guard let acknowledgementDeadline else { return pingDeadline }
        return min(acknowledgementDeadline, pingDeadline ?? .max)
    }

    private var oldestQueued: UInt64? {
        guard let first = inFlight.oldestQueued else { return own.oldestQueued }
        return min(first, own.oldestQueued ?? first)
    }

    /// While a backlog moves, the broker may not have read yet what it has to answer: the time limit begins anew.
    private func patience(_ time: UInt64, since start: UInt64) -> UInt64 {
        min(max(start, watch.lastMoved) + time, start + max(time, Self.longestAnswer))
    }

    private var acknowledgementDeadline: UInt64? { oldestQueued.map { patience(Self.acknowledgementTimeout, since: $0) } }

    /// A PINGREQ is due when the broker has sent nothing for half of the keep alive time: publishing at QoS 0 is not answered.
    /// After DISCONNECT nothing more is sent.
    private var pingDue: UInt64? {
        options.connect.keepAlive == 0 || state != .online ? nil : lastReceived + UInt64(options.connect.keepAlive) * 500_000_000
    }

    private var pingDeadline: UInt64? {
        guard let pingSentAt else { return nil }
        let half = options.connect.keepAlive == 0 ? UInt64.max : UInt64(options.connect.keepAlive) * 500_000_000
        let usual = patience(min(half, Self.connectTimeout), since: pingSentAt)
        return min(usual, probedAt.map { patience(Self.probeTimeout, since: $0) } ?? .max)
    }

    /// When the next attempt may begin at the earliest.
    private var earliestAttempt: UInt64 { max(leftAt + Backoff.floor, attemptAt + Self.immediateAttempts) }

    /// A broker drops a client that was silent for one and a half times the keep alive time [MQTT-3.1.2-24]. A running program has
    /// sent a PINGREQ long before; one that was stopped for so long need not send it any more.
    private func hasSleptTooLong(at now: UInt64) -> Bool {
        guard options.connect.keepAlive > 0, state == .online, pingSentAt == nil else { return false }
        return now >= lastReceived + UInt64(options.connect.keepAlive) * 1_500_000_000
    }

    // MARK: Events

    /// The first attempt is due at once.
    public mutating func start(at now: UInt64) {
        precondition(state == .idle)
        state = .waiting(until: now)
    }

    /// Replaces the password of the next CONNECT.
    /// - Precondition: the session has a user name [MQTT-3.1.2-22].
    public mutating func replace(password: [UInt8]) {
        precondition(options.connect.username != nil)
        options.connect.password = password
    }

    /// The network has changed: what failed may succeed now. A wait for the next attempt ends as soon as attempts may follow each
    /// other; if the current attempt fails, so does the wait after it. Later delays continue the backoff.
    public mutating func reconnectImmediately(at now: UInt64) {
        switch state {
        case .waiting(let until): state = .waiting(until: min(until, max(now, earliestAttempt)))
        case .connecting, .awaitingConnack: reconnectsImmediately = true
        case .idle, .online, .disconnecting: break
        }
    }

    /// The connection may be dead: a PINGREQ is sent at once.
    public mutating func probe(at now: UInt64) {
        guard state == .online, pendingClose == nil, options.connect.keepAlive > 0 else { return }
        if pingSentAt == nil { ping(at: now) }
        probedAt = probedAt ?? now
    }

    /// Checks the deadlines; to be called after other events too, until it returns nil.
    public mutating func poll(at now: UInt64) -> Action? {
        if let reason = pendingClose {
            leave(reason, at: now)
            return .close(reason)
        }
        switch state {
        case .idle: return nil
        case .waiting(let until):
            guard now >= until else { return nil }
            state = .connecting
            attemptAt = now
            return .open
        case .connecting, .awaitingConnack:
            guard now >= attemptAt + Self.connectTimeout else { return nil }
            pendingClose = state == .connecting ? .connectTimeout : .connackTimeout
        case .online, .disconnecting:
            // Before a time limit is applied: what has moved meanwhile.
            if let due = watch.due, now >= due {
                watch.checks(at: now)
                return .checkProgress
            }
            if let acknowledgementDeadline, now >= acknowledgementDeadline {
                pendingClose = .acknowledgementTimeout
            } else if hasSleptTooLong(at: now) {
                pendingClose = .pingTimeout
            } else if let pingDeadline {
                guard now >= pingDeadline else { return nil }
                pendingClose = .pingTimeout
            } else if let pingDue, now >= pingDue {
                ping(at: now)
                return nil
            } else {
                return nil
            }
        }
        return poll(at: now)
    }

    private mutating func ping(at now: UInt64) {
        // Where even two bytes do not fit, the connection is stalled: the deadline runs all the same.
        _ = outbox.append { $0.packet(PacketType.pingreq << 4) { _ in } }
        pingSentAt = now
    }

    /// The transport is there: CONNECT goes out.
    public mutating func transportOpened(at now: UInt64) {
        guard state == .connecting else { return }
        state = .awaitingConnack
        watch = StreamWatch()
        flood = Flood()
        let fits = outbox.append { options.connect.write(to: &$0) }
        precondition(fits)
    }

    /// The transport could not be opened, or has failed, or has been closed by the broker.
    public mutating func transportFailed(_ reason: CloseReason, at now: UInt64) {
        guard pendingClose == nil else { return }
        switch state {
        case .idle, .waiting: break
        case .connecting, .awaitingConnack, .online: pendingClose = reason
        case .disconnecting: pendingClose = .requested
        }
    }

    /// The broker's bytes, `maximumReceived` of them at most, so that no call takes long.
    /// - Parameter acknowledged: sees the packet identifier of each advertisement that was acknowledged.
    public mutating func received(_ bytes: RawSpan, at now: UInt64, _ acknowledged: (UInt16) -> Void) {
        precondition(bytes.byteCount <= Self.maximumReceived)
        guard pendingClose == nil else { return }
        lastReceived = now
        do throws(DecodeError) {
            for index in 0..<bytes.byteCount {
                guard let packet = try parser.take(bytes.byte(at: index)) else { continue }
                try handle(packet, at: now, acknowledged)
                guard pendingClose == nil else { return }
            }
        } catch {
            pendingClose = .protocolViolation(error)
        }
    }

    private mutating func handle(_ packet: InboundPacket, at now: UInt64, _ acknowledged: (UInt16) -> Void) throws(DecodeError) {
        switch packet {
        case .connack(_, let returnCode):
            guard state == .awaitingConnack else { throw DecodeError(.invalid, at: 0, in: "CONNACK outside of connecting") }
            guard returnCode == 0 else {
                pendingClose = .refused(returnCode: returnCode)
                return
            }
            state = .online
            reconnectsImmediately = false
            onlineSince = now
            hasAnswered = false
            counters.connects += 1
            // Whether the broker still knows the session or not (Session Present): what it has not acknowledged is sent again. The
            // specification lets the client choose, and at least once is what was asked for.
            inFlight.restartClocks(at: now)
            resend(at: now)
        case .puback(let packetID):
            guard state == .online || state == .disconnecting else { throw DecodeError(.invalid, at: 0, in: "PUBACK before CONNACK") }
            hasAnswered = true
            if let size = own.acknowledge(packetID) {
                sizeLimit.accepted(size)
            } else if let slot = inFlight.acknowledge(packetID) {
                counters.published.add(slot.tag)
                sizeLimit.accepted(Int(slot.size))
                acknowledged(packetID)
                if keeps { kept.release(upTo: inFlight.oldestPosition) }
            } else {
                counters.unexpectedAcknowledgements += 1
                if flood.adds(at: now) { pendingClose = .flood }
            }
            if inFlight.isResending { resend(at: now) }
        case .pingresp:
            guard state == .online || state == .disconnecting else { throw DecodeError(.invalid, at: 0, in: "PINGRESP before CONNACK") }
            hasAnswered = true
            if pingSentAt == nil {
                counters.unexpectedPingResponses += 1
                if flood.adds(at: now) { pendingClose = .flood }
            }
            pingSentAt = nil
            probedAt = nil
            if inFlight.isResending { resend(at: now) }
        }
    }

    /// Whether the broker answers on this connection; if that is not known, a PINGREQ is sent. Only then a message that is sent alone tells
    /// anything by how its connection ends: a broker that closes every connection at once is no judge of it.
    mutating func isAnswering(at now: UInt64) -> Bool {
        if !hasAnswered, pingSentAt == nil { ping(at: now) }
        return hasAnswered
    }

    // MARK: The end

    /// Ends the session: DISCONNECT goes out where it is online, so that the broker forgets the will; else the transport is just
    /// closed. `offlineMessage` goes before it. Messages still in flight may yet be acknowledged until the transport closes.
    public mutating func disconnect(offlineMessage: Message?, at now: UInt64) {
        guard state == .online, pendingClose == nil else { return close() }
        // Without the offline message DISCONNECT would discard the will, and the last status would stand for ever.
        if let offlineMessage, !publish(own: offlineMessage, isLast: true, at: now) { return close() }
        guard outbox.append({ $0.packet(PacketType.disconnect << 4) { _ in } }) else { return close() }
        state = .disconnecting
    }

    /// Ends the session without DISCONNECT.
    public mutating func close() {
        if state == .idle { return }
        pendingClose = .requested
    }

    /// What the broker refuses, once.
    public mutating func takeRefusal() -> Refusal? { refusal.take() }

    private mutating func leave(_ reason: CloseReason, at now: UInt64) {
        let wasOnline = state == .online || state == .disconnecting
        if wasOnline, now >= onlineSince + Self.goodConnection { backoff.reset() }
        if let kind = reason.kind { counters.disconnects.add(kind.rawValue) }
        if wasOnline { updateSizeLimit(reason, at: now) }
        // After DISCONNECT there is no way back, whatever ended the connection.
        let isOver = reason == .requested || state == .disconnecting
        if keeps, !isOver {
            let givenUp = inFlight.keep(taken: outbox.taken, blames: wasOnline && (reason.isByBroker || reason == .acknowledgementTimeout))
            counters.refused += givenUp
            if givenUp.total > 0 { refusal = .messages(givenUp.total) }
        } else {
            let lost = inFlight.abandon()
            counters.unconfirmed += lost.unconfirmed
            counters.connectionLost += lost.unsent
        }
        kept.release(upTo: inFlight.oldestPosition)
        own.forget()
        outbox.reset()
        parser = InboundParser()
        pendingClose = nil
        pingSentAt = nil
        probedAt = nil
        leftAt = now
        missing = 0
        if isOver {
            state = .idle
        } else {
            let until = now + backoff.delay(random: random.next())
            state = .waiting(until: reconnectsImmediately ? min(until, earliestAttempt) : until)
        }
        reconnectsImmediately = false
    }

    private mutating func updateSizeLimit(_ reason: CloseReason, at now: UInt64) {
        let largest = max(inFlight.largestBegun(taken: outbox.taken), own.largest)
        guard let limit = sizeLimit.connectionEnded(byBroker: reason.isByBroker, largest: largest, at: now) else { return }
        refusal = .sizes(from: limit.size, nanoseconds: limit.time)
    }
}
