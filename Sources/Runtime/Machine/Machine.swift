import Bluetooth
import Bytes
import Config
import Gateway
import Linux
import MQTTWire

/// Everything that the daemon has of the world: Linux in earnest, doubles with a clock that is a number in the simulation.
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
    /// The real time is right; nil where nobody tells.
    var isClockSynchronized: Bool? { get }
    /// 64 bits of chance.
    var random: UInt64 { get }
    /// VmRSS, KiB.
    var residentKiB: UInt64 { get }
    /// Adapters may be brought up and repaired (CAP_NET_ADMIN).
    var mayRepairAdapters: Bool { get }

    /// Sleeps for a moment, below a second.
    func pause(nanoseconds: Int)
    /// Lets go of memory that only the step just done has needed.
    func releaseFilePages()
    /// The same, and what has been freed.
    func releaseUnused()
    /// Waits until something is there or the patience is over, and calls `body` for each thing that is: at most some dozen at a time.
    func wait(_ patience: Patience, _ body: (Readiness) -> Void) throws(SystemError)
    /// The next signal that came, nil where there is none.
    func nextSignal() -> Signals.Signal?
}

/// How long the main loop waits when nothing comes.
package enum Patience {
    /// Not at all: there is work left from the turn before.
    case none
    /// Until a time that the turn before has left in the future.
    /// - Parameters:
    ///   - deadline: CLOCK_MONOTONIC, ns.
    ///   - after: when that turn began.
    case until(_ deadline: UInt64, after: UInt64)
}

/// What the main loop waits for.
package enum Readiness: Equatable {
    case signals
    /// There are records in a ring that was empty, or the scanner has news.
    case records
    /// An errand is done, or a host name looked up.
    case errands
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

extension Errand: Pending {
    package typealias Outcome = Result
}

// MARK: Bluetooth

/// The kernel's Bluetooth, and the thread that listens to the adapters.
package protocol BluetoothHost: AnyObject {
    /// The kernel tells of adapters that come, go, and change.
    var tellsEvents: Bool { get }

    /// Starts to listen: what adapters hear that are listened to goes to the intake. Before that, as in a replay, no news wakes the main
    /// loop: what nobody takes would wake it for ever.
    func start() throws(SystemError)
    /// Ends listening; afterwards everything that the kernel held is in the intake.
    func end()
    func adapters() throws(SystemError) -> [BluetoothAdapter]
    /// The next news of adapters; nil where there is none.
    func nextEvent() -> AdapterEvent?

    /// Opens the kernel's management interface, where it is not open yet.
    func openManagement() throws(SystemError)
    func manage(_ packet: [UInt8]) throws(SystemError)
    /// The next packet from there, what fits of it; its size, nil where there is none.
    func nextManagementPacket(into memory: UnsafeMutableRawBufferPointer) -> Int?

    /// Opens an adapter's sockets beside other programs'.
    /// - Parameter receiveBuffer: bytes asked for.
    func open(adapter index: Int, receiveBuffer: Int) throws(SystemError) -> any AdapterPort
    /// Begins a blocking call.
    func begin(_ errand: AdapterSupervisor.BackgroundTask, adapter index: Int, receiveBuffer: Int) throws(SystemError) -> any Pending<ErrandOutcome>

    /// Calls `failed` with each slot whose port has failed and is listened to no more, and `received` with each packet that came over a
    /// port that has the adapter to itself and is no advertisement; once.
    func takeNews(failed: (UInt8, Int32) -> Void, received: (UInt8, [UInt8]) -> Void)
}

/// What an errand has come to.
package struct ErrandOutcome: Sendable {
    /// Why it failed; nil where it did not.
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
    /// The next completion; its size, nil where there is none.
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

    /// Begins an attempt; one that is under way is given up.
    func start(_ broker: Configuration.Broker)
    /// Goes on as far as it goes without waiting; nil while the attempt is under way, or where there is none.
    func advance(at now: UInt64) -> BrokerConnector.Outcome?
    /// Gives an attempt up.
    func cancel()
    /// Whether what an open stream brings to read wakes the loop, as it does at first; that it ends or fails does always.
    func watch(_ transport: any Transport, forAnswers: Bool)
    /// Waits no longer on a stream that is about to be closed.
    func release(_ transport: any Transport)

    /// The kernel has notices of changes of links, addresses or routes.
    func changesReady(at now: UInt64)
    /// The network has changed, and has settled; once for each burst of changes.
    func hasChanged(at now: UInt64) -> Bool
    /// The stream's address on this side, where no interface has it any more.
    func lostAddress(of transport: any Transport) -> String?
}

// MARK: Files and service manager

/// Small files of the daemon's own.
package protocol FileStore: AnyObject {
    /// Where notes are kept that outlive the program; nil for nowhere.
    var stateDirectory: String? { get }
    /// Nothing is on its way, and nothing waits.
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

/// Whoever started the daemon, and looks after it (sd_notify(3)).
package protocol ServiceManaging {
    /// Anybody listens.
    var isThere: Bool { get }
    /// ns between signs of life at the longest; nil for no watchdog.
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
    /// False where there is no room for it.
    /// - Parameter log: knows what time it is.
    func put(_ level: LogLevel, _ message: String, _ fields: Log.Fields, at log: Log) -> Bool
    func setTarget(_ target: LogTarget)
}
