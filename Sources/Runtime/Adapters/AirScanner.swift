import Bluetooth
import Gateway
import Linux
import Synchronization

/// The scanner thread: drains the event sockets of all adapters into the intake, and does nothing else.
///
/// No logging, no allocation in steady state, no lock but the intake's: nothing that the main thread waits for can stop it.
final class AirScanner: Sendable {
    private enum Order: Sendable {
        case none
        /// Listen on a socket, which the main thread keeps open until the scanner has let go of it.
        case attach(Source)
        case detach(slot: UInt8)
        /// Read what the kernel still holds, and end.
        case stop
    }

    /// What the scanner has for the main thread.
    private struct News {
        /// errno of the socket that failed, by slot; 0 for none.
        var failures = [Int32](repeating: 0, count: Int(AirScanner.slots))
        /// Packets from sockets over which everything comes, but for advertisements.
        var packets: [(slot: UInt8, bytes: [UInt8])] = []
        /// Packets for which there was no room.
        var lost = 0
    }

    /// Packets that may wait for the main thread. A few come each second; a controller that floods gets no more memory than this.
    private static let mostPackets = 256

    /// Adapters that can be listened to in one run.
    static let slots: UInt8 = 16

    private let intake: SharedIntake
    private let main: Wakeup
    private let orders: Wakeup
    private let carriedOut: Wakeup
    private let order = Mutex(Order.none)
    /// Nobody carries out orders any more.
    private let hasEnded = Atomic(false)
    private let news = Mutex(News())
    /// Whether a look at `news` is worth its lock.
    private let hasNews = Atomic(false)

    /// - Parameter main: wakes the main thread: for records in an empty ring, and for a socket that failed.
    init(_ intake: SharedIntake, main: Wakeup) throws(SystemError) {
        self.intake = intake
        self.main = main
        orders = try Wakeup()
        carriedOut = try Wakeup()
    }

    func start() throws(SystemError) -> Thread {
        let epoll = try Epoll()
        try epoll.add(orders.fd, .readable, token: Self.ordersToken)
        let box = Mutex<Epoll?>(epoll)
        return try Thread(name: "scanner") { [self] in
            let epoll = box.withLock { $0.take()! }
            run(epoll)
        }
    }

    // MARK: The main thread's side

    /// - Parameters:
    ///   - fd: an HCI socket, which stays open until `detach`.
    ///   - slot: the adapter's number in the intake's counters.
    ///   - isExclusive: everything comes over this socket; what is no advertisement goes to `takeNews`.
    ///   - receiveBuffer: bytes that the kernel granted.
    func attach(_ fd: Int32, slot: UInt8, isExclusive: Bool, receiveBuffer: Int) {
        give(.attach(Source(slot: slot, fd: fd, isExclusive: isExclusive, receiveBuffer: receiveBuffer)))
    }

    /// After this the socket may be closed. What it left is of no interest any more: it must not be taken for the next one's.
    func detach(slot: UInt8) {
        give(.detach(slot: slot))
        news.withLock { news in
            news.failures[Int(slot)] = 0
            news.packets.removeAll { $0.slot == slot }
        }
    }

    /// After this everything the kernel held is in the intake, and orders come to nothing: on the way out an adapter may answer, and its
    /// socket be closed, when nobody listens to it any more.
    func stop() {
        give(.stop)
        hasEnded.store(true, ordering: .relaxed)
    }

    /// Calls `failed` with each slot whose socket has failed and been let go of, and `received` with each packet, once.
    /// - Returns: packets that were lost for want of room.
    func takeNews(failed: (UInt8, Int32) -> Void, received: (UInt8, [UInt8]) -> Void) -> Int {
        guard hasNews.exchange(false, ordering: .acquiringAndReleasing) else { return 0 }
        let (failures, packets, lost) = news.withLock { news in
            defer { news = News() }
            return (news.failures, news.packets, news.lost)
        }
        for (slot, bytes) in packets { received(slot, bytes) }
        for (slot, number) in failures.enumerated() where number != 0 { failed(UInt8(slot), number) }
        return lost
    }

    /// The scanner waits for nothing but the adapters, so this takes no longer than the reading of one batch.
    private func give(_ new: Order) {
        guard !hasEnded.load(ordering: .relaxed) else { return }
        order.withLock { $0 = new }
        orders.signal()
        carriedOut.wait()
    }

    // MARK: The scanner's side

    private static let ordersToken = UInt64.max

    /// It comes round this often with nothing to do: so that others see it alive, and for fragments whose rest does not come; ns.
    private static let longestWait = min(FragmentTable.timeout, 1_000_000_000)

    /// The present turn, on CLOCK_MONOTONIC in ns.
    private struct Turn {
        /// The end of the turn before.
        let last: UInt64
        /// When this one's work began; nil until it has.
        var start: UInt64?
        /// When the oldest event that this one found waiting was due to be read.
        var oldest = UInt64.max
        /// How long events were let gather, ns.
        var pause: UInt64 = 0
        var packets = 0
        var leftSome = false
    }

    /// What the scanner listens to.
    private struct Source {
        var slot: UInt8
        var fd: Int32
        var isExclusive: Bool
        var receiveBuffer: Int
    }

    private func run(_ epoll: borrowing Epoll) {
        let receiver = HCIReceiver()
        var sources: [Source] = []
        sources.reserveCapacity(Int(Self.slots))
        var rhythm = GatherRhythm()
        var now = Clock.monotonic
        var running = true
        while running {
            var turn = Turn(last: now)
            var (ordered, ready, hasFailed) = (false, false, false)
            let pause = rhythm.pause(atMost: intake.gather, receiveBuffer: sources.lazy.map { $0.receiveBuffer }.min() ?? 0)
            if pause == 0 || rhythm.awaitsPacket {
                let deadline = now + Self.longestWait
                intake.heartbeat.beat(at: now, next: deadline)
                do throws(SystemError) {
                    try epoll.wait(until: deadline, from: now) { token, events in
                        if token == Self.ordersToken { ordered = true } else { ready = true }
                        if !events.isDisjoint(with: [.failed, .hungUp]) { hasFailed = true }
                    }
                } catch {
                    for source in sources { fail(source.slot, error.number) }
                    sources.removeAll()
                }
            } else {
                ready = true
            }
            if ready, pause > 0, !ordered, !hasFailed {
                turn.pause = pause
                let start = Clock.monotonic
                intake.heartbeat.beat(at: start, next: start + pause)
                ordered = orders.wait(nanoseconds: pause)
            }
            if ready {
                // A socket that keeps coming must not keep the others waiting: they have their turn after each batch.
                for source in sources { drain(source, receiver, epoll, &sources, &turn, batches: 4) }
                rhythm.found(turn.packets, at: Clock.monotonic, longest: intake.gather, leftSome: turn.leftSome)
            }
            let start = turn.start ?? Clock.monotonic
            intake.heartbeat.beat(at: start, due: turn.oldest, next: start)
            if ordered {
                orders.clear()
                let new = order.withLock { order in
                    defer { order = .none }
                    return order
                }
                switch new {
                case .none: break
                case .attach(let source):
                    do throws(SystemError) {
                        try epoll.add(source.fd, .readable, token: UInt64(source.slot))
                        sources.append(source)
                    } catch {
                        fail(source.slot, error.number)
                    }
                case .detach(let slot):
                    if let source = sources.first(where: { $0.slot == slot }) { epoll.forget(source.fd) }
                    sources.removeAll { $0.slot == slot }
                case .stop:
                    for source in sources { drain(source, receiver, epoll, &sources, &turn, batches: .max) }
                    if intake.produce({ $0.flushFragments() }) { main.signal() }
                    running = false
                }
                carriedOut.signal()
            }
            now = Clock.monotonic
            // Whatever this turn has brought is handed over.
            if intake.produce({ $0.expireFragments(at: now) }) { main.signal() }
        }
        intake.heartbeat.pause()
    }

    private func drain(
        _ source: Source, _ receiver: borrowing HCIReceiver, _ epoll: borrowing Epoll, _ sources: inout [Source], _ turn: inout Turn,
        batches: Int
    ) {
        do throws(SystemError) {
            var more = true
            var left = batches
            while more, left > 0 {
                left -= 1
                let monotonic = Clock.monotonic
                let realtime = Clock.realtime
                let isFirst = turn.start == nil
                if isFirst { turn.start = monotonic }
                more = try receiver.receive(from: source.fd) { packet, stamp in
                    turn.packets += 1
                    if source.isExclusive, !HCIEvent.isLEMeta(packet) { return pass(source.slot, packet) }
                    let age = stamp.map { max(0, realtime - $0 * 1000) } ?? 0
                    let received = monotonic - min(UInt64(age), monotonic)
                    // What came before the last turn's end is a backlog, not a gap in the loop.
                    if isFirst { turn.oldest = min(turn.oldest, max(received, turn.last) + turn.pause) }
                    let times = ReceiveStamp(
                        unixMicroseconds: stamp ?? realtime / 1000, monotonic: received, sourceClock: monotonic)
                    if intake.take(event: packet, times, adapter: source.slot, more: true) { main.signal() }
                }
            }
            if more { turn.leftSome = true }
        } catch {
            // A socket whose adapter has gone must be let go of at once, or it comes back under another name.
            epoll.forget(source.fd)
            sources.removeAll { $0.slot == source.slot }
            fail(source.slot, error.number)
        }
    }

    /// A packet that is no advertisement: few come.
    private func pass(_ slot: UInt8, _ packet: RawSpan) {
        let bytes = packet.withUnsafeBytes { Array($0) }
        news.withLock { news in
            if news.packets.count < Self.mostPackets { news.packets.append((slot, bytes)) } else { news.lost += 1 }
        }
        hasNews.store(true, ordering: .releasing)
        main.signal()
    }

    private func fail(_ slot: UInt8, _ number: Int32) {
        news.withLock { $0.failures[Int(slot)] = number }
        hasNews.store(true, ordering: .releasing)
        main.signal()
    }
}
