import Bytes

/// An MQTT client's session, 5 or 3.1.1, over a transport that it never touches: events and the time go in, bytes and events come out.
///
/// It outlives its connections: what was not acknowledged is sent again on the next one, in its order [MQTT-4.6.0-1]. Memory is bounded by
/// `Options.maximumQueued` for what is to be sent, and by one packet for what is being received; what was delivered is the caller's to
/// bound, by not reading on. Times are CLOCK_MONOTONIC in nanoseconds.
///
/// After each event the caller takes `takeOutput` and `takeEvents`. Operations of an output have to be durable before its bytes are sent.
public struct ClientSession: Sendable {
    /// CONNACK must be there within this time after CONNECT.
    public static let connackTimeout: UInt64 = 10_000_000_000
    /// PINGRESP, or anything else, must be there within this time after a PINGREQ, or half of the keep alive time if that is less.
    public static let pingTimeout: UInt64 = 10_000_000_000
    /// No more is put into an output while so many bytes wait in it.
    static let outputBatch = 65_536
    /// Connections that the broker closed over a message before it is sent alone, and then with nothing else in flight.
    static let lossesUntilAlone: UInt8 = 3
    static let lossesAlone: UInt8 = 5
    /// Messages that any broker of MQTT 3.1.1 sends before they are acknowledged: Mosquitto's `max_inflight_messages`, unless it is set.
    static let smallestWindow = 20
    /// Packet identifiers are 1…65,535.
    static let identifiers: UInt64 = 65_535

    public internal(set) var options: Options
    /// What the next connection speaks.
    public private(set) var version: ProtocolVersion
    public internal(set) var state = State.disconnected
    /// What the broker said on this connection, or on the last; nil before the first.
    public private(set) var acceptance: Acceptance?
    public internal(set) var counters = Counters()

    var outgoing: SequenceRing<Outgoing>
    /// The number of the first that this connection has not been given.
    var unsent: UInt64
    /// Messages of QoS 1 and 2 on this connection that are not done with.
    var inFlight = 0
    /// The message over which the broker may have closed connections, while it is in flight alone.
    var alone: UInt64?
    /// Bytes, about, of all in `outgoing`.
    var queued = 0
    /// The subscriptions that the broker has granted, and those that it is to be asked for again where it has forgotten them.
    var subscriptions: [Subscription] = []
    var aliases = TopicAliases(maximum: 0)

    var inbound = SequenceRing<Inbound>()
    /// Messages that were let go on this connection, each of which takes a place in the broker's window.
    var abandoned = 0
    /// Packet identifiers of those of QoS 2 among them.
    var inboundExactlyOnce: Set<UInt16> = []
    /// Messages of QoS 2 that were delivered and not acknowledged when their connection ended, by packet identifier: they are not delivered again.
    var parked: [UInt16: Parked] = [:]
    /// Those that came again under another number than the one that they were delivered with.
    var moved: [UInt64: UInt64] = [:]
    /// Packet identifiers for which PUBREC has been sent and PUBREL has not come.
    var released: Set<UInt16>
    /// Of the messages that they were of, as far as they came in this process.
    var releasedDigests: [UInt16: Int] = [:]
    var inboundAliases = InboundAliases(maximum: 0)

    var output: [UInt8] = []
    var operations: [StoreOperation] = []
    var events: [Event] = []
    /// Bytes of this connection that were put into the output, and that the transport has taken.
    var written: UInt64 = 0
    var taken: UInt64 = 0
    /// Messages of QoS 0 that are to be told of once the transport has taken them.
    var unwritten: [(end: UInt64, token: UInt64)] = []

    private var framer: PacketFramer
    private var flood = Flood()
    private var connectedAt: UInt64 = 0
    private var lastReceived: UInt64 = 0
    var lastSent: UInt64 = 0
    var pingSentAt: UInt64?
    /// The broker has answered a PINGREQ on this connection.
    var isProven = false
    private var isReading = true
    /// A CONNECT went out whose CONNACK has not come: the broker may have begun a new session then, of which this side knows nothing.
    private var hasMissedConnack = false
    private var isConnackDue = false
    /// The broker's DISCONNECT says that it was for something that was sent.
    private var blames = false

    /// - Parameter stored: what an earlier process has left in its store.
    public init(_ options: Options, version: ProtocolVersion, restoring stored: Stored = Stored()) {
        self.options = options
        self.version = version
        outgoing = SequenceRing(from: stored.outgoing.first?.number ?? 0)
        released = stored.received
        framer = PacketFramer(limit: options.maximumPacketSize)
        unsent = outgoing.next
        for (number, message) in stored.outgoing {
            let cost = message?.cost ?? 0
            queued += cost
            outgoing.append(
                Outgoing(token: nil, request: .publish(message ?? Outgoing.gone), stage: message == nil ? .released : .sent, cost: cost), as: number)
        }
        unsent = outgoing.oldest
    }

    // MARK: The connection

    /// The transport is there: CONNECT goes out.
    /// - Parameter version: replaces the one before, where the broker does not speak that.
    public mutating func transportOpened(version: ProtocolVersion? = nil, at now: UInt64) {
        precondition(state == .disconnected)
        if let version { self.version = version }
        framer = PacketFramer(limit: options.maximumPacketSize)
        flood = Flood()
        hasMissedConnack = hasMissedConnack || isConnackDue
        isConnackDue = true
        isProven = false
        abandoned = 0
        isReading = true
        pingSentAt = nil
        written = 0
        taken = 0
        connectedAt = now
        lastReceived = now
        state = .awaitingConnack
        output.appendConnect(options, version: self.version, cleanStart: options.persistence == .clean)
        lastSent = now
    }

    /// Replaces user name and password of the next CONNECT.
    public mutating func replace(userName: String?, password: [UInt8]?) {
        options.userName = userName
        options.password = password
    }

    /// The broker's bytes.
    public mutating func received(_ bytes: RawSpan, at now: UInt64) {
        guard state != .disconnected else { return }
        lastReceived = now
        counters.bytesReceived += UInt64(bytes.byteCount)
        var framer = framer
        self.framer = PacketFramer(limit: 0)
        do throws(DecodeError) {
            try framer.feed(bytes) { first, body throws(DecodeError) in
                guard state == .online || state == .awaitingConnack else { return false }
                try handle(try ServerPacket(first, body, version: version), at: now)
                return true
            }
        } catch {
            violated(error)
        }
        self.framer = framer
        flushAcknowledgements()
        pump(at: now)
    }

    private mutating func violated(_ error: DecodeError) {
        guard state == .online || state == .awaitingConnack else { return }
        let code: ReasonCode = error.reason == .oversized ? .packetTooLarge : .protocolError
        close(.protocolViolation(error), code)
    }

    /// Ends the connection from this side, with a DISCONNECT where the broker understands why.
    mutating func close(_ reason: CloseReason, _ code: ReasonCode? = nil) {
        guard state == .online || state == .awaitingConnack else { return }
        if let code, state == .online, version == .v5 || code == .success {
            output.appendDisconnect(code, sessionExpiry: nil, version: version)
        }
        state = .closing
        events.append(.close(reason))
    }

    private mutating func handle(_ packet: ServerPacket, at now: UInt64) throws(DecodeError) {
        if case .connack(let connack) = packet {
            guard state == .awaitingConnack else { throw DecodeError(.invalid, at: 0, in: "CONNACK outside of connecting") }
            return try accept(connack, at: now)
        }
        guard state == .online else { throw DecodeError(.invalid, at: 0, in: "packet before CONNACK") }
        switch packet {
        case .connack: break
        case .publish(let publish): try receive(publish)
        case .acknowledgement(let kind, let packetID, let code, let properties):
            if !acknowledged(kind, packetID, code, properties, at: now) { isUnexpected(at: now) }
        case .suback(let packetID, let codes, let properties):
            if !answered(packetID, codes, properties) { isUnexpected(at: now) }
        case .unsuback(let packetID, let codes, let properties):
            if !answered(packetID, codes, properties) { isUnexpected(at: now) }
        case .pingresp:
            if pingSentAt == nil { isUnexpected(at: now) }
            pingSentAt = nil
            isProven = true
            events.append(.answered)
        case .disconnect(let code, let properties):
            state = .closing
            blames = code.isAboutContent
            events.append(.close(.disconnectedByBroker(code, properties)))
        }
    }

    private mutating func isUnexpected(at now: UInt64) {
        counters.unexpected += 1
        if flood.adds(at: now) { close(.flood, .protocolError) }
    }

    private mutating func accept(_ connack: Connack, at now: UInt64) throws(DecodeError) {
        guard connack.reasonCode == .success else {
            isConnackDue = false
            state = .closing
            events.append(.close(.refused(connack.reasonCode, connack.properties)))
            return
        }
        // A session cannot be there that was to begin anew [MQTT-3.2.2-2].
        guard !connack.sessionPresent || options.persistence != .clean else { throw DecodeError(.invalid, at: 0, in: "Session Present") }
        let acceptance = Acceptance(connack, version: version, options: options)
        self.acceptance = acceptance
        options.clientID = acceptance.clientID
        state = .online
        counters.connects += 1
        aliases = TopicAliases(maximum: acceptance.topicAliasMaximum)
        inboundAliases = InboundAliases(maximum: version == .v5 ? options.topicAliasMaximum : 0)
        events.append(.accepted(acceptance))
        resume(isKnown: connack.sessionPresent, isCertain: !hasMissedConnack)
        hasMissedConnack = false
        isConnackDue = false
        pump(at: now)
    }

    /// The transport has ended, whoever ended it; or was never opened.
    /// - Parameter byBroker: the other side closed or reset it.
    public mutating func transportClosed(byBroker: Bool) {
        let wasOnline = state == .online
        state = .disconnected
        output = []
        for (_, token) in unwritten { events.append(.finished(token: token, .failure(.connectionLost))) }
        unwritten = []
        parkInbound()
        keepOutgoing(blames: blames || byBroker && wasOnline)
        blames = false
    }

    // MARK: Time

    /// When `poll` must be called next at the latest, nil for never.
    public var deadline: UInt64? {
        switch state {
        case .disconnected, .closing: return nil
        case .awaitingConnack: return connectedAt + Self.connackTimeout
        case .online:
            return keepAlive > 0 ? min(pingDeadline ?? .max, pingDue) : nil
        }
    }

    /// Nanoseconds.
    private var keepAlive: UInt64 { UInt64(acceptance?.keepAlive ?? options.keepAlive) * 1_000_000_000 }

    /// A client that only listens must send something within the keep alive time [MQTT-3.1.2-20]; one that only publishes at QoS 0 would not
    /// notice that nobody is there.
    private var pingDue: UInt64 { min(lastSent + keepAlive / 4 * 3, pingSentAt == nil ? lastReceived + keepAlive / 2 : .max) }

    /// While nothing is read, no answer can come.
    private var pingDeadline: UInt64? {
        guard let pingSentAt, isReading else { return nil }
        return max(pingSentAt, lastReceived) + min(Self.pingTimeout, keepAlive / 2)
    }

    /// Checks the deadlines.
    public mutating func poll(at now: UInt64) {
        guard let deadline, now >= deadline else { return }
        if state == .awaitingConnack { return close(.connackTimeout) }
        // Anything that has come since is as good as an answer.
        if let pingDeadline, now >= pingDeadline { return close(.pingTimeout) }
        ping(at: now)
    }

    /// Sends a PINGREQ now, whether one is due or not.
    public mutating func ping(at now: UInt64) {
        guard state == .online else { return }
        output.appendPing()
        pingSentAt = pingSentAt ?? now
        lastSent = now
    }

    /// The caller reads nothing more until it says so, because what was delivered has not been taken.
    public mutating func stopReading() { isReading = false }

    public mutating func resumeReading(at now: UInt64) {
        isReading = true
        lastReceived = now
    }

    // MARK: What comes out

    /// What has to be made durable, and then sent.
    public mutating func takeOutput() -> (operations: [StoreOperation], bytes: [UInt8]) {
        written += UInt64(output.count)
        counters.bytesSent += UInt64(output.count)
        defer {
            operations = []
            output = []
        }
        return (operations, output)
    }

    /// Requests that are not done with.
    public var pendingRequests: Int { outgoing.count + unwritten.count }

    public var hasOutput: Bool { !output.isEmpty || !operations.isEmpty }

    public mutating func takeEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    public var hasEvents: Bool { !events.isEmpty }

    /// The transport has taken so many bytes of those that `takeOutput` gave.
    public mutating func transportTook(_ count: Int, at now: UInt64) {
        taken += UInt64(count)
        if count > 0 { lastSent = now }
        var done = 0
        while done < unwritten.count, unwritten[done].end <= taken {
            counters.published += 1
            events.append(.finished(token: unwritten[done].token, .success(.published(.success))))
            done += 1
        }
        unwritten.removeFirst(done)
        pump(at: now)
    }

    // MARK: The end

    /// Sends DISCONNECT, after which the broker discards the will, unless the code says otherwise.
    /// - Parameter endsSession: the broker is to forget a persistent session too; MQTT 5 only.
    public mutating func disconnect(_ code: ReasonCode = .success, endsSession: Bool = false) {
        guard state == .online else {
            if state == .awaitingConnack { close(.requested) }
            return
        }
        output.appendDisconnect(code, sessionExpiry: endsSession ? 0 : nil, version: version)
        state = .closing
        events.append(.close(.requested))
    }

    /// Whoever waits for a request is told that the session has ended; what a persistent one holds stays for the next process.
    public mutating func end() {
        for number in Array(outgoing.numbers) {
            guard let token = outgoing[number]?.token else { continue }
            outgoing[number]?.token = nil
            events.append(.finished(token: token, .failure(.ended)))
        }
    }
}
