import Bluetooth
import Bytes

/// Keeps one adapter listening: finds out what stopped it, repairs it step by step, and says so.
///
/// A value without I/O: what the kernel and the controller say and the time go in, actions come out. Times are CLOCK_MONOTONIC in
/// nanoseconds.
public struct AdapterSupervisor: Sendable {
    enum State: Equatable {
        /// There is no such adapter; another look when the kernel has news, or then.
        case absent(lookAt: UInt64)
        case blocked(lookAt: UInt64)
        /// A blocking call is on its way.
        case running(Errand)
        /// Nothing is open; another look then.
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
    var ladder = RepairLadder()
    var interference = InterferenceGuard()
    var bringingUp = Restraint()
    var unblocking = Restraint()
    var silence: SilenceWatch
    var rhythm: MixedRhythm?
    /// Another program's search for devices, and when its time is over.
    var discovery: (what: DiscoveringEvent, endAt: UInt64)?
    var armedAt: UInt64 = 0
    var restartsSilence = true
    var isSilent = false
    /// The next success is worth a line.
    var isNewlyOpen = true
    var hasScanned = false
    /// Another program fights for the scan.
    var isFight = false
    /// What was last said of the adapter while it has not scanned since.
    public internal(set) var trouble: String?
    /// When an errand that is under way should have come back.
    var errandDue: UInt64 = 0
    public internal(set) var counters = Counters()

    /// A look at an adapter that is not there, or whose radio is blocked, costs little; most news come by themselves.
    static let absentPause: UInt64 = 2_000_000_000
    static let blockedPause: UInt64 = 500_000_000
    static let deniedPause: UInt64 = 30_000_000_000
    /// The kernel waits 10 s at most for a controller that does not answer, and half a minute is beyond whatever a healthy system takes.
    static let errandTime: UInt64 = 30_000_000_000
    /// A scan that has lasted so long, or heard something, has got over what was before.
    static let stable: UInt64 = 10_000_000_000
    /// A controller that is beyond repair is asked more often for a sign of life.
    static let impatientTimeout: UInt64 = 1_500_000_000

    /// - Parameter seed: chance for the random address.
    public init(_ settings: Settings, seed: UInt64, at now: UInt64) {
        self.settings = settings
        self.seed = seed
        state = .waiting(until: now)
        silence = SilenceWatch(silence: settings.silence, check: settings.check)
    }

    // MARK: What it is about

    public var index: Int? { facts?.index }

    public var isStopped: Bool { state == .stopped }

    public var condition: Condition {
        switch state {
        case .absent: return .absent
        case .blocked: return .blocked
        case .stopped: return .stopped
        case .scanning: return isSilent ? .silent : .scanning
        case .running, .waiting, .arming, .pausing, .stopping:
            if ladder.isExhausted { return .beyondRepair }
            if ladder.lastFault != nil { return .recovering }
            guard trouble != nil else { return .starting }
            return settings.access != .exclusive && facts?.isUp == false ? .down : .recovering
        }
    }

    /// When `tick` must be called at the latest.
    public func deadline(at now: UInt64) -> UInt64? {
        switch state {
        case .absent(let at), .blocked(let at), .waiting(let at), .pausing(let at): return at
        case .running: return errandDue
        case .stopped: return nil
        case .arming, .stopping: return control?.deadline ?? management?.deadline
        case .scanning:
            var earliest = min(silence.deadline, control?.deadline ?? .max)
            if let due = interference.due(at: now) { earliest = min(earliest, due) }
            if let rhythm { earliest = min(earliest, rhythm.change(after: armedAt)) }
            if let discovery { earliest = min(earliest, discovery.endAt) }
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
            return now >= at ? [.look] : []
        case .pausing(let until):
            return now >= until ? arm(at: now) : []
        case .arming, .stopping:
            if let action = control?.tick(at: now) { return perform(action, at: now, heard: heard) }
            if let action = management?.tick(at: now) { return perform(action, at: now, heard: heard) }
            return []
        case .scanning:
            return watch(at: now, heard: heard)
        case .running(let errand):
            return now >= errandDue ? late(errand, at: now) : []
        case .stopped:
            return []
        }
    }

    mutating func watch(at now: UInt64, heard: UInt64) -> [Action] {
        if let action = control?.tick(at: now) { return perform(action, at: now, heard: heard) }
        if let discovery, now >= discovery.endAt { return endDiscovery() }
        if let due = interference.due(at: now), now >= due { return rearmAfterInterference(at: now) }
        if let rhythm, now >= rhythm.change(after: armedAt) { return arm(at: now, restartsSilence: false) }
        let finding = silence.look(at: now, heard: heard)
        if ladder.lastFault != nil, finding == .heard || (ladder.lastFault != .silence && now >= armedAt + Self.stable) { ladder.reset() }
        if isFight, now >= armedAt + Restraint.window {
            isFight = false
            return [.tell(.over("no other program changes the scan any more"))]
        }
        switch finding {
        case .nothing:
            return []
        case .heard:
            guard isSilent else { return [] }
            isSilent = false
            return [.tell(.over("hears advertisements again"))]
        case .quiet:
            guard let action = control?.probe(at: now) else { return [] }
            return perform(action, at: now, heard: heard)
        case .silent(let time):
            let wasSilent = isSilent
            isSilent = true
            return fault(.silence, "nothing heard for \(time / 1_000_000_000) s", isNews: !wasSilent, at: now)
        }
    }

    mutating func rearmAfterInterference(at now: UInt64) -> [Action] {
        counters.interferences += 1
        let wasReset = interference.sawReset
        var tell = Tell.debug("another program has changed the scan; setting it up again")
        if let pause = interference.rearmed(at: now) {
            isFight = true
            tell = .trouble(Self.fight("changes the scan", pause))
        }
        // A controller that was reset has forgotten which events the kernel wants of it; only the kernel can tell it again.
        guard wasReset, settings.mayPowerCycle, let facts else { return [.tell(tell)] + arm(at: now, restartsSilence: false) }
        counters.powerCycles += 1
        isNewlyOpen = true
        if !isFight { tell = complaint("another program has reset the controller; switching it off and on") }
        return closing(true) + [.tell(tell)] + run(.powerCycle, facts, at: now)
    }

    static func fight(_ what: String, _ pause: UInt64) -> String {
        "another program \(what) again and again; next answer in \((pause + 999_999_999) / 1_000_000_000) s at the earliest. "
            + "docs/sharing-an-adapter.md says how to settle it"
    }

    /// Something that keeps the adapter from scanning.
    mutating func complaint(_ text: String) -> Tell {
        trouble = text
        return .trouble(text)
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
