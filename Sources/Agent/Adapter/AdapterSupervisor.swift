import Bytes
import HCI

/// Keeps one adapter listening: finds out what stopped it, repairs it step by step, and says so.
///
/// A value without I/O: what the kernel and the controller say and the time go in, actions come out. Times are CLOCK_MONOTONIC in
/// nanoseconds.
public struct AdapterSupervisor: Sendable {
    private enum State: Equatable {
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

    private let settings: Settings
    private let seed: UInt64
    private var state: State
    private var facts: Facts?
    private var control: ScanControl?
    /// It outlives the sockets: the kernel keeps a monitor while the adapter is down.
    private var management: ManagementScan?
    private var ladder = RepairLadder()
    private var interference = InterferenceGuard()
    private var bringingUp = Restraint()
    private var unblocking = Restraint()
    private var silence: SilenceWatch
    private var rhythm: MixedRhythm?
    private var armedAt: UInt64 = 0
    private var restartsSilence = true
    private var isSilent = false
    /// The next success is worth a line.
    private var isNewlyOpen = true
    private var hasScanned = false
    /// Another program fights for the scan.
    private var isFight = false
    public private(set) var counters = Counters()

    /// A look at an adapter that is not there, or whose radio is blocked, costs little; most news come by themselves.
    static let absentPause: UInt64 = 2_000_000_000
    static let blockedPause: UInt64 = 500_000_000
    static let deniedPause: UInt64 = 30_000_000_000
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
            return ladder.lastFault == nil ? .starting : .recovering
        }
    }

    /// When `tick` must be called at the latest.
    public func deadline(at now: UInt64) -> UInt64? {
        switch state {
        case .absent(let at), .blocked(let at), .waiting(let at), .pausing(let at): return at
        case .running, .stopped: return nil
        case .arming, .stopping: return control?.deadline ?? management?.deadline
        case .scanning:
            var earliest = min(silence.deadline, control?.deadline ?? .max)
            if let due = interference.due(at: now) { earliest = min(earliest, due) }
            if let rhythm { earliest = min(earliest, rhythm.change(after: armedAt)) }
            return earliest
        }
    }

    private var hasSockets: Bool {
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
        case .running, .stopped:
            return []
        }
    }

    private mutating func watch(at now: UInt64, heard: UInt64) -> [Action] {
        if let action = control?.tick(at: now) { return perform(action, at: now, heard: heard) }
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

    private mutating func rearmAfterInterference(at now: UInt64) -> [Action] {
        counters.interferences += 1
        var tell = Tell.debug("another program has changed the scan; setting it up again")
        if let pause = interference.rearmed(at: now) {
            isFight = true
            tell = .trouble(Self.fight("changes the scan", pause))
        }
        return [.tell(tell)] + arm(at: now, restartsSilence: false)
    }

    private static func fight(_ what: String, _ pause: UInt64) -> String {
        "another program \(what) again and again; next answer in \(pause / 1_000_000_000) s at the earliest. "
            + "docs/sharing-an-adapter.md says how to settle it"
    }

    // MARK: What the kernel says

    /// The kernel's adapters have been looked at: what it says of ours, nil where it is not there.
    public mutating func looked(_ new: Facts?, at now: UInt64) -> [Action] {
        let old = facts
        facts = new
        guard let new else {
            guard state != .stopped else { return [] }
            let actions: [Action] = hasSockets ? [.close] : []
            control = nil
            management = nil
            if state == .stopping {
                state = .stopped
                return actions
            }
            let tells: [Action]
            if case .absent = state { tells = [] } else { tells = [.tell(.trouble("no such adapter; waiting for it"))] }
            state = .absent(lookAt: now + Self.absentPause)
            isNewlyOpen = true
            return actions + tells
        }
        switch state {
        case .stopped, .stopping, .running:
            return []
        case .arming, .scanning, .pausing:
            guard new.index != old?.index || (settings.access != .exclusive && !new.isUp) else { return [] }
            return [.close] + proceed(new, at: now)
        case .waiting(let until) where now < until && new == old:
            return []
        case .waiting, .absent, .blocked:
            return proceed(new, at: now)
        }
    }

    /// The kernel has news of the adapter with this index. While an errand is under way they are its own doing.
    public mutating func happened(_ event: Event, at now: UInt64) -> [Action] {
        switch (event, state) {
        case (.unregistered, _):
            let told: [Action] = facts == nil || state == .stopped ? [] : [.tell(.trouble("has been unplugged"))]
            let actions = looked(nil, at: now)
            return told + actions.filter { $0 == .close }
        case (.down, .arming), (.down, .scanning), (.down, .pausing):
            guard settings.access != .exclusive else { return [] }
            state = .waiting(until: now)
            control = nil
            isNewlyOpen = true
            return [.close, .look]
        case (.up, .scanning), (.up, .arming):
            // Whoever brought it up has reset the controller.
            guard settings.access != .exclusive else { return [] }
            interference.noticed(at: now)
            return []
        case (.up, .absent), (.up, .blocked), (.up, .waiting), (.down, .absent):
            return [.look]
        default:
            return []
        }
    }

    private mutating func proceed(_ facts: Facts, at now: UInt64) -> [Action] {
        control = nil
        guard facts.radio == .open else {
            if facts.radio == .softBlocked, settings.mayUnblockRadio, now >= unblocking.earliest(at: now) {
                _ = unblocking.acted(at: now)
                counters.unblocks += 1
                return [.tell(.trouble("blocked by rfkill; unblocking it"))] + run(.unblockRadio, facts)
            }
            let isNews: Bool
            if case .blocked = state { isNews = false } else { isNews = true }
            state = .blocked(lookAt: now + Self.blockedPause)
            isNewlyOpen = true
            let advice = facts.radio == .hardBlocked ? "a switch on the machine does it" : "to unblock it run  rfkill unblock bluetooth"
            return isNews ? [.tell(.trouble("blocked by rfkill: \(advice)"))] : []
        }
        if settings.access == .exclusive {
            guard facts.isUp else { return open(facts) }
            return [.tell(.info("taking it away from the kernel and other programs (access: exclusive)"))] + run(.takeDown, facts)
        }
        if facts.isUp { return open(facts) }
        let earliest = bringingUp.earliest(at: now)
        guard now >= earliest else {
            state = .waiting(until: earliest)
            return []
        }
        let insists = bringingUp.acted(at: now)
        let text = insists ? Self.fight("takes it down", bringingUp.pause) : "is down; bringing it up"
        return [.tell(hasScanned ? .trouble(text) : .info(text))] + run(.bringUp, facts)
    }

    private mutating func run(_ errand: Errand, _ facts: Facts) -> [Action] {
        state = .running(errand)
        return [.errand(errand, index: facts.index)]
    }

    /// An errand has ended.
    /// - Parameter problem: why it failed; nil where it did not.
    public mutating func errandDone(_ problem: Problem?, at now: UInt64) -> [Action] {
        guard case .running(let errand) = state else { return [] }
        state = .waiting(until: now)
        guard let problem else { return [.look] }
        switch problem.kind {
        case .gone, .radioBlocked:
            return [.look]
        case .denied where errand == .bringUp || errand == .takeDown:
            state = .waiting(until: now + Self.deniedPause)
            return [.tell(.trouble("cannot be brought \(errand == .bringUp ? "up" : "down"): \(problem.text)"))]
        case .denied where errand == .unblockRadio:
            return [.tell(.trouble(problem.text)), .look]
        case .denied, .other:
            return fault(.unanswered, problem.text, at: now)
        }
    }

    // MARK: Sockets

    private mutating func open(_ facts: Facts) -> [Action] {
        state = .arming
        return [.open(index: facts.index)]
    }

    /// The sockets are open.
    public mutating func opened(at now: UInt64) -> [Action] {
        guard state == .arming else { return [] }
        if rhythm == nil, var mixed = settings.mixed {
            mixed.start(at: now)
            rhythm = mixed
        }
        return arm(at: now)
    }

    /// The sockets could not be opened.
    public mutating func openingFailed(_ problem: Problem, at now: UInt64) -> [Action] {
        guard state == .arming else { return [] }
        state = .waiting(until: now + (problem.kind == .denied ? Self.deniedPause : 1_000_000_000))
        return problem.kind == .gone ? [] : [.tell(.trouble(problem.text))]
    }

    /// A socket has failed: the adapter has gone, or is down.
    public mutating func lost(_ reason: String, at now: UInt64) -> [Action] {
        guard hasSockets else { return [] }
        control = nil
        if state == .stopping {
            state = .stopped
            return [.close]
        }
        state = .waiting(until: now)
        isNewlyOpen = true
        return [.close, .tell(.debug(reason)), .look]
    }

    // MARK: The scan

    /// - Parameter restartsSilence: the silence is timed from now; not where the scan is only changed in passing.
    private mutating func arm(at now: UInt64, restartsSilence: Bool = true) -> [Action] {
        interference.forget()
        state = .arming
        self.restartsSilence = restartsSilence
        if settings.access == .management {
            var scan = ManagementScan(index: facts!.index)
            // A monitor that is there already has not helped.
            let removal: [Action] = management.map { old in
                var old = old
                if case .send(let packet) = old.stop(at: now) { return [.manage(packet)] }
                return []
            } ?? []
            let action = scan.start(at: now)
            management = scan
            return removal + perform(action, at: now, heard: 0)
        }
        var scan = settings.scan
        if let rhythm { scan.isActive = rhythm.isActive(at: now) }
        // Other programs would hear the listed devices only.
        if counters.interferences > 0 { scan.acceptList = [] }
        var control = ScanControl(
            scan, randomAddress: HCICommand.nonResolvablePrivateAddress(random: SplitMix64.mix(seed &+ now)),
            initializes: settings.access == .exclusive,
            commandTimeout: ladder.isExhausted ? Self.impatientTimeout : ScanControl.commandTimeout)
        let action = control.start(at: now)
        self.control = control
        return perform(action, at: now, heard: 0)
    }

    /// A Command Complete, or a Command Status with an error.
    public mutating func completed(_ opcode: Opcode, status: UInt8, parameters: RawSpan, at now: UInt64, heard: UInt64) -> [Action] {
        if case .pausing = state, ladder.lastFault == .unanswered {
            // A controller that did not answer and answers now has come to itself.
            return arm(at: now)
        }
        guard let action = control?.completed(opcode, status: status, parameters: parameters, at: now) else { return [] }
        return perform(action, at: now, heard: heard)
    }

    /// A packet from the management socket.
    public mutating func managed(_ packet: RawSpan, at now: UInt64, heard: UInt64) -> [Action] {
        guard let action = management?.received(packet) else { return [] }
        return perform(action, at: now, heard: heard)
    }

    private mutating func perform(_ action: ManagementScan.Action, at now: UInt64, heard: UInt64) -> [Action] {
        switch action {
        case .send(let packet): return [.manage(packet)]
        case .scanning: return armed("by the kernel's advertisement monitor", at: now, heard: heard)
        case .stopped: return off()
        case .failed(let failure):
            if state == .stopping { return off() }
            return fault(failure == .silent ? .unanswered : .refused, "\(failure)", at: now)
        }
    }

    private mutating func perform(_ action: ScanControl.Action, at now: UInt64, heard: UInt64) -> [Action] {
        switch action {
        case .send(let command): return [.tell(.debug(command.opcode.name)), .send(command)]
        case .scanning:
            guard let control else { return [] }
            let phys = control.phys == .leCoded ? "Coded" : control.phys == .le1M ? "1M" : "1M and Coded"
            let commands = control.isExtended ? "extended, \(phys)" : "legacy"
            let isActive = rhythm?.isActive(at: now) ?? settings.scan.isActive
            let list = control.usesAcceptList ? ", listed devices only" : ""
            return armed("\(isActive ? "actively" : "passively") (\(commands)\(list))", at: now, heard: heard)
        case .stopped: return off()
        case .interference:
            if settings.access != .management { interference.noticed(at: now) }
            return []
        case .failed(let failure):
            if state == .stopping { return [.tell(.trouble("\(failure)"))] + off() }
            if case .silent = failure { return fault(.unanswered, "\(failure)", at: now) }
            return fault(.refused, "\(failure)", at: now)
        }
    }

    private mutating func armed(_ how: String, at now: UInt64, heard: UInt64) -> [Action] {
        state = .scanning
        armedAt = now
        if restartsSilence { silence.armed(at: now, heard: heard) }
        // A silence is over when something is heard, not when the scan is set up again.
        guard isNewlyOpen, !isSilent else { return [.tell(.debug("scanning \(how)"))] }
        isNewlyOpen = false
        hasScanned = true
        return [.tell(.over("scanning \(how)"))]
    }

    private mutating func off() -> [Action] {
        control = nil
        management = nil
        state = .stopped
        return [.tell(.info("scan off")), .close]
    }

    // MARK: Recovery

    private mutating func fault(_ kind: RepairLadder.Fault, _ reason: String, isNews: Bool = true, at now: UInt64) -> [Action] {
        let hadSockets = hasSockets
        guard let facts else { return [] }
        isNewlyOpen = isNewlyOpen || kind != .silence
        switch ladder.next(kind, mayPowerCycle: settings.mayPowerCycle, mayResetUSB: settings.mayResetUSB && facts.isUSB) {
        case .rearm(let pause):
            counters.rearms += 1
            let text = "\(reason); setting the scan up again"
            // In a quiet room the first silence is no fault.
            let tell: Tell = kind == .silence && isNews ? .info(text) : .trouble(text)
            guard hadSockets else {
                state = .waiting(until: now + max(pause, 1_000_000_000))
                return [.tell(tell)]
            }
            guard pause == 0 else {
                state = .pausing(until: now + pause)
                return [.tell(tell)]
            }
            return [.tell(tell)] + arm(at: now)
        case .powerCycle:
            counters.powerCycles += 1
            return closing(hadSockets) + [.tell(.trouble("\(reason); switching it off and on"))] + run(.powerCycle, facts)
        case .resetUSB:
            counters.usbResets += 1
            return closing(hadSockets) + [.tell(.trouble("\(reason); resetting the USB device"))] + run(.resetUSB, facts)
        case .beyondRepair(let pause, let powerCycles):
            let tell = Tell.trouble("adapter needs a power cycle: \(reason), and nothing that was tried has helped; still trying")
            if powerCycles {
                counters.powerCycles += 1
                return closing(hadSockets) + [.tell(tell)] + run(.powerCycle, facts)
            }
            counters.rearms += 1
            state = hadSockets ? .pausing(until: now + pause) : .waiting(until: now + pause)
            return [.tell(tell)]
        }
    }

    private mutating func closing(_ hadSockets: Bool) -> [Action] {
        control = nil
        return hadSockets ? [.close] : []
    }

    // MARK: Stop

    /// Switches the scan off; `isStopped` tells when that is done, within a second.
    public mutating func stop(at now: UInt64) -> [Action] {
        guard hasSockets else {
            state = .stopped
            return []
        }
        state = .stopping
        if let action = control?.stop(at: now) { return perform(action, at: now, heard: 0) }
        if let action = management?.stop(at: now) { return perform(action, at: now, heard: 0) }
        return off()
    }
}
