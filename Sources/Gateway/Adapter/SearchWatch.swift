import Bluetooth

/// Searches for devices, as the kernel's management interface tells of them: those of other programs, and the one that it takes our
/// own active scan for.
///
/// Since 6.11 or so Linux sets its discovery state when a scan is switched on actively, whoever sent the command
/// (net/bluetooth/hci_event.c, le_set_scan_enable_complete). It tells of that as of a search, and while the state lasts it refuses
/// everybody's (MGMT_STATUS_BUSY). Switching the scan off does not end it, only Stop Discovery does, which in turn switches off a scan that
/// is on. A program that is to search, as bluetoothd, ends it first, and begins its own search seconds later. See docs/adr/0014-an-active-scan-taken-for-a-search.md.
///
/// A value without I/O. Times are CLOCK_MONOTONIC in nanoseconds.
struct SearchWatch: Sendable {
    /// What the kernel says at the end of a command reaches us by two sockets, in no certain order. After this time all of it is there.
    static let settle: UInt64 = 150_000_000
    /// The kernel tells of a mistaken search together with the completion of our command.
    static let together: UInt64 = 100_000_000

    /// How long our scan is passive for another program's search to begin. bluetoothd takes 5 s, and the second time 10 s.
    static let yielding: UInt64 = 11_000_000_000
    /// How long it stays passive after such a search, for the next one. bluetoothd may take a supposed search for its own, and then gives its
    /// client no answer.
    static let yieldingAfterSearch: UInt64 = 600_000_000_000

    /// What BlueZ and the kernel's mistake search with, as Address_Type: all that there is, LE alone, and nothing.
    private static let kinds: [UInt8] = [7, 6, 0]

    /// A search may have begun before there was anybody to be told.
    private(set) var isUnknown = true
    /// Another program's search, and when its time is over.
    private(set) var search: (what: DiscoveringEvent, endAt: UInt64)?
    /// What the kernel takes our active scan for.
    private(set) var mistaken: DiscoveringEvent?
    /// It began when our active scan was switched on: perhaps it is that.
    private var unjudged: (what: DiscoveringEvent, at: UInt64)?
    /// Our active scan is being switched on (`.max`), or was then; nil after another program's scan command.
    private var switchedOn: UInt64?
    /// This kernel makes the mistake: it has been seen once.
    private(set) var makesMistake = false
    /// Another program searches now and then: until then our scan is passive in between, so that the kernel lets it.
    private(set) var yieldsUntil: UInt64?

    // MARK: What happens

    /// The command that switches our scan on is sent.
    mutating func switchingOn(actively isActive: Bool) { switchedOn = isActive ? .max : nil }

    /// Our scan is on.
    mutating func isOn(at now: UInt64) { if switchedOn != nil { switchedOn = now } }

    /// Another program's scan command has been completed: what was told close to it is its doing.
    mutating func otherCommand() { switchedOn = nil }

    /// The kernel tells of a search.
    /// - Returns: another program's search has begun, or ended: the scan is to follow.
    mutating func noticed(_ event: DiscoveringEvent, at now: UInt64) -> Bool {
        guard event.isOn else {
            let follows = search != nil || hasMistaken
            if search != nil, makesMistake { yieldsUntil = now + Self.yieldingAfterSearch }
            if hasMistaken { yieldsUntil = max(yieldsUntil ?? 0, now + Self.yielding) }
            (search, mistaken, unjudged) = (nil, nil, nil)
            return follows
        }
        guard search == nil, mistaken == nil else { return false }
        if let switchedOn, switchedOn == .max || now < switchedOn + Self.together {
            unjudged = (event, now)
            return false
        }
        search = (event, now + DiscoveringEvent.timeout)
        return true
    }

    /// Nobody has begun a search in that time.
    mutating func stopYielding() { yieldsUntil = nil }

    /// When `judge` is due.
    var judgeAt: UInt64? { unjudged.map { $0.at + Self.settle } }

    /// Whose the search is that began as our active scan was switched on: another program's, if that sent commands, and otherwise nobody's.
    mutating func judge() {
        guard let (event, at) = unjudged else { return }
        unjudged = nil
        if switchedOn == nil {
            search = (event, at + DiscoveringEvent.timeout)
        } else {
            mistaken = event
            makesMistake = true
        }
    }

    // MARK: Ending

    /// The time of another program's search is over. Once: an event follows when it has ended.
    mutating func takeSearchToEnd(at now: UInt64) -> DiscoveringEvent? {
        guard let (event, endAt) = search, now >= endAt else { return nil }
        search?.endAt = .max
        return event
    }

    /// There is what must end before a scan is set up: a search of before our time, whose timer our setting up has stopped and which nobody
    /// would see; and before a passive scan the one that an active scan was taken for.
    func mustEnd(beforeActive isActive: Bool) -> Bool { isUnknown || !isActive && hasMistaken }

    private var hasMistaken: Bool { mistaken != nil || (unjudged != nil && switchedOn != nil) }

    /// The searches that `mustEnd` speaks of. Once.
    mutating func takeBefore() -> [DiscoveringEvent] {
        defer { (isUnknown, mistaken, unjudged) = (false, nil, nil) }
        if isUnknown { return Self.kinds.map { DiscoveringEvent(addressTypes: $0, isOn: true) } }
        return [mistaken ?? unjudged?.what].compactMap(\.self)
    }

    /// Whatever search there is: with our scan there goes who would have ended it. Once.
    mutating func takeAll() -> [DiscoveringEvent] {
        defer { (search, mistaken, unjudged) = (nil, nil, nil) }
        return [search?.what ?? mistaken ?? unjudged?.what].compactMap(\.self)
    }

    /// The adapter has gone, and all that the kernel knew of it; the kernel is the same.
    mutating func forget() {
        let makesMistake = makesMistake
        self = SearchWatch()
        self.makesMistake = makesMistake
        isUnknown = false
    }
}
