import Bytes

/// A publish-only MQTT 3.1.1 session over a transport that it never touches: events and the time go in, bytes and decisions come out.
///
/// All memory is allocated at the start: `outboxCapacity` bytes of packets, and a slot for each message in flight.
/// Times are CLOCK_MONOTONIC in nanoseconds.
public struct PublishSession: ~Copyable {
    /// Fixed for the life of a session.
    public struct Options: Sendable {
        public var connect: ConnectOptions
        public var qos: QoS
        /// Messages that may wait for their PUBACK at a time.
        public var maxInflight: Int
        public var backoff: Backoff

        public init(connect: ConnectOptions, qos: QoS, maxInflight: Int, backoff: Backoff) {
            self.connect = connect
            self.qos = qos
            self.maxInflight = maxInflight
            self.backoff = backoff
        }
    }

    /// Where the session stands.
    public enum State: Equatable, Sendable {
        /// Not started, or stopped for good.
        case idle
        /// No connection; the next attempt is due at `until`.
        case waiting(until: UInt64)
        /// The transport is being opened.
        case connecting
        /// CONNECT has been sent.
        case awaitingConnack
        /// CONNACK has accepted; messages flow.
        case online
        /// DISCONNECT has been sent; the broker is to close.
        case disconnecting
    }

    /// What the caller has to do with the transport.
    public enum Action: Equatable, Sendable {
        /// Open it, then call `transportOpened` or `transportFailed`.
        case open
        /// Close it; the session has left it behind already.
        case close(CloseReason)
    }

    /// What became of a message.
    public enum PublishResult: Equatable, Sendable {
        /// In flight; its packet identifier, nil at QoS 0.
        case accepted(packetID: UInt16?)
        /// No room now: not online, window closed, or outbox full. Again after the next event.
        case busy
        /// Does not fit even into an empty outbox.
        case oversize
    }

    /// Transport and CONNACK together must be there within this time.
    public static let connectTimeout: UInt64 = 10_000_000_000
    /// A message that waits longer for the transport or its PUBACK ends the connection.
    public static let acknowledgementTimeout: UInt64 = 60_000_000_000
    /// A connection that lasted this long was good: the next backoff starts over.
    public static let goodConnection: UInt64 = 30_000_000_000
    /// Attempts that a change of the network hastens begin at least so far apart.
    public static let hurriedAttempts: UInt64 = 1_000_000_000
    /// A broker that is probed answers within this time, or is left.
    public static let probeTimeout: UInt64 = 5_000_000_000
    /// Slots for messages that the transport has not taken, at QoS 0.
    static let unwrittenCapacity = 1024
    public static let outboxCapacity = 131_072

    private let options: Options
    private var backoff: Backoff
    public private(set) var state = State.idle
    private var outbox: Outbox
    private var inFlight: InFlight
    private var own = OwnMessages()
    private var parser = InboundParser()
    private var pendingClose: CloseReason?
    private var random: SplitMix64
    /// Start of the attempt that the connect deadline counts from.
    private var attemptAt: UInt64 = 0
    /// When the last attempt or connection ended.
    private var leftAt: UInt64 = 0
    /// The network has changed since the attempt under way began.
    private var isHurried = false
    private var onlineSince: UInt64 = 0
    private var lastReceived: UInt64 = 0
    private var pingSentAt: UInt64?
    /// The answer to the PINGREQ under way is to be there sooner than usual.
    private var probeDeadline: UInt64?

    /// Totals since the start, of advertisements only.
    public private(set) var counters = Counters()

    /// - Parameter seed: chance for the backoff's jitter.
    public init(_ options: Options, seed: UInt64) {
        self.options = options
        backoff = options.backoff
        outbox = Outbox(capacity: Self.outboxCapacity)
        inFlight = InFlight(capacity: options.qos == .atLeastOnce ? options.maxInflight : Self.unwrittenCapacity, qos: options.qos)
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
    public var canPublish: Bool { state == .online && pendingClose == nil && inFlight.hasRoom }
    /// All that was handed over has been written and, where it is due, acknowledged.
    public var isSettled: Bool { inFlight.isEmpty && own.isEmpty && outbox.count == 0 }

    /// When `poll` must be called next at the latest, nil for never.
    public var deadline: UInt64? {
        if pendingClose != nil { return 0 }
        switch state {
        case .idle: return nil
        case .waiting(let until): return until
        case .connecting, .awaitingConnack: return attemptAt + Self.connectTimeout
        case .online, .disconnecting:
            var earliest = UInt64.max
            if let queued = oldestQueued { earliest = queued + Self.acknowledgementTimeout }
            if let pingDeadline { earliest = min(earliest, pingDeadline) } else if let pingDue { earliest = min(earliest, pingDue) }
            return earliest == .max ? nil : earliest
        }
    }

    private var oldestQueued: UInt64? {
        guard let first = inFlight.oldestQueued else { return own.oldestQueued }
        return min(first, own.oldestQueued ?? first)
    }

    /// The broker is asked for a sign of life when half the keep alive time brought none: publishing at QoS 0 is answered by nothing.
    /// After DISCONNECT nothing more is said.
    private var pingDue: UInt64? {
        options.connect.keepAlive == 0 || state != .online ? nil : lastReceived + UInt64(options.connect.keepAlive) * 500_000_000
    }

    private var pingDeadline: UInt64? {
        pingSentAt.map { min($0 + min(UInt64(options.connect.keepAlive) * 500_000_000, Self.connectTimeout), probeDeadline ?? .max) }
    }

    /// When the next attempt may begin at the earliest.
    private var earliestAttempt: UInt64 { max(leftAt + Backoff.floor, attemptAt + Self.hurriedAttempts) }

    // MARK: Events

    /// The first attempt is due at once.
    public mutating func start(at now: UInt64) {
        precondition(state == .idle)
        state = .waiting(until: now)
    }

    /// The network has changed: what failed may succeed now. A wait for the next attempt ends as soon as attempts may follow each
    /// other; where one is under way and fails yet, so does the wait after it. The backoff goes on from where it was.
    public mutating func hurry(at now: UInt64) {
        switch state {
        case .waiting(let until): state = .waiting(until: min(until, max(now, earliestAttempt)))
        case .connecting, .awaitingConnack: isHurried = true
        case .idle, .online, .disconnecting: break
        }
    }

    /// The connection may be dead: the broker is asked for a sign of life at once.
    public mutating func probe(at now: UInt64) {
        guard state == .online, pendingClose == nil, options.connect.keepAlive > 0 else { return }
        if pingSentAt == nil { ping(at: now) }
        probeDeadline = probeDeadline ?? now + Self.probeTimeout
    }

    /// Looks at the clock; to be called after other events too, until it answers nil.
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
            if let queued = oldestQueued, now >= queued + Self.acknowledgementTimeout {
                pendingClose = .acknowledgementTimeout
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

    /// The transport has taken `count` bytes of `pending`.
    /// - Parameter written: sees the receive stamp of each advertisement that has now been written whole.
    public mutating func transportTook(_ count: Int, _ written: (UInt64) -> Void) {
        outbox.take(count)
        Self.settle(upTo: outbox.taken, &inFlight, &counters, written)
    }

    private static func settle(upTo taken: UInt64, _ inFlight: inout InFlight, _ counters: inout Counters, _ written: (UInt64) -> Void) {
        let isDone = inFlight.qos == .atMostOnce
        inFlight.written(upTo: taken) { slot in
            written(slot.received)
            if isDone { counters.published.add(slot.tag) }
        }
    }

    /// The broker's bytes.
    /// - Parameter acknowledged: sees the packet identifier of each advertisement that was acknowledged.
    public mutating func received(_ bytes: RawSpan, at now: UInt64, _ acknowledged: (UInt16) -> Void) {
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
            isHurried = false
            onlineSince = now
            counters.connects += 1
        case .puback(let packetID):
            guard state == .online || state == .disconnecting else { throw DecodeError(.invalid, at: 0, in: "PUBACK before CONNACK") }
            if own.acknowledge(packetID) { return }
            if let slot = inFlight.acknowledge(packetID) {
                counters.published.add(slot.tag)
                acknowledged(packetID)
            } else {
                counters.unexpectedAcknowledgements += 1
            }
        case .pingresp:
            guard state == .online || state == .disconnecting else { throw DecodeError(.invalid, at: 0, in: "PINGRESP before CONNACK") }
            pingSentAt = nil
            probeDeadline = nil
        }
    }

    // MARK: Publishing

    /// Hands over an advertisement: `topic` and `payload` write straight into the outbox; a second time where that had to make
    /// room first.
    /// - Parameters:
    ///   - received: its receive stamp.
    ///   - tag: which count of `counters` and `inFlightTally` it goes to, 0…15.
    public mutating func publish(
        received: UInt64, tag: UInt8, at now: UInt64, topic: (inout ByteWriter) -> Void, payload: (inout ByteWriter) -> Void
    ) -> PublishResult {
        guard canPublish else { return .busy }
        let packetID: UInt16? = options.qos == .atLeastOnce ? inFlight.nextPacketID : nil
        guard append(qos: options.qos, retain: false, packetID: packetID, topic: topic, payload: payload) else {
            return outbox.count == 0 ? .oversize : .busy
        }
        inFlight.open(end: outbox.end, received: received, tag: tag, at: now)
        return .accepted(packetID: packetID)
    }

    /// Hands over a message of the session's own; false where it could not be taken.
    @discardableResult
    public mutating func publish(own message: Message, at now: UInt64) -> Bool {
        guard state == .online, pendingClose == nil, message.qos == .atMostOnce || own.hasRoom else { return false }
        let packetID = message.qos == .atLeastOnce ? own.nextPacketID : nil
        guard
            append(
                qos: message.qos, retain: message.retain, packetID: packetID, topic: { $0.bytes(message.topic) },
                payload: { $0.bytes(message.payload) })
        else { return false }
        if packetID != nil { own.open(at: now) }
        return true
    }

    /// PUBLISH, MQTT 3.1.1 section 3.3: | 2 + n topic | 2 packet identifier, QoS 1 only | n payload |.
    private mutating func append(
        qos: QoS, retain: Bool, packetID: UInt16?, topic: (inout ByteWriter) -> Void, payload: (inout ByteWriter) -> Void
    ) -> Bool {
        outbox.append { writer in
            writer.packet(PacketType.publish << 4 | qos.rawValue << 1 | (retain ? 1 : 0)) { writer in
                let lengthAt = writer.count
                writer.u16BigEndian(0)
                topic(&writer)
                let length = writer.count - lengthAt - 2
                if !writer.isFull {
                    writer.written.storeBytes(of: UInt16(length).bigEndian, toByteOffset: lengthAt, as: UInt16.self)
                }
                if let packetID { writer.u16BigEndian(packetID) }
                payload(&writer)
            }
        }
    }

    /// Ends the session: DISCONNECT goes out where it is online, so that the broker forgets the will; else the transport is just
    /// closed. `farewell` goes before it. Messages still in flight may yet be acknowledged until the transport closes.
    public mutating func disconnect(farewell: Message?, at now: UInt64) {
        guard state == .online, pendingClose == nil else { return close() }
        if let farewell { publish(own: farewell, at: now) }
        guard outbox.append({ $0.packet(PacketType.disconnect << 4) { _ in } }) else { return close() }
        state = .disconnecting
    }

    /// Ends the session without a word to the broker.
    public mutating func close() {
        if state == .idle { return }
        pendingClose = .requested
    }

    private mutating func leave(_ reason: CloseReason, at now: UInt64) {
        let wasOnline = state == .online || state == .disconnecting
        if wasOnline, now >= onlineSince + Self.goodConnection { backoff.reset() }
        let lost = inFlight.abandon()
        counters.unconfirmed += lost.unconfirmed
        counters.connectionLost += lost.unsent
        own = OwnMessages()
        outbox.reset()
        parser = InboundParser()
        pendingClose = nil
        pingSentAt = nil
        probeDeadline = nil
        leftAt = now
        // After DISCONNECT there is no way back, whatever ended the connection.
        let isOver = reason == .requested || state == .disconnecting
        if isOver {
            state = .idle
        } else {
            let until = now + backoff.delay(random: random.next())
            state = .waiting(until: isHurried ? min(until, earliestAttempt) : until)
        }
        isHurried = false
    }
}
