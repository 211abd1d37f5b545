import Bluetooth

/// What the kernel says of the adapter, and the way from there to open sockets.
extension AdapterSupervisor {
    /// The kernel's adapters have been looked at: what it says of ours, nil where it is not there.
    public mutating func looked(_ new: BluetoothAdapter?, at now: UInt64) -> [Action] {
        let old = facts
        facts = new
        guard let new else {
            // A USB device that is reset goes and comes back: what has come of it is looked at when that is done.
            guard state != .stopped, state != .running(.resetUSB) else { return [] }
            let actions: [Action] = hasSockets ? [.close] : []
            control = nil
            management = nil
            discovery = nil
            if state == .stopping {
                state = .stopped
                return actions
            }
            let tells: [Action]
            if case .absent = state { tells = [] } else { tells = [.tell(complaint("no such adapter; waiting for it"))] }
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

    /// The kernel's adapters could not be looked at: there is no use in another look before then.
    public mutating func lookFailed(until: UInt64) {
        switch state {
        case .absent(let at): state = .absent(lookAt: max(at, until))
        case .blocked(let at): state = .blocked(lookAt: max(at, until))
        case .waiting(let at): state = .waiting(until: max(at, until))
        case .running, .arming, .scanning, .pausing, .stopping, .stopped: break
        }
    }

    /// The kernel has news of the adapter with this index. While an errand is under way they are its own doing.
    public mutating func happened(_ event: AdapterEvent.Kind, at now: UInt64) -> [Action] {
        switch (event, state) {
        case (.unregistered, .running(.resetUSB)):
            facts = nil
            return []
        case (.unregistered, _):
            let wasThere = facts != nil && state != .stopped
            let actions = looked(nil, at: now).filter { $0 == .close }
            return wasThere ? [.tell(complaint("has been unplugged"))] + actions : actions
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

    mutating func proceed(_ facts: BluetoothAdapter, at now: UInt64) -> [Action] {
        control = nil
        guard facts.radio == .open else {
            if facts.radio == .softBlocked, settings.mayUnblockRadio, now >= unblocking.earliest(at: now) {
                _ = unblocking.acted(at: now)
                counters.unblocks += 1
                return [.tell(complaint("blocked by rfkill; unblocking it"))] + run(.unblockRadio, facts, at: now)
            }
            let isNews: Bool
            if case .blocked = state { isNews = false } else { isNews = true }
            state = .blocked(lookAt: now + Self.blockedPause)
            isNewlyOpen = true
            let advice = facts.radio == .hardBlocked ? "a switch on the machine does it" : "to unblock it run  rfkill unblock bluetooth"
            return isNews ? [.tell(complaint("blocked by rfkill: \(advice)"))] : []
        }
        if settings.access == .exclusive {
            guard facts.isUp else { return run(.takeOver, facts, at: now) }
            return [.tell(.info("taking it away from the kernel and other programs (access: exclusive)"))] + run(.takeDown, facts, at: now)
        }
        if facts.isUp { return open(facts) }
        return bringUp(facts, at: now)
    }

    mutating func bringUp(_ facts: BluetoothAdapter, at now: UInt64) -> [Action] {
        let wasFight = bringingUp.isFight
        let plain = "is down; bringing it up"
        let earliest = bringingUp.earliest(at: now)
        guard now >= earliest else {
            // The answer may wait; the word must not.
            state = .waiting(until: earliest)
            guard trouble == nil, hasScanned else { return [] }
            return [.tell(complaint(wasFight ? Self.fight("takes it down", earliest - now) : plain))]
        }
        let insists = bringingUp.acted(at: now)
        let tell: Tell
        if !hasScanned {
            tell = .info(plain)
        } else if insists, !wasFight || trouble == nil {
            tell = complaint(Self.fight("takes it down", bringingUp.pause))
        } else {
            tell = trouble == nil ? complaint(plain) : .info("bringing it up")
        }
        return [.tell(tell)] + run(.bringUp, facts, at: now)
    }

    mutating func run(_ errand: Errand, _ facts: BluetoothAdapter, at now: UInt64) -> [Action] {
        state = .running(errand)
        errandDue = now + Self.errandTime
        return [.errand(errand, index: facts.index)]
    }

    /// The kernel keeps an errand: it cannot be called off, and until it comes back nothing else would, but it can be said.
    mutating func late(_ errand: Errand, at now: UInt64) -> [Action] {
        errandDue = now + Self.errandTime
        ladder.stick()
        let seconds = Self.errandTime / 1_000_000_000
        return [.tell(complaint("adapter needs a power cycle: \(errand.name) has not come to an end within \(seconds) s; still waiting"))]
    }

    /// An errand has ended.
    /// - Parameter problem: why it failed; nil where it did not.
    public mutating func errandDone(_ problem: Problem?, at now: UInt64) -> [Action] {
        guard case .running(let errand) = state else { return [] }
        guard let problem else {
            if errand == .takeOver, let facts { return open(facts) }
            state = .waiting(until: now)
            return [.look]
        }
        if errand == .takeOver {
            state = .arming
            return openingFailed(problem, at: now)
        }
        state = .waiting(until: now)
        switch problem.kind {
        case .gone, .radioBlocked:
            return [.look]
        case .denied where errand == .bringUp || errand == .takeDown:
            state = .waiting(until: now + Self.deniedPause)
            return [.tell(complaint("cannot be brought \(errand == .bringUp ? "up" : "down"): \(problem.text)"))]
        case .denied where errand == .unblockRadio:
            return [.tell(complaint(problem.text)), .look]
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
        return problem.kind == .gone ? [] : [.tell(complaint(problem.text))]
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
