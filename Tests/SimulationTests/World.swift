import Bytes
import Linux

@testable import Config
@testable import Gateway
@testable import Runtime

/// Something that must never happen has happened.
struct Fault: Error, CustomStringConvertible {
    let description: String
}

/// A machine that exists in numbers only: a clock, chance, and what is to happen when. The same seed gives the same world.
///
/// Time passes by what the daemon does: each look at the clock, each read and write costs some, so that work without end is seen as time.
final class World {
    /// CLOCK_MONOTONIC, ns.
    private(set) var now: UInt64 = 1_000 * World.second
    var chance: SplitMix64
    /// The first thing that was wrong, told once.
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

/// The kernel of a world.
final class SimulatedKernel: Kernel {
    private let world: World
    var signals: [Signals.Signal] = []
    /// What is ready once: it is told at the change.
    var edges: [Readiness] = []
    /// What is ready as long as something is there.
    var levels: () -> [Readiness] = { [] }
    /// The wait ends then, whatever the daemon waits for: the scenario goes on.
    var horizon: UInt64 = .max
    private var turnStart: UInt64
    private var fruitlessTurns = 0
    private(set) var turns = 0
    private(set) var longestTurn: UInt64 = 0
    /// Bytes moved and events taken: what shows that a turn got something done.
    var progress: UInt64 = 0
    private var seenProgress: UInt64 = 0
    private var idleTurns = 0
    private var idleSince: UInt64 = 0

    init(_ world: World) {
        self.world = world
        turnStart = world.now
    }

    var monotonic: UInt64 {
        world.spend(100)
        return world.now
    }
    var realtime: Int64 { 1_790_000_000_000_000_000 + Int64(world.now) }
    var isClockSynchronized: Bool? { world.now > 1_020 * World.second }
    var random: UInt64 { world.chance.next() }
    var residentKiB: UInt64 { 6000 }
    var mayRepairAdapters: Bool { true }
    func pause(nanoseconds: Int) { world.spend(UInt64(nanoseconds)) }
    func releaseFilePages() { world.spend(10_000) }
    func releaseUnused() { world.spend(10_000) }
    func nextSignal() -> Signals.Signal? { signals.isEmpty ? nil : signals.removeFirst() }

    /// No turn of the loop lasts longer than this; ns.
    static let longestTurn = 10 * World.millisecond

    func wait(_ patience: Patience, _ body: (Readiness) -> Void) throws(SystemError) {
        turns += 1
        longestTurn = max(longestTurn, world.now - turnStart)
        if world.now - turnStart > Self.longestTurn { world.fail("a turn of the loop took \((world.now - turnStart) / 1000) µs") }
        var until = world.now
        switch patience {
        case .none:
            fruitlessTurns = progress == seenProgress ? fruitlessTurns + 1 : 0
            if fruitlessTurns > 100 { world.fail("the loop goes round without waiting and gets nothing done") }
        case .until(let deadline, let turn):
            fruitlessTurns = 0
            if deadline <= turn { world.fail("a deadline is left in the past, by \((turn - deadline) / 1000) µs") }
            until = deadline
        }
        seenProgress = progress
        world.spend(2000)
        world.happen()
        var ready = take()
        while ready.isEmpty, world.now < min(until, horizon) {
            world.pass(to: min(until, horizon))
            world.happen()
            ready = take()
        }
        noteIdleness(ready.isEmpty)
        turnStart = world.now
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
        guard isIdle, world.now < idleSince + World.second else {
            idleTurns = 0
            idleSince = world.now
            return
        }
        idleTurns += 1
        if idleTurns > 2000 { world.fail("more than 2000 turns in a second, and nothing came") }
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
    private let world: World
    private let kernel: SimulatedKernel
    var hangs = false
    var contents: [String: [UInt8]] = [:]

    init(_ world: World, _ kernel: SimulatedKernel) {
        self.world = world
        self.kernel = kernel
    }

    var stateDirectory: String? { "/state" }
    func read(_ path: String) -> String? { contents[path].map { String(decoding: $0, as: UTF8.self) } }

    private var ended: [FileWrites.Ended] = []
    private var running = 0
    var isIdle: Bool { running == 0 && ended.isEmpty }

    func put(_ bytes: [UInt8]?, to path: String) -> [FileWrites.Ended] {
        if world.isDrawn(oneIn: 50) { return [.init(path: path, error: SystemError("pthread_create", 11))] }
        running += 1
        // One that hangs comes back with the disk.
        arrive(bytes, path, after: world.draw(1_000_000..<200_000_000))
        return []
    }

    private func arrive(_ bytes: [UInt8]?, _ path: String, after delay: UInt64) {
        world.after(delay) { [self] in
            if hangs { return arrive(bytes, path, after: World.second) }
            running -= 1
            let fails = world.isDrawn(oneIn: 20)
            if !fails { contents[path] = bytes }
            ended.append(.init(path: path, error: fails ? SystemError("write", 28) : nil))
            kernel.edges.append(.errands)
        }
    }

    func takeEnded() -> [FileWrites.Ended] {
        defer { ended = [] }
        return ended
    }

    func wait(until deadline: UInt64) {
        world.pass(to: deadline)
        world.happen()
    }
}

/// A service manager with a watchdog: it kills who does not show a sign of life in time.
final class SimulatedManager: ServiceManaging {
    private let world: World
    private var lastSign: UInt64
    private(set) var isReady = false
    let isThere = true
    let watchdog: UInt64? = 30 * World.second

    init(_ world: World) {
        self.world = world
        lastSign = world.now
    }

    func ready() { isReady = true }
    func reloading(at now: UInt64) { isReady = false }
    func stopping() {}
    func status(_ line: String) {}
    func alive() { lastSign = world.now }

    func check() {
        if world.now > lastSign + 30 * World.second { world.fail("the watchdog has heard nothing for 30 s") }
    }
}

/// The last lines of the log, for the message of a failure; some lines are a failure themselves.
final class SimulatedLog: LogSink {
    private let world: World
    private(set) var lines: [String] = []
    /// Sums that disagree fail the scenario.
    var trapsDisagreement = true

    init(_ world: World) { self.world = world }

    func setTarget(_ target: LogTarget) {}

    func put(_ level: LogLevel, _ message: String, _ fields: Log.Fields, at log: Log) -> Bool {
        if trapsDisagreement, message.contains("not accounted for") { world.fail(message) }
        // Of the statistics, which tell the same again and again, the last will do.
        if message.hasPrefix("stats "), lines.last?.contains("info: stats ") == true { lines.removeLast() }
        lines.append("\((world.now - 1_000 * World.second) / World.millisecond) ms \(level.rawValue): \(message)")
        if lines.count > 60 { lines.removeFirst(20) }
        return true
    }
}
