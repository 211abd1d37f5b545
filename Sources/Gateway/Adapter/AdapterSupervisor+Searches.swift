import Bluetooth

/// Searches for devices while our scan is on: ours follows those of other programs, and gives back the one that it is taken for.
extension AdapterSupervisor {
    /// The kernel reports devices to programs only while the scan is active, or started by itself: a search of theirs would find nothing
    /// in a passive scan of ours.
    func isActive(at now: UInt64) -> Bool {
        if searches.search != nil { return true }
        return searches.yieldsUntil == nil && schedule?.isActive(at: now) ?? settings.scan.isActive
    }

    /// A search has begun or ended. The kernel ends another program's by a timer, but that has been stopped by our setting up of the scan,
    /// and a search without an end keeps every later one from beginning ("InProgress"): so it is ended by us (`watch`).
    mutating func noticed(_ news: DiscoveringEvent, at now: UInt64) {
        guard settings.access == .raw else { return }
        if searches.noticed(news, at: now), state == .scanning || state == .arming { interference.noticed(isReset: false, at: now) }
    }

    /// A search began as our active scan was switched on, and by now it can be said whose it is.
    mutating func judgeSearch(at now: UInt64) -> [Action] {
        let knewOfMistake = searches.makesMistake
        searches.judge()
        // The mode may have changed meanwhile; another program's search is followed.
        if control?.isActive != isActive(at: now) || searches.search != nil { interference.noticed(isReset: false, at: now) }
        guard searches.makesMistake, !knewOfMistake else { return [] }
        return [
            .log(.info("this kernel takes an active scan for a search for devices, which another program must end before it can search; see docs/sharing-an-adapter.md"))
        ]
    }

    /// The scan is off, which is the time to end searches.
    mutating func end(_ ended: [DiscoveringEvent], at now: UInt64) -> [Action] {
        guard !ended.isEmpty, let facts else { return searchesEnded(at: now) }
        searchesEnding = (ended.count, now + Self.searchEndTimeout)
        return [.log(.debug("ending searches that would outlast their timer"))] + ended.map { .manage($0.stopCommand(index: facts.index)) }
    }

    /// The kernel has answered one Stop Discovery.
    mutating func searchEndAnswered(at now: UInt64) -> [Action] {
        searchesEnding?.unanswered -= 1
        return searchesEnding?.unanswered == 0 ? searchesEnded(at: now) : []
    }

    /// The searches have ended, or do not in the time that they had.
    mutating func searchesEnded(at now: UInt64) -> [Action] {
        searchesEnding = nil
        if state == .stopping { return off() }
        guard let action = control?.goOn(at: now) else { return [] }
        return perform(action, at: now, heard: 0)
    }
}
