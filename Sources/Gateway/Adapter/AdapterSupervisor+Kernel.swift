import Bluetooth

/// Kernel events of the adapter, and the way from there to open sockets.
extension AdapterSupervisor {
    /// The kernel's adapters have been listed: the state of ours, nil if it is not there.
    public mutating func adaptersChecked(_ new: BluetoothAdapter?, at now: UInt64) -> [Action] {
        let old = facts
        facts = new
        guard let new else {
            // A USB device that is reset goes and comes back: its state is checked when that is done.
            guard state != .stopped, state != .running(.resetUSB) else { return [] }
            let actions: [Action] = hasSockets ? [.close] : []
            control = nil
            management = nil
            searches.forget()
            if state == .stopping {
                state = .stopped
                return actions
            }
            let lines: [Action]
            // Another adapter's event may have led to the listing that misses this one, whose own event is still to come.
            let reason = old == nil ? "no such adapter; waiting for it" : "has been unplugged"
            if case .absent = state { lines = [] } else { lines = [.log(failure(reason))] }
            state = .absent(checkAt: now + Self.absentPause)
            isNewlyOpen = true
            return actions + lines
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

    /// The kernel's adapters could not be listed: it is of no use to try again before then.
    public mutating func checkFailed(until: UInt64) {
        switch state {
        case .absent(let at): state = .absent(checkAt: max(at, until))
        case .blocked(let at): state = .blocked(checkAt: max(at, until))
        case .waiting(let at): state = .waiting(until: max(at, until))
        case .running, .arming, .scanning, .pausing, .stopping, .stopped: break
        }
    }

    /// A kernel event of this adapter. Events that come while a background task is running are caused by it.
    public mutating func happened(_ event: AdapterEvent.Kind, at now: UInt64) -> [Action] {
        switch (event, state) {
        case (.unregistered, .running(.resetUSB)):
            facts = nil
            return []
        case (.unregistered, _):
            return adaptersChecked(nil, at: now)
        case (.down, .arming), (.down, .scanning), (.down, .pausing):
            guard settings.access != .exclusive else { return [] }
            state = .waiting(until: now)
            control = nil
            isNewlyOpen = true
            return [.close, .checkAdapters]
        case (.up, .scanning), (.up, .arming):
            // Whoever brought it up had it set up anew, and the scan is off.
            guard settings.access != .exclusive else { return [] }
            interference.forget()
            interference.noticed(isReset: false, at: now)
            return []
        case (.up, .absent), (.up, .blocked), (.up, .waiting), (.down, .absent):
            return [.checkAdapters]
        default:
            return []
        }
    }

    mutating func proceed(_ facts: BluetoothAdapter, at now: UInt64) -> [Action] {
        control = nil
        guard facts.radio == .open else {
            if facts.radio == .softBlocked, settings.mayUnblockRadio, now >= unblocking.earliest(at: now) {
                _ = unblocking.acted(at: now)
                return [.log(failure("blocked by rfkill; unblocking it"))] + run(.unblockRadio, facts, at: now)
            }
            let isNew: Bool
            if case .blocked = state { isNew = false } else { isNew = true }
            state = .blocked(checkAt: now + Self.blockedPause)
            isNewlyOpen = true
            let advice = facts.radio == .hardBlocked ? "by a hardware switch of the machine" : "to unblock it, run  rfkill unblock bluetooth"
            return isNew ? [.log(failure("blocked by rfkill: \(advice)"))] : []
        }
        if settings.access == .exclusive {
            guard facts.isUp else { return run(.takeOver, facts, at: now) }
            return [.log(.info("taking it down for exclusive use (access: exclusive)"))] + run(.takeDown, facts, at: now)
        }
        if facts.isUp { return open(facts) }
        return bringUp(facts, at: now)
    }

    mutating func bringUp(_ facts: BluetoothAdapter, at now: UInt64) -> [Action] {
        let wasContention = bringingUp.isContention
        let plain = "is down; bringing it up"
        let earliest = bringingUp.earliest(at: now)
        guard now >= earliest else {
            // Bringing it up may wait; the log line must not.
            state = .waiting(until: earliest)
            guard ongoingFailure == nil, hasScanned else { return [] }
            return [.log(failure(wasContention ? Self.contention("takes it down", earliest - now) : plain))]
        }
        let isContended = bringingUp.acted(at: now)
        let line: LogEvent
        if !hasScanned {
            line = .info(plain)
        } else if isContended, !wasContention || ongoingFailure == nil {
            line = failure(Self.contention("takes it down", bringingUp.pause))
        } else {
            line = ongoingFailure == nil ? failure(plain) : .info("bringing it up")
        }
        return [.log(line)] + run(.bringUp, facts, at: now)
    }

    mutating func run(_ task: BackgroundTask, _ facts: BluetoothAdapter, at now: UInt64) -> [Action] {
        counters.count(task)
        state = .running(task)
        backgroundTaskDue = now + Self.backgroundTaskTimeout
        return [.backgroundTask(task, index: facts.index)]
    }

    /// A background task that hangs in the kernel cannot be cancelled, and nothing else would return before it does; but it can be reported.
    mutating func late(_ task: BackgroundTask, at now: UInt64) -> [Action] {
        backgroundTaskDue = now + Self.backgroundTaskTimeout
        recoverySteps.stick()
        let seconds = Self.backgroundTaskTimeout / 1_000_000_000
        return [.log(failure("adapter needs a power cycle: \(task.name) has not finished within \(seconds) s; still waiting"))]
    }

    /// A background task has ended.
    /// - Parameter problem: why it failed; nil if it did not.
    public mutating func backgroundTaskDone(_ problem: Problem?, at now: UInt64) -> [Action] {
        guard case .running(let task) = state else { return [] }
        guard let problem else {
            if task == .takeOver, let facts { return open(facts) }
            state = .waiting(until: now)
            return [.checkAdapters]
        }
        if task == .takeOver {
            state = .arming
            return openingFailed(problem, at: now)
        }
        state = .waiting(until: now)
        switch problem.kind {
        case .gone, .radioBlocked:
            return [.checkAdapters]
        case .denied where task == .bringUp || task == .takeDown:
            state = .waiting(until: now + Self.deniedPause)
            return [.log(failure("cannot be brought \(task == .bringUp ? "up" : "down"): \(problem.text)"))]
        case .denied where task == .unblockRadio:
            return [.log(failure(problem.text)), .checkAdapters]
        case .denied, .other:
            return fault(.unanswered, problem.text, at: now)
        }
    }

    // MARK: Sockets

    mutating func open(_ facts: BluetoothAdapter) -> [Action] {
        state = .arming
        return [.open(index: facts.index)]
    }

    /// The sockets are open.
    public mutating func opened(at now: UInt64) -> [Action] {
        guard state == .arming else { return [] }
        if schedule == nil, var mixed = settings.mixed {
            mixed.start(at: now)
            schedule = mixed
        }
        return arm(at: now)
    }

    /// The sockets could not be opened.
    public mutating func openingFailed(_ problem: Problem, at now: UInt64) -> [Action] {
        guard state == .arming else { return [] }
        state = .waiting(until: now + (problem.kind == .denied ? Self.deniedPause : 1_000_000_000))
        return problem.kind == .gone ? [] : [.log(failure(problem.text))]
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
        return [.close, .log(.debug(reason)), .checkAdapters]
    }
}
