import Bytes
import Settings
import Linux
import MQTTWire

@testable import Runtime

/// A broker, and the network to it: it accepts, refuses, stalls, floods, and breaks off, as the scenario wants.
final class SimulatedBroker: BrokerNetwork {
    enum Reach: CaseIterable { case accepts, refuses, hangs, mute, refusesConnack, garbage }
    enum Reading: CaseIterable { case all, nothing, slowly }
    enum Flood: CaseIterable { case none, pingresp, unknownPuback }

    var reach = Reach.accepts
    var reading = Reading.all { didSet { connection?.read() } }
    var flood = Flood.none { didSet { connection?.flood() } }
    var acknowledges = true
    /// ns
    var latency: UInt64 = 300_000
    var closesAfterDisconnect = true
    /// A message to this topic ends the connection: its access list forbids it.
    var closesOn: String?

    fileprivate let simulation: Simulation
    fileprivate let kernel: SimulatedKernel
    fileprivate(set) var connection: SimulatedStream?
    private var outcome: BrokerConnector.Outcome?
    private var attempts = 0
    private(set) var missing = CloseReason.Missing.connection
    private var hasNetworkNews = false

    // What has come.
    fileprivate(set) var retained: [String: String] = [:]
    fileprivate(set) var advertisements = 0
    /// When an advertisement of each adapter came last.
    fileprivate(set) var lastHeard: [String: UInt64] = [:]
    fileprivate(set) var keepAlive = 0
    fileprivate(set) var lastQoS: UInt8 = 0
    fileprivate(set) var sawDisconnect = false

    init(_ simulation: Simulation, _ kernel: SimulatedKernel) {
        self.simulation = simulation
        self.kernel = kernel
    }

    /// The session is there.
    var isOnline: Bool { connection?.isAccepted ?? false }

    /// What is still on its way is read.
    func read() { connection?.read() }

    /// Breaks the connection off.
    func breakOff(_ reset: Bool) { connection?.end(reset: reset) }

    func changeNetwork() {
        hasNetworkNews = true
        kernel.edges.append(.networkChanges)
    }

    // MARK: BrokerNetwork

    let deadline: UInt64? = nil
    let changesDeadline: UInt64? = nil

    func start(_ broker: Configuration.Broker) {
        attempts += 1
        let attempt = attempts
        outcome = nil
        let reach = reach
        guard reach != .hangs else { return }
        simulation.after(simulation.draw(50_000..<80_000_000)) { [self] in
            guard attempt == attempts else { return }
            if reach == .refuses {
                outcome = .failed(.transport(errno: 111))
            } else {
                outcome = .opened(SimulatedStream(self))
            }
            kernel.edges.append(.broker([.writable]))
        }
    }

    func advance(at now: UInt64) -> BrokerConnector.Outcome? {
        guard let outcome else { return nil }
        self.outcome = nil
        if case .opened(let stream as SimulatedStream) = outcome { connection = stream }
        return outcome
    }

    func cancel() {
        attempts += 1
        outcome = nil
    }

    func release(_ transport: any Transport) {
        (transport as! SimulatedStream).abandon()
        connection = nil
    }

    func watch(_ transport: any Transport, forAnswers: Bool) { (transport as! SimulatedStream).isWatched = forAnswers }

    func changesReady(at now: UInt64) {}

    func hasChanged(at now: UInt64) -> Bool {
        defer { hasNetworkNews = false }
        return hasNetworkNews
    }

    func lostAddress(of transport: any Transport) -> String? { simulation.isDrawn(oneIn: 2) ? "192.0.2.7:50123" : nil }
}

/// A stream to that broker, with the broker's end of it.
final class SimulatedStream: Transport {
    private let broker: SimulatedBroker
    private var simulation: Simulation { broker.simulation }
    /// What the broker has not read, and what the client has not.
    private var toBroker: [UInt8] = []
    private var toClient: [UInt8] = []
    private var wasFull = false
    private var isReset = false
    private var isEnded = false
    private var isAbandoned = false
    private var isReading = false
    private var isFlooding = false
    /// What can be read is reported.
    var isWatched = true {
        didSet { if isWatched, !toClient.isEmpty { tell(.readable) } }
    }
    /// Bytes that the client has read since the beginning.
    private var fetched = 0
    private(set) var isAccepted = false
    private var hasConnected = false
    private var hasLeft = false
    private var will: (topic: String, payload: String)?

    /// Both sockets' buffers.
    private static let capacity = 65_536

    init(_ broker: SimulatedBroker) { self.broker = broker }

    let fd: Int32 = -1

    func advance() throws(TransportError) -> Bool { true }

    // MARK: The client's end

    func read(into memory: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int? {
        simulation.spend(3000)
        if isReset { throw .system(SystemError("read", 104)) }
        guard !toClient.isEmpty else { return isEnded ? 0 : nil }
        let count = min(memory.count, toClient.count)
        memory.copyBytes(from: toClient[..<count])
        toClient.removeFirst(count)
        fetched += count
        broker.kernel.progress += UInt64(count)
        // Some 4 µs for a packet of four bytes: a slow processor.
        simulation.spend(UInt64(count) * 1000)
        if isFlooding { refill() }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int? {
        simulation.spend(3000)
        if isReset || isEnded { throw .system(SystemError("write", 32)) }
        let count = min(bytes.count, Self.capacity - toBroker.count)
        guard count > 0 else {
            wasFull = true
            return nil
        }
        toBroker += bytes[..<count]
        broker.kernel.progress += UInt64(count)
        // The formatting of what is written, and the write.
        simulation.spend(UInt64(count) * 30)
        read()
        return count
    }

    /// The kernel reports each change of the state.
    func finishWriting() { tell([.writable]) }

    func abandon() {
        isAbandoned = true
        // What the kernel has taken still reaches a broker that reads.
        if !isReset, broker.reading == .all { take() }
        publishWill()
    }

    // MARK: The broker's end

    private func tell(_ events: Epoll.Interest) {
        guard !isAbandoned, isWatched || events != .readable else { return }
        broker.kernel.edges.append(.broker(events))
    }

    /// Longer than this nothing lies unread that the daemon has not watched for: four times the longest gathering, and two iterations.
    private static let longestRest = 420 * Simulation.millisecond

    private func send(_ bytes: [UInt8], after delay: UInt64) {
        simulation.after(delay) { [self] in
            guard !isAbandoned, !isEnded else { return }
            toClient += bytes
            tell(.readable)
            guard !isWatched else { return }
            let end = fetched + toClient.count
            simulation.after(Self.longestRest) { [self] in
                if !isAbandoned, !isEnded, fetched < end { simulation.fail("an answer of the broker's lies unread") }
            }
        }
    }

    func end(reset: Bool) {
        guard !isEnded, !isAbandoned else { return }
        isEnded = true
        isReset = reset
        isAccepted = false
        publishWill()
        tell(reset ? [.readable, .failed, .hungUp] : [.readable, .peerClosed])
    }

    private func publishWill() {
        if let will, !hasLeft { broker.retained[will.topic] = will.payload }
        will = nil
    }

    func flood() {
        isFlooding = broker.flood != .none && (isAccepted || hasLeft)
        if isFlooding { refill() }
    }

    private func refill() {
        guard toClient.count < 8192 else { return }
        switch broker.flood {
        case .none: isFlooding = false
        case .pingresp: for _ in 0..<4096 { toClient += [0xD0, 0] }
        case .unknownPuback: for _ in 0..<2048 { toClient += [0x40, 2, 0xEA, 0x01] }
        }
        tell(.readable)
    }

    /// The broker reads what is there, in its own time.
    func read() {
        guard !isReading, !isAbandoned, !toBroker.isEmpty, broker.reading != .nothing else { return }
        isReading = true
        simulation.after(broker.latency) { [self] in
            isReading = false
            guard !isAbandoned else { return }
            take()
        }
    }

    private func take() {
        guard !isEnded else { return }
        let limit = broker.reading == .slowly ? 400 : Int.max
        var position = 0
        while let (packet, size) = packet(at: position) {
            guard position + size <= limit || position == 0 else { break }
            position += size
            handle(packet)
            if isEnded { return }
        }
        toBroker.removeFirst(position)
        if wasFull, toBroker.count < Self.capacity / 2 {
            wasFull = false
            tell(.writable)
        }
        if position > 0, broker.reading == .slowly {
            // 20 kB/s
            isReading = true
            simulation.after(20 * Simulation.millisecond) { [self] in
                isReading = false
                read()
            }
        }
    }

    /// The packet at a position, and its size with the header; nil while it is not whole.
    private func packet(at start: Int) -> (ArraySlice<UInt8>, Int)? {
        var length = 0
        var shift = 0
        var index = start + 1
        while true {
            guard index < toBroker.count else { return nil }
            length |= Int(toBroker[index] & 0x7F) << shift
            shift += 7
            index += 1
            if toBroker[index - 1] & 0x80 == 0 { break }
        }
        guard index + length <= toBroker.count else { return nil }
        return ([toBroker[start]] + toBroker[index..<index + length], index + length - start)
    }

    private func handle(_ packet: ArraySlice<UInt8>) {
        let bytes = Array(packet)
        if hasLeft { return simulation.fail("a packet after DISCONNECT") }
        switch bytes[0] >> 4 {
        case 1: connected(bytes)
        case 3: published(bytes)
        case 12: if isAccepted || hasConnected { send([0xD0, 0], after: broker.latency) }
        case 14:
            hasLeft = true
            isAccepted = false
            broker.sawDisconnect = true
            if broker.closesAfterDisconnect { simulation.after(broker.latency) { [self] in end(reset: false) } }
        default: simulation.fail("packet type \(bytes[0] >> 4) from a publisher")
        }
    }

    private func field(_ bytes: [UInt8], _ position: inout Int) -> String {
        let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
        defer { position += 2 + length }
        return String(decoding: bytes[position + 2..<position + 2 + length], as: UTF8.self)
    }

    /// CONNECT: | "MQTT" | 1 level | 1 flags | 2 keep alive | client identifier | will topic | will message | …
    private func connected(_ bytes: [UInt8]) {
        guard !hasConnected else { return simulation.fail("a second CONNECT") }
        hasConnected = true
        broker.keepAlive = Int(bytes[9]) << 8 | Int(bytes[10])
        var position = 11
        _ = field(bytes, &position)
        if bytes[8] & 0x04 != 0 {
            let topic = field(bytes, &position)
            will = (topic, field(bytes, &position))
        }
        switch broker.reach {
        case .mute: return
        case .refusesConnack: send([0x20, 2, 0, UInt8(1 + simulation.draw(below: 5))], after: broker.latency)
        case .garbage: send((0..<20).map { _ in UInt8(simulation.draw(below: 256)) }, after: broker.latency)
        case .accepts, .refuses, .hangs:
            simulation.after(broker.latency) { [self] in
                guard !isAbandoned, !isEnded else { return }
                isAccepted = true
                toClient += [0x20, 2, 0, 0]
                tell(.readable)
                flood()
            }
        }
    }

    private func published(_ bytes: [UInt8]) {
        guard hasConnected else { return simulation.fail("PUBLISH before CONNECT") }
        var position = 1
        let topic = field(bytes, &position)
        if topic == broker.closesOn { return end(reset: false) }
        let qos = bytes[0] >> 1 & 3
        if qos > 0 {
            let id = Array(bytes[position..<position + 2])
            position += 2
            if id == [0, 0] { return simulation.fail("packet identifier 0") }
            if broker.acknowledges { send([0x40, 2] + id, after: broker.latency) }
        }
        let payload = String(decoding: bytes[position...], as: UTF8.self)
        if bytes[0] & 1 != 0 {
            broker.retained[topic] = payload.isEmpty ? nil : payload
        } else {
            broker.advertisements += 1
            broker.lastQoS = qos
            // "adapter":"hci0"
            if let name = payload.split(separator: "\"adapter\":\"").dropFirst().first?.prefix(while: { $0 != "\"" }) {
                broker.lastHeard[String(name)] = simulation.now
            }
        }
    }
}
