import Bytes
import Linux

@testable import Settings
@testable import Gateway
@testable import Runtime

/// Something that must never happen has happened.
struct Fault: Error, CustomStringConvertible {
    let description: String
}

/// A simulated machine: a clock that is a number, chance, and what is to happen when. The same seed gives the same simulation.
///
/// Time passes by what the daemon does: each reading of the clock, each read and write costs some, so that work without end is seen as time.
final class Simulation {
    /// CLOCK_MONOTONIC, ns.
    private(set) var now: UInt64 = 1_000 * Simulation.second
    var chance: SplitMix64
    /// The first thing that was wrong.
    private(set) var fault: Fault?

    static let second: UInt64 = 1_000_000_000
    static let millisecond: UInt64 = 1_000_000

    private var events: [(time: UInt64, number: UInt64, happen: () -> Void)] = []
    private var numbers: UInt64 = 0

    init(seed: UInt64) { chance = SplitMix64(seed: SplitMix64.mix(seed)) }

    func fail(_ text: String) { fault = fault ?? Fault(description: "\(text) (at \(Double(now - 1_000 * Self.second) / 1e9) s)") }

    // MARK: Chance

    func draw(_ range: Range<UInt64>) -> UInt64 { .random(in: range, using: &chance) }
    func draw(below count: Int) -> Int { .random(in: 0..<count, using: &chance) }
    func isDrawn(oneIn count: Int) -> Bool { draw(below: count) == 0 }
    func drawn<Element>(_ elements: [Element]) -> Element { elements[draw(below: elements.count)] }

    // MARK: Time

    /// Work takes time.
    func spend(_ nanoseconds: UInt64) { now += nanoseconds }

    /// Has something happen after so many nanoseconds.
    func after(_ delay: UInt64, _ happen: @escaping () -> Void) {
        numbers += 1
        let event = (time: now + delay, number: numbers, happen: happen)
        // The next to happen is the last in the list.
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if (events[middle].time, events[middle].number) > (event.time, event.number) { low = middle + 1 } else { high = middle }
        }
        events.insert(event, at: low)
    }

    /// What was to happen does not.
    func end() { events = [] }

    /// Lets happen what is due.
    func happen() {
        while let next = events.last, next.time <= now {
            events.removeLast()
            next.happen()
        }
    }

    /// Time goes on to the next event, but not beyond `time`.
    func pass(to time: UInt64) { now = max(now, min(time, events.last?.time ?? .max)) }
}

/// The kernel of a simulation.
final class SimulatedKernel: Kernel {
    private let simulation: Simulation
    var signals: [Signals.Signal] = []
    /// What is ready once: it is reported at the change.
    var edges: [Readiness] = []
    /// What is ready as long as something is there.
    var levels: () -> [Readiness] = { [] }
    /// The wait ends then, whatever the daemon waits for: the scenario goes on.
    var horizon: UInt64 = .max
    private var iterationStart: UInt64
    private var fruitlessIterations = 0
    private(set) var iterations = 0
    private(set) var longestIteration: UInt64 = 0
    /// Bytes moved and events taken: what shows that an iteration got something done.
    var progress: UInt64 = 0
    private var seenProgress: UInt64 = 0
    private var idleIterations = 0
    private var idleSince: UInt64 = 0

    init(_ simulation: Simulation) {
        self.simulation = simulation
        iterationStart = simulation.now
    }

    var monotonic: UInt64 {
        simulation.spend(100)
        return simulation.now
    }
    var realtime: Int64 { 1_790_000_000_000_000_000 + Int64(simulation.now) }
    var isClockSynchronized: Bool? { simulation.now > 1_020 * Simulation.second }
    var random: UInt64 { simulation.chance.next() }
    var residentKiB: UInt64 { 6000 }
    var mayRepairAdapters: Bool { true }
    func pause(nanoseconds: Int) { simulation.spend(UInt64(nanoseconds)) }
    func releaseFilePages() { simulation.spend(10_000) }
    func releaseUnused() { simulation.spend(10_000) }
    func nextSignal() -> Signals.Signal? { signals.isEmpty ? nil : signals.removeFirst() }

    /// No iteration of the loop lasts longer than this; ns.
    static let longestIteration = 10 * Simulation.millisecond

    func wait(_ patience: Patience, _ body: (Readiness) -> Void) throws(SystemError) {
        iterations += 1
        longestIteration = max(longestIteration, simulation.now - iterationStart)
        if simulation.now - iterationStart > Self.longestIteration { simulation.fail("an iteration of the loop took \((simulation.now - iterationStart) / 1000) µs") }
        var until = simulation.now
        switch patience {
        case .none:
            fruitlessIterations = progress == seenProgress ? fruitlessIterations + 1 : 0
            if fruitlessIterations > 100 { simulation.fail("the loop iterates without waiting and gets nothing done") }
        case .until(let deadline, let iteration):
            fruitlessIterations = 0
            if deadline <= iteration { simulation.fail("a deadline is left in the past, by \((iteration - deadline) / 1000) µs") }
            until = deadline
        }
        seenProgress = progress
        simulation.spend(2000)
        simulation.happen()
        var ready = take()
        while ready.isEmpty, simulation.now < min(until, horizon) {
            simulation.pass(to: min(until, horizon))
            simulation.happen()
            ready = take()
        }
        noteIdleness(ready.isEmpty)
        iterationStart = simulation.now
        for readiness in ready { body(readiness) }
    }

    private func take() -> [Readiness] {
        var ready = levels()
        if !signals.isEmpty { ready.append(.signals) }
        ready += edges
        edges = []
        return ready
    }

    /// Deadlines that come one after the other with nothing between them are a spin, too.
    private func noteIdleness(_ isIdle: Bool) {
        guard isIdle, simulation.now < idleSince + Simulation.second else {
            idleIterations = 0
            idleSince = simulation.now
            return
        }
        idleIterations += 1
        if idleIterations > 2000 { simulation.fail("more than 2000 iterations in a second, and nothing came") }
    }
}

/// The outcome of a call that takes its time.
final class SimulatedPending<Outcome: Sendable>: Pending {
    private var outcome: Outcome?
    func take() -> Outcome? {
        defer { outcome = nil }
        return outcome
    }
    func end(_ outcome: Outcome) { self.outcome = outcome }
}

/// A disk that may be slow, full, or hang.
final class SimulatedFiles: FileStore {
    private let simulation: Simulation
    private let kernel: SimulatedKernel
    var hangs = false
    var contents: [String: [UInt8]] = [:]

    init(_ simulation: Simulation, _ kernel: SimulatedKernel) {
        self.simulation = simulation
        self.kernel = kernel
    }

    var stateDirectory: String? { "/state" }
    func read(_ path: String) -> String? { contents[path].map { String(decoding: $0, as: UTF8.self) } }

    private var ended: [FileWrites.Ended] = []
    private var running = 0
    var isIdle: Bool { running == 0 && ended.isEmpty }

    func put(_ bytes: [UInt8]?, to path: String) -> [FileWrites.Ended] {
        if simulation.isDrawn(oneIn: 50) { return [.init(path: path, error: SystemError("pthread_create", 11))] }
        running += 1
        // One that hangs comes back with the disk.
        arrive(bytes, path, after: simulation.draw(1_000_000..<200_000_000))
        return []
    }

    private func arrive(_ bytes: [UInt8]?, _ path: String, after delay: UInt64) {
        simulation.after(delay) { [self] in
            if hangs { return arrive(bytes, path, after: Simulation.second) }
            running -= 1
            let fails = simulation.isDrawn(oneIn: 20)
            if !fails { contents[path] = bytes }
            ended.append(.init(path: path, error: fails ? SystemError("write", 28) : nil))
            kernel.edges.append(.backgroundTasks)
        }
    }

    func takeEnded() -> [FileWrites.Ended] {
        defer { ended = [] }
        return ended
    }

    func wait(until deadline: UInt64) {
        simulation.pass(to: deadline)
        simulation.happen()
    }
}

/// A service manager with a watchdog: it kills a daemon that does not send WATCHDOG=1 in time.
final class SimulatedManager: ServiceManaging {
    private let simulation: Simulation
    private var lastWatchdog: UInt64
    private(set) var isReady = false
    let isThere = true
    let watchdog: UInt64? = 30 * Simulation.second

    init(_ simulation: Simulation) {
        self.simulation = simulation
        lastWatchdog = simulation.now
    }

    func ready() { isReady = true }
    func reloading(at now: UInt64) { isReady = false }
    func stopping() {}
    func status(_ line: String) {}
    func alive() { lastWatchdog = simulation.now }

    func check() {
        if simulation.now > lastWatchdog + 30 * Simulation.second { simulation.fail("no WATCHDOG=1 for 30 s") }
    }
}

/// The last lines of the log, for the message of a failure; some lines are a failure themselves.
final class SimulatedLog: LogSink {
    private let simulation: Simulation
    private(set) var lines: [String] = []
    /// Sums that disagree fail the scenario.
    var trapsDisagreement = true

    init(_ simulation: Simulation) { self.simulation = simulation }

    func setTarget(_ target: LogTarget) {}

    func put(_ level: LogLevel, _ message: String, _ fields: Log.Fields, at log: Log) -> Bool {
        if trapsDisagreement, message.contains("not accounted for") { simulation.fail(message) }
        // Of the statistics, which repeat themselves, the last will do.
        if message.hasPrefix("stats "), lines.last?.contains("info: stats ") == true { lines.removeLast() }
        lines.append("\((simulation.now - 1_000 * Simulation.second) / Simulation.millisecond) ms \(level.rawValue): \(message)")
        if lines.count > 60 { lines.removeFirst(20) }
        return true
    }
}
