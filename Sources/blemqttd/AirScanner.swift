import Agent
import Linux
import Synchronization

/// The scanner thread: drains the adapter's event socket into the intake, and does nothing else.
///
/// No logging, no allocation in steady state, no lock but the intake's: nothing that the main thread waits for can stop it.
final class AirScanner: Sendable {
    private enum Order: Sendable {
        case none
        /// Listen on a socket, which the main thread keeps open until the scanner has let go of it.
        case attach(fd: Int32)
        case detach
        /// Read what the kernel still holds, and end.
        case stop
    }

    private let intake: SharedIntake
    private let main: Wakeup
    private let orders: Wakeup
    private let carriedOut: Wakeup
    private let order = Mutex(Order.none)
    /// errno of the socket that failed, 0 for none.
    private let failure = Atomic<Int32>(0)

    /// - Parameter main: wakes the main thread: for records in an empty ring, and for a socket that failed.
    init(_ intake: SharedIntake, main: Wakeup) throws(SystemError) {
        self.intake = intake
        self.main = main
        orders = try Wakeup()
        carriedOut = try Wakeup()
    }

    func start() throws(SystemError) -> Thread {
        let epoll = try Epoll()
        try epoll.add(orders.fd, .readable, token: Token.orders)
        let box = Mutex<Epoll?>(epoll)
        return try Thread(name: "scanner") { [self] in
            let epoll = box.withLock { $0.take()! }
            run(epoll)
        }
    }

    // MARK: The main thread's side

    func attach(_ socket: borrowing HCISocket) { give(.attach(fd: socket.fd)) }
    /// After this the socket may be closed. A failure that it had is of no interest any more: it must not be taken for the next one's.
    func detach() {
        give(.detach)
        _ = takeFailure()
    }
    /// After this everything the kernel held is in the intake.
    func stop() { give(.stop) }

    /// errno of a socket that failed and has been let go of, once.
    func takeFailure() -> Int32? {
        let number = failure.exchange(0, ordering: .acquiringAndReleasing)
        return number == 0 ? nil : number
    }

    /// The scanner waits for nothing but the adapter, so this takes no longer than the reading of one batch.
    private func give(_ new: Order) {
        order.withLock { $0 = new }
        orders.signal()
        carriedOut.wait()
    }

    // MARK: The scanner's side

    private enum Token {
        static let orders: UInt64 = 0
        static let socket: UInt64 = 1
    }

    private func run(_ epoll: borrowing Epoll) {
        let receiver = HCIReceiver()
        var socket: Int32?
        var hasOpenFragments = false
        var running = true
        while running {
            var ordered = false
            let deadline = hasOpenFragments ? Clock.monotonic + FragmentTable.timeout : nil
            do throws(SystemError) {
                try epoll.wait(until: deadline) { token, _ in if token == Token.orders { ordered = true } }
            } catch {
                fail(error.number)
            }
            if ordered {
                orders.clear()
                let new = order.withLock { order in
                    defer { order = .none }
                    return order
                }
                switch new {
                case .none: break
                case .attach(let fd):
                    do throws(SystemError) {
                        try epoll.add(fd, .readable, token: Token.socket)
                        socket = fd
                    } catch {
                        fail(error.number)
                    }
                case .detach:
                    if let fd = socket { try? epoll.remove(fd) }
                    socket = nil
                case .stop:
                    if let fd = socket { drain(fd, receiver, epoll, &socket) }
                    if intake.produce({ $0.flushFragments() }) { main.signal() }
                    running = false
                }
                carriedOut.signal()
            }
            if running, let fd = socket { drain(fd, receiver, epoll, &socket) }
            if intake.produce({ intake in
                intake.expireFragments(at: Clock.monotonic)
                hasOpenFragments = intake.hasOpenFragments
            }) {
                main.signal()
            }
        }
    }

    private func drain(_ fd: Int32, _ receiver: borrowing HCIReceiver, _ epoll: borrowing Epoll, _ socket: inout Int32?) {
        do throws(SystemError) {
            var more = true
            while more {
                let monotonic = Clock.monotonic
                let realtime = Clock.realtime
                more = try receiver.receive(from: fd) { packet, stamp in
                    let age = stamp.map { max(0, realtime - $0 * 1000) } ?? 0
                    let received = monotonic - min(UInt64(age), monotonic)
                    let times = ReceiveStamp(
                        unixMicroseconds: stamp ?? realtime / 1000, monotonic: received, sourceClock: monotonic)
                    if intake.take(event: packet, times, adapter: 0) { main.signal() }
                }
            }
        } catch {
            // A socket whose adapter has gone must be let go of at once, or it comes back under another name.
            try? epoll.remove(fd)
            socket = nil
            fail(error.number)
        }
    }

    private func fail(_ number: Int32) {
        failure.store(number, ordering: .releasing)
        main.signal()
    }
}
