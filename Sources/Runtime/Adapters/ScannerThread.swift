import Bluetooth
import Gateway
import Linux
import Synchronization

/// The scanner thread: drains the event sockets of all adapters into the intake, and does nothing else.
///
/// No logging, no allocation in steady state, no lock but the intake's: nothing that blocks the main thread can stop it.
final class ScannerThread: Sendable {
    private enum Order: Sendable {
        case none
        /// Listen on a socket, which the main thread keeps open until the scanner has detached it.
        case attach(Source)
        case detach(slot: UInt8)
        /// Read what the kernel still holds, and end.
        case stop
    }

    /// What the main thread has not handled yet.
    private struct Unhandled {
        /// errno of the socket that failed, by slot; 0 for none.
        var failures = [Int32](repeating: 0, count: Int(ScannerThread.slots))
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
    /// Orders are not carried out any more.
    private let hasEnded = Atomic(false)
    private let unhandled = Mutex(Unhandled())
    /// Whether `unhandled` is worth its lock.
    private let hasUnhandled = Atomic(false)

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

    /// After this the socket may be closed. Its unhandled packets are discarded: they must not be taken for the next one's.
    func detach(slot: UInt8) {
        give(.detach(slot: slot))
        unhandled.withLock { unhandled in
            unhandled.failures[Int(slot)] = 0
            unhandled.packets.removeAll { $0.slot == slot }
        }
    }

    /// After this everything the kernel held is in the intake, and orders have no effect: during the stop an adapter may answer, and its
    /// socket be closed, when no thread listens to it any more.
    func stop() {
        give(.stop)
        hasEnded.store(true, ordering: .relaxed)
    }

    /// Calls `failed` with each slot whose socket has failed and been detached, and `received` with each packet, once.
    /// - Returns: packets that were lost for want of room.
    func takeUnhandled(failed: (UInt8, Int32) -> Void, received: (UInt8, [UInt8]) -> Void) -> Int {
        guard hasUnhandled.exchange(false, ordering: .acquiringAndReleasing) else { return 0 }
        let (failures, packets, lost) = unhandled.withLock { unhandled in
            defer { unhandled = Unhandled() }
            return (unhandled.failures, unhandled.packets, unhandled.lost)
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

    /// An iteration takes place this often with nothing to do: for the heartbeat, and for fragments whose continuation does not come; ns.
    private static let longestWait = min(FragmentTable.timeout, 1_000_000_000)

    /// The current iteration, on CLOCK_MONOTONIC in ns.
    private struct Iteration {
        /// The end of the iteration before.
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
            var iteration = Iteration(last: now)
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
                iteration.pause = pause
                let start = Clock.monotonic
                intake.heartbeat.beat(at: start, next: start + pause)
                ordered = orders.wait(nanoseconds: pause)
            }
            if ready {
                // A busy socket must not keep the others waiting: they alternate after each batch.
                for source in sources { drain(source, receiver, epoll, &sources, &iteration, batches: 4) }
                rhythm.found(iteration.packets, at: Clock.monotonic, longest: intake.gather, leftSome: iteration.leftSome)
            }
            let start = iteration.start ?? Clock.monotonic
            intake.heartbeat.beat(at: start, due: iteration.oldest, next: start)
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
                    for source in sources { drain(source, receiver, epoll, &sources, &iteration, batches: .max) }
                    if intake.produce({ $0.flushFragments() }) { main.signal() }
                    running = false
                }
                carriedOut.signal()
            }
            now = Clock.monotonic
            // Whatever this iteration has brought is handed over.
            if intake.produce({ $0.expireFragments(at: now) }) { main.signal() }
        }
        intake.heartbeat.pause()
    }

    private func drain(
        _ source: Source, _ receiver: borrowing HCIReceiver, _ epoll: borrowing Epoll, _ sources: inout [Source], _ iteration: inout Iteration,
        batches: Int
    ) {
        do throws(SystemError) {
            var more = true
            var left = batches
            while more, left > 0 {
                left -= 1
                let monotonic = Clock.monotonic
                let realtime = Clock.realtime
                let isFirst = iteration.start == nil
                if isFirst { iteration.start = monotonic }
                more = try receiver.receive(from: source.fd) { packet, stamp in
                    iteration.packets += 1
                    if source.isExclusive, !HCIEvent.isLEMeta(packet) { return pass(source.slot, packet) }
                    let age = stamp.map { max(0, realtime - $0 * 1000) } ?? 0
                    let received = monotonic - min(UInt64(age), monotonic)
                    // What came before the last iteration's end is a backlog, not a gap in the loop.
                    if isFirst { iteration.oldest = min(iteration.oldest, max(received, iteration.last) + iteration.pause) }
                    let times = ReceiveStamp(
                        unixMicroseconds: stamp ?? realtime / 1000, monotonic: received, sourceClock: monotonic)
                    if intake.take(event: packet, times, adapter: source.slot, more: true) { main.signal() }
                }
            }
            if more { iteration.leftSome = true }
        } catch {
            // A socket whose adapter has gone must be closed at once, or the adapter comes back under another name.
            epoll.forget(source.fd)
            sources.removeAll { $0.slot == source.slot }
            fail(source.slot, error.number)
        }
    }

    /// A packet that is no advertisement: few come.
    private func pass(_ slot: UInt8, _ packet: RawSpan) {
        let bytes = packet.withUnsafeBytes { Array($0) }
        unhandled.withLock { unhandled in
            if unhandled.packets.count < Self.mostPackets { unhandled.packets.append((slot, bytes)) } else { unhandled.lost += 1 }
        }
        hasUnhandled.store(true, ordering: .releasing)
        main.signal()
    }

    private func fail(_ slot: UInt8, _ number: Int32) {
        unhandled.withLock { $0.failures[Int(slot)] = number }
        hasUnhandled.store(true, ordering: .releasing)
        main.signal()
    }
}
