import Bluetooth
import Bytes

/// The scan over open sockets, and the steps of recovery.
extension AdapterSupervisor {
    /// - Parameter restartsSilence: the silence is timed from now; not where the scan is only changed in passing.
    mutating func arm(at now: UInt64, restartsSilence: Bool = true) -> [Action] {
        interference.forget()
        state = .arming
        searchesEnding = nil
        self.restartsSilence = restartsSilence
        if settings.access == .management {
            control = nil
            var scan = ManagementScan(index: facts!.index, settings.scan)
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
        scan.isActive = isActive(at: now)
        // Other programs would hear the listed devices only.
        if counters.interferences > 0 { scan.acceptList = [] }
        var control = ScanControl(
            scan, randomAddress: HCICommand.nonResolvablePrivateAddress(random: SplitMix64.mix(seed &+ now)),
            initializes: settings.access == .exclusive,
            pausesWhenOff: settings.access == .raw && searches.mustEnd(beforeActive: scan.isActive),
            commandTimeout: recoverySteps.isExhausted ? Self.impatientTimeout : ScanControl.commandTimeout)
        let action = control.start(at: now)
        self.control = control
        return perform(action, at: now, heard: 0)
    }

    /// A Command Complete, or a Command Status with an error.
    public mutating func completed(_ opcode: Opcode, status: UInt8, parameters: RawSpan, at now: UInt64, heard: UInt64) -> [Action] {
        if case .pausing = state, recoverySteps.lastFault == .unanswered {
            // A controller that did not answer and answers now has come to itself.
            return arm(at: now)
        }
        guard let action = control?.completed(opcode, status: status, parameters: parameters, at: now) else { return [] }
        return perform(action, at: now, heard: heard)
    }

    /// A packet from the management socket.
    public mutating func managed(_ packet: RawSpan, at now: UInt64, heard: UInt64) -> [Action] {
        if let facts, let news = DiscoveringEvent(packet, index: facts.index) { noticed(news, at: now) }
        if let facts, searchesEnding != nil, DiscoveringEvent.isStopAnswer(packet, index: facts.index) { return searchEndAnswered(at: now) }
        // A command that was sent while there were sockets may be answered when there are none any more, or when others are open.
        guard let action = management?.received(packet), awaitsManagement(action) else { return [] }
        return perform(action, at: now, heard: heard)
    }

    /// An answer counts only in the states that wait for it.
    private func awaitsManagement(_ action: ManagementScan.Action) -> Bool {
        switch (action, state) {
        case (.send, .arming), (.send, .stopping), (.scanning, .arming), (.stopped, .stopping): true
        case (.failed, .arming), (.failed, .stopping): true
        default: false
        }
    }

    mutating func perform(_ action: ManagementScan.Action, at now: UInt64, heard: UInt64) -> [Action] {
        switch action {
        case .send(let packet): return [.manage(packet)]
        case .scanning:
            // The kernel does not report whether the controller still answers.
            control = .overseeing(settings.scan)
            return armed("by the kernel's advertisement monitor", at: now, heard: heard)
        case .stopped: return off()
        case .failed(let failure):
            if state == .stopping { return off() }
            return fault(failure == .silent ? .unanswered : .refused, "\(failure)", at: now)
        }
    }

    mutating func perform(_ action: ScanControl.Action, at now: UInt64, heard: UInt64) -> [Action] {
        switch action {
        case .send(let command):
            if let control, control.isSwitchingOn, settings.access == .raw { searches.switchingOn(actively: control.isActive) }
            return [.log(.debug(command.opcode.name)), .send(command)]
        case .off: return end(searches.takeBefore(), at: now)
        case .scanning:
            guard let control else { return [] }
            searches.isOn(at: now)
            let commands = control.isExtended ? "extended, \(control.phys)" : "legacy"
            let list = control.usesAcceptList ? ", listed devices only" : ""
            return armed("\(isActive(at: now) ? "actively" : "passively") (\(commands)\(list))", at: now, heard: heard)
        case .stopped: return end(searches.takeAll(), at: now)
        case .interference(let opcode):
            searches.otherCommand()
            if settings.access != .management { interference.noticed(isReset: opcode == .reset, at: now) }
            return []
        case .failed(let failure):
            if state == .stopping { return [.log(.failure("\(failure)"))] + off() }
            if case .silent = failure { return fault(.unanswered, "\(failure)", at: now) }
            return fault(.refused, failure == .noCodedPHY ? "\(failure): set phys to auto or 1m" : "\(failure)", at: now)
        }
    }

    mutating func armed(_ how: String, at now: UInt64, heard: UInt64) -> [Action] {
        state = .scanning
        ongoingFailure = nil
        armedAt = now
        if restartsSilence { silence.armed(at: now, heard: heard) }
        // A silence is over when something is received, not when the scan is set up again.
        guard isNewlyOpen, !isSilent else { return [.log(.debug("scanning \(how)"))] }
        isNewlyOpen = false
        hasScanned = true
        return [.log(.failureEnded("scanning \(how)"))]
    }

    mutating func off() -> [Action] {
        control = nil
        management = nil
        state = .stopped
        return [.log(.info("scan off")), .close]
    }

    // MARK: Recovery

    mutating func fault(_ kind: RecoverySteps.Fault, _ reason: String, isNew: Bool = true, at now: UInt64) -> [Action] {
        let hadSockets = hasSockets
        guard let facts else { return [] }
        isNewlyOpen = isNewlyOpen || kind != .silence
        switch recoverySteps.next(kind, mayPowerCycle: settings.mayPowerCycle, mayResetUSB: settings.mayResetUSB && facts.bus == .usb) {
        case .rearm(let pause):
            counters.rearms += 1
            let text = "\(reason); setting the scan up again"
            // In a quiet room the first silence is no fault.
            let line: LogEvent = kind == .silence && isNew ? .info(text) : failure(text)
            guard hadSockets else {
                state = .waiting(until: now + max(pause, 1_000_000_000))
                return [.log(line)]
            }
            guard pause == 0 else {
                state = .pausing(until: now + pause)
                return [.log(line)]
            }
            return [.log(line)] + arm(at: now)
        case .run(let task):
            return closing(hadSockets) + [.log(failure("\(reason); \(task.name)"))] + run(task, facts, at: now)
        case .beyondRepair(let pause, let powerCycles):
            let line = failure("adapter needs a power cycle: \(reason), and no recovery step has helped; still trying")
            if powerCycles { return closing(hadSockets) + [.log(line)] + run(.powerCycle, facts, at: now) }
            counters.rearms += 1
            state = hadSockets ? .pausing(until: now + pause) : .waiting(until: now + pause)
            return [.log(line)]
        }
    }

    mutating func closing(_ hadSockets: Bool) -> [Action] {
        control = nil
        return hadSockets ? [.close] : []
    }
}
