import Bluetooth
import Bytes
import Gateway
import Linux
import MQTTWire
import Settings

/// The operating system as the daemon uses it: Linux itself, or test doubles with a clock that is a number in the simulation.
package struct Machine {
    let kernel: any Kernel
    let bluetooth: any BluetoothHost
    let network: any BrokerNetwork
    let files: any FileStore
    let service: any ServiceManaging
}

/// Time, chance, signals, and something to wait on.
package protocol Kernel: AnyObject {
    /// CLOCK_MONOTONIC, ns.
    var monotonic: UInt64 { get }
    /// CLOCK_REALTIME since 1970-01-01 UTC, ns.
    var realtime: Int64 { get }
    /// The real time is synchronized; nil if unknown.
    var isClockSynchronized: Bool? { get }
    /// 64 bits of chance.
    var random: UInt64 { get }
    /// VmRSS, KiB.
    var residentKiB: UInt64 { get }
    /// Adapters may be brought up and repaired (CAP_NET_ADMIN).
    var mayRepairAdapters: Bool { get }

    /// Sleeps for a moment, below a second.
    func pause(nanoseconds: Int)
    /// Releases memory that only the step just done has needed.
    func releaseFilePages()
    /// The same, and what has been freed.
    func releaseUnused()
    /// Waits until something is there or the patience is over, and calls `body` for each thing that is: at most some dozen at a time.
    func wait(_ patience: Patience, _ body: (Readiness) -> Void) throws(SystemError)
    /// The next signal that came, nil if none.
    func nextSignal() -> Signals.Signal?
}

/// How long the main loop waits when nothing comes.
package enum Patience {
    /// Not at all: there is work left from the iteration before.
    case none
    /// Until a time that the iteration before has left in the future.
    /// - Parameters:
    ///   - deadline: CLOCK_MONOTONIC, ns.
    ///   - after: when that iteration began.
    case until(_ deadline: UInt64, after: UInt64)
}

/// What the main loop waits for.
package enum Readiness: Equatable {
    case signals
    /// There are records in a ring that was empty, or the scanner thread has something for the main thread.
    case records
    /// A background task is done, or a host name looked up.
    case backgroundTasks
    case broker(Epoll.Interest)
    case networkChanges
    case adapterEvents
    case management
    /// Completions have come from the adapter in this slot.
    case adapter(UInt8)
}

/// A call that may block, on a thread of its own.
package protocol Pending<Outcome>: AnyObject {
    associatedtype Outcome: Sendable
    /// The outcome, once; nil while there is none.
    func take() -> Outcome?
}

extension BackgroundTask: Pending {
    package typealias Outcome = Result
}

// MARK: Bluetooth

/// The kernel's Bluetooth, and the thread that listens to the adapters.
package protocol BluetoothHost: AnyObject {
    /// The kernel reports adapters that come, go, and change.
    var reportsEvents: Bool { get }

    /// Starts the scanner thread: what attached adapters receive goes to the intake. Before that, as in a replay, no kernel event wakes the main
    /// loop: events that are not taken would wake it for ever.
    func start() throws(SystemError)
    /// Ends listening; afterwards everything that the kernel held is in the intake.
    func end()
    func adapters() throws(SystemError) -> [BluetoothAdapter]
    /// Why there may be none, and what to do; nil if nothing is found that would explain it.
    var absenceAdvice: String? { get }
    /// The next kernel event of an adapter; nil if none.
    func nextEvent() -> AdapterEvent?

    /// Opens the kernel's management interface, where it is not open yet.
    func openManagement() throws(SystemError)
    func manage(_ packet: [UInt8]) throws(SystemError)
    /// The next packet from there, what fits of it; its size, nil if none.
    func nextManagementPacket(into memory: UnsafeMutableRawBufferPointer) -> Int?

    /// Opens an adapter's sockets beside other programs'.
    /// - Parameter receiveBuffer: bytes asked for.
    func open(adapter index: Int, receiveBuffer: Int) throws(SystemError) -> any AdapterPort
    /// Begins a background task.
    func begin(_ task: AdapterSupervisor.BackgroundTask, adapter index: Int, receiveBuffer: Int) throws(SystemError) -> any Pending<BackgroundTaskOutcome>

    /// Calls `failed` with each slot whose port has failed and is listened to no more, and `received` with each packet that came over a
    /// port that has the adapter to itself and is no advertisement; once.
    func takeUnhandled(failed: (UInt8, Int32) -> Void, received: (UInt8, [UInt8]) -> Void)
}

/// The outcome of a background task.
package struct BackgroundTaskOutcome: Sendable {
    /// Why it failed; nil if it did not.
    var problem: AdapterSupervisor.Problem?
    /// The adapter that was taken over.
    var port: (any AdapterPort)?
}

/// The open sockets of one adapter.
package protocol AdapterPort: AnyObject, Sendable {
    /// The receive buffer that the kernel granted, bytes.
    var receiveBuffer: Int { get }
    /// Events that the kernel dropped because that was full.
    var kernelDropped: UInt64 { get }

    /// Listens from now on.
    /// - Parameter slot: the adapter's number in the intake's counters.
    func listen(slot: UInt8) throws(SystemError)
    func send(_ command: HCICommand) throws(SystemError)
    /// The next completion; its size, nil if none.
    func receive(into memory: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int?
    /// Ends it, listening included; at once, for kept open, an adapter that was unplugged comes back under another name.
    func close()
}

// MARK: The broker

/// The way to the broker.
package protocol BrokerNetwork: AnyObject {
    /// When `advance` must be called at the latest; CLOCK_MONOTONIC, ns.
    var deadline: UInt64? { get }
    /// What the present attempt waits for, or the last one waited for.
    var missing: CloseReason.Missing { get }
    /// When `hasChanged` may become true; CLOCK_MONOTONIC, ns.
    var changesDeadline: UInt64? { get }

    /// Begins an attempt; the current one is given up.
    func start(_ broker: Configuration.Broker)
    /// Advances as far as possible without waiting; nil during the attempt, or if there is none.
    func advance(at now: UInt64) -> BrokerConnector.Outcome?
    /// Gives an attempt up.
    func cancel()
    /// Whether data on an open stream wakes the loop, as it does at first; its end or failure always does.
    func watch(_ transport: any Transport, forAnswers: Bool)
    /// Waits no longer on a stream that is about to be closed.
    func release(_ transport: any Transport)

    /// The kernel has notices of changes of links, addresses or routes.
    func changesReady(at now: UInt64)
    /// The network has changed, and no further change has followed for a while; once for several changes.
    func hasChanged(at now: UInt64) -> Bool
    /// The stream's address on this side, where no interface has it any more.
    func lostAddress(of transport: any Transport) -> String?
}

// MARK: Files and service manager

/// Small files of the daemon's own.
package protocol FileStore: AnyObject {
    /// The state directory; nil if none.
    var stateDirectory: String? { get }
    /// Nothing is being written, and nothing waits.
    var isIdle: Bool { get }
    func read(_ path: String) -> String?
    /// Sees to it that the file will have these bytes as a whole; nil for no file.
    /// - Returns: those that could not be begun.
    func put(_ bytes: [UInt8]?, to path: String) -> [FileWrites.Ended]
    /// The files that have come to their end, each once.
    func takeEnded() -> [FileWrites.Ended]
    /// Waits for a write to end, at the program's end, but no longer than until `deadline`; CLOCK_MONOTONIC, ns.
    func wait(until deadline: UInt64)
}

/// The service manager, as sd_notify(3) reaches it.
package protocol ServiceManaging {
    /// There is a service manager that listens.
    var isThere: Bool { get }
    /// The longest time between two `WATCHDOG=1`, ns; nil for no watchdog.
    var watchdog: UInt64? { get }
    func ready()
    func reloading(at now: UInt64)
    func stopping()
    func status(_ line: String)
    func alive()
}

extension ServiceManager: ServiceManaging {}

/// Where log lines go.
package protocol LogSink: AnyObject {
    /// False if there is no room for it.
    /// - Parameter log: knows what time it is.
    func put(_ level: LogLevel, _ message: String, _ fields: Log.Fields, at log: Log) -> Bool
    func setTarget(_ target: LogTarget)
}
