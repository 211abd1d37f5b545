/// What the kernel says of the adapter, and the way from there to open sockets.
extension AdapterSupervisor {
    /// The kernel's adapters have been looked at: what it says of ours, nil where it is not there.
    public mutating func looked(_ new: Facts?, at now: UInt64) -> [Action] {
        let old = facts
        facts = new
        guard let new else {
            guard state != .stopped else { return [] }
            let actions: [Action] = hasSockets ? [.close] : []
            control = nil
            management = nil
            discovery = nil
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
            // Whoever brought it up had it set up anew, and the scan is off.
            guard settings.access != .exclusive else { return [] }
            interference.forget()
            interference.noticed(isReset: false, at: now)
            return []
        case (.up, .absent), (.up, .blocked), (.up, .waiting), (.down, .absent):
            return [.look]
        default:
            return []
        }
    }

    mutating func proceed(_ facts: Facts, at now: UInt64) -> [Action] {
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

    mutating func run(_ errand: Errand, _ facts: Facts) -> [Action] {
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

    mutating func open(_ facts: Facts) -> [Action] {
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
}
