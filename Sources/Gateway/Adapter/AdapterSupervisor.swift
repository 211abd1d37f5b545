import Bluetooth
import Bytes

/// Keeps one adapter scanning: detects what stopped it, recovers it step by step, and logs that.
///
/// A value without I/O: events of the kernel and the controller and the time go in, actions come out. Times are CLOCK_MONOTONIC in
/// nanoseconds.
public struct AdapterSupervisor: Sendable {
    enum State: Equatable {
        /// There is no such adapter; checked again at a kernel event, or at that time.
        case absent(checkAt: UInt64)
        case blocked(checkAt: UInt64)
        /// A background task is running.
        case running(BackgroundTask)
        /// Nothing is open; checked again at that time.
        case waiting(until: UInt64)
        /// The sockets are open and the scan is being set up.
        case arming
        case scanning
        /// The sockets are open; the scan is set up again then.
        case pausing(until: UInt64)
        case stopping
        case stopped
    }

    let settings: Settings
    let seed: UInt64
    var state: State
    var facts: BluetoothAdapter?
    var control: ScanControl?
    /// It outlives the sockets: the kernel keeps a monitor while the adapter is down.
    var management: ManagementScan?
    var recoverySteps = RecoverySteps()
    var interference = InterferenceGuard()
    var bringingUp = ContentionBackoff()
    var unblocking = ContentionBackoff()
    var silence: SilenceWatch
    var schedule: ScanSchedule?
    var searches = SearchWatch()
    /// The scan is off so that searches can be ended; the kernel has until then to answer.
    var searchesEnding: (unanswered: Int, by: UInt64)?
    var armedAt: UInt64 = 0
    var restartsSilence = true
    var isSilent = false
    /// The next success is worth a line.
    var isNewlyOpen = true
    var hasScanned = false
    /// Another program keeps changing the scan.
    var isContention = false
    /// The last failure that was logged, while the adapter has not scanned since.
    public internal(set) var ongoingFailure: String?
    /// When the running background task should have finished.
    var backgroundTaskDue: UInt64 = 0
    public internal(set) var counters = Counters()

    /// To check for an adapter that is not there, or whose radio is blocked, costs little; most changes come as kernel events.
    static let absentPause: UInt64 = 2_000_000_000
    static let blockedPause: UInt64 = 500_000_000
    static let deniedPause: UInt64 = 30_000_000_000
    /// The kernel waits 10 s at most for a controller that does not answer, and half a minute is beyond whatever a healthy system takes.
    static let backgroundTaskTimeout: UInt64 = 30_000_000_000
    /// After a scan has lasted so long, or received something, recovery begins anew with its first step.
    static let stable: UInt64 = 10_000_000_000
    /// The kernel ends a search without a scan in a millisecond or two.
    static let searchEndTimeout: UInt64 = 300_000_000
    /// For a controller that is beyond repair the time limit of each command is shorter.
    static let impatientTimeout: UInt64 = 1_500_000_000

    /// - Parameter seed: chance for the random address.
    public init(_ settings: Settings, seed: UInt64, at now: UInt64) {
        self.settings = settings
        self.seed = seed
        state = .waiting(until: now)
        silence = SilenceWatch(silence: settings.silence, check: settings.check)
    }

    // MARK: State

    public var index: Int? { facts?.index }

    public var isStopped: Bool { state == .stopped }

    public var condition: Condition {
        switch state {
        case .absent: return .absent
        case .blocked: return .blocked
        case .stopped: return .stopped
        case .scanning: return isSilent ? .silent : .scanning
        case .running, .waiting, .arming, .pausing, .stopping:
            if recoverySteps.isExhausted { return .beyondRepair }
            if recoverySteps.lastFault != nil { return .recovering }
            guard ongoingFailure != nil else { return .starting }
            return settings.access != .exclusive && facts?.isUp == false ? .down : .recovering
        }
    }

    /// When `tick` must be called at the latest.
    public func deadline(at now: UInt64) -> UInt64? {
        switch state {
        case .absent(let at), .blocked(let at), .waiting(let at), .pausing(let at): return at
        case .running: return backgroundTaskDue
        case .stopped: return nil
        case .arming, .stopping: return searchesEnding?.by ?? control?.deadline ?? management?.deadline
        case .scanning:
            var earliest = min(silence.deadline, control?.deadline ?? .max)
            if let due = interference.due(at: now) { earliest = min(earliest, due) }
            if let schedule { earliest = min(earliest, schedule.change(after: armedAt)) }
            if let (_, endAt) = searches.search { earliest = min(earliest, endAt) }
            for at in [searches.judgeAt, searches.yieldsUntil] { earliest = min(earliest, at ?? .max) }
            return earliest
        }
    }

    var hasSockets: Bool {
        switch state {
        case .arming, .scanning, .pausing, .stopping: true
        case .absent, .blocked, .running, .waiting, .stopped: false
        }
    }

    // MARK: Time

    /// Does what is due.
    /// - Parameter heard: how many advertisements that were not empty the adapter has heard since the start.
    public mutating func tick(at now: UInt64, heard: UInt64) -> [Action] {
        switch state {
        case .absent(let at), .blocked(let at), .waiting(let at):
            return now >= at ? [.checkAdapters] : []
        case .pausing(let until):
            return now >= until ? arm(at: now) : []
        case .arming, .stopping:
            if let (_, by) = searchesEnding, now >= by { return searchesEnded(at: now) }
            if let action = control?.tick(at: now) { return perform(action, at: now, heard: heard) }
            if let action = management?.tick(at: now) { return perform(action, at: now, heard: heard) }
            return []
        case .scanning:
            return watch(at: now, heard: heard)
        case .running(let task):
            return now >= backgroundTaskDue ? late(task, at: now) : []
        case .stopped:
            return []
        }
    }

    mutating func watch(at now: UInt64, heard: UInt64) -> [Action] {
        if let action = control?.tick(at: now) { return perform(action, at: now, heard: heard) }
        if let search = searches.takeSearchToEnd(at: now), let facts {
            return [.log(.debug("ending another program's search: its time is over")), .manage(search.stopCommand(index: facts.index))]
        }
        if let judgeAt = searches.judgeAt, now >= judgeAt { return judgeSearch(at: now) }
        if let yieldsUntil = searches.yieldsUntil, now >= yieldsUntil {
            searches.stopYielding()
            return control?.isActive == isActive(at: now) ? [] : arm(at: now, restartsSilence: false)
        }
        if let due = interference.due(at: now), now >= due { return rearmAfterInterference(at: now) }
        if let schedule, now >= schedule.change(after: armedAt) { return arm(at: now, restartsSilence: false) }
        let finding = silence.check(at: now, heard: heard)
        if recoverySteps.lastFault != nil, finding == .heard || (recoverySteps.lastFault != .silence && now >= armedAt + Self.stable) { recoverySteps.reset() }
        if isContention, now >= armedAt + ContentionBackoff.window {
            isContention = false
            return [.log(.failureEnded("no other program changes the scan any more"))]
        }
        switch finding {
        case .nothing:
            return []
        case .heard:
            guard isSilent else { return [] }
            isSilent = false
            return [.log(.failureEnded("receives advertisements again"))]
        case .quiet:
            guard let action = control?.probe(at: now) else { return [] }
            return perform(action, at: now, heard: heard)
        case .silent(let time):
            let wasSilent = isSilent
            isSilent = true
            return fault(.silence, "no advertisement received for \(time / 1_000_000_000) s", isNew: !wasSilent, at: now)
        }
    }

    mutating func rearmAfterInterference(at now: UInt64) -> [Action] {
        counters.interferences += 1
        let wasReset = interference.sawReset
        var line = LogEvent.debug("another program has changed the scan; setting it up again")
        if let pause = interference.rearmed(at: now) {
            isContention = true
            line = .failure(Self.contention("changes the scan", pause))
        }
        // A reset has cleared the event masks that the kernel set in the controller; only the kernel can set them again.
        guard wasReset, settings.mayPowerCycle, let facts else { return [.log(line)] + arm(at: now, restartsSilence: false) }
        isNewlyOpen = true
        if !isContention { line = failure("another program has reset the controller; switching it off and on") }
        return closing(true) + [.log(line)] + run(.powerCycle, facts, at: now)
    }

    static func contention(_ what: String, _ pause: UInt64) -> String {
        "another program \(what) again and again; next attempt in \((pause + 999_999_999) / 1_000_000_000) s at the earliest; "
            + "see docs/sharing-an-adapter.md"
    }

    /// Logs something that keeps the adapter from scanning.
    mutating func failure(_ text: String) -> LogEvent {
        ongoingFailure = text
        return .failure(text)
    }

    // MARK: Stop

    /// Switches the scan off; `isStopped` tells when that is done, within a second.
    public mutating func stop(at now: UInt64) -> [Action] {
        guard hasSockets else {
            state = .stopped
            return []
        }
        state = .stopping
        if settings.access == .management { control = nil }
        if let action = control?.stop(at: now) { return perform(action, at: now, heard: 0) }
        if let action = management?.stop(at: now) { return perform(action, at: now, heard: 0) }
        return off()
    }
}
