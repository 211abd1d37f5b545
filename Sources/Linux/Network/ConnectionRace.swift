/// Which of a peer's addresses to try next, and when: RFC 8305 ("Happy Eyeballs"), sections 4 and 5.
///
/// The two families alternate, so that one of them that leads nowhere costs a quarter of a second and not its whole timeout. Pure:
/// the caller opens and closes, and has the time (CLOCK_MONOTONIC, ns).
public struct ConnectionRace<Address> {
    /// Nanoseconds between two attempts while none has failed: the Connection Attempt Delay of section 5.
    public static var attemptDelay: UInt64 { 250_000_000 }

    /// No more addresses than this are tried in one race: each may hold a descriptor. The others are tried in the next ones.
    public static var capacity: Int { 16 }

    private var waiting: ArraySlice<Address>
    private var running = 0
    private var dueAt: UInt64 = 0

    /// - Parameters:
    ///   - addresses: in the resolver's order of preference (RFC 6724).
    ///   - turn: which of them, in the order in which all would be tried, begin; it moves on.
    ///   - family: what addresses are distinguished by; the first address's family goes first.
    public init<Family: Equatable>(_ addresses: [Address], turn: inout AddressTurn, family: (Address) -> Family) {
        let first = addresses.first.map(family)
        let own = addresses.indices.filter { family(addresses[$0]) == first }
        let others = addresses.indices.filter { family(addresses[$0]) != first }
        let start = turn.begin(count: addresses.count, capacity: Self.capacity)
        let end = min(start + Self.capacity, addresses.count)
        waiting = (start..<end).map { addresses[Self.index(at: $0, own, others)] }[...]
    }

    /// Which address comes at `position`: one of each family for as long as both have some, then the rest of the larger one.
    private static func index(at position: Int, _ own: [Int], _ others: [Int]) -> Int {
        let pairs = min(own.count, others.count)
        if position < 2 * pairs { return (position.isMultiple(of: 2) ? own : others)[position / 2] }
        return (own.count > others.count ? own : others)[position - pairs]
    }

    /// When `next` has another address, nil for never.
    public var deadline: UInt64? { waiting.isEmpty ? nil : dueAt }

    /// Every attempt has failed, and there is no address left.
    public var isLost: Bool { waiting.isEmpty && running == 0 }

    /// The address that is to be tried now; nil while it is too early, or where there is none left.
    public mutating func next(at now: UInt64) -> Address? {
        guard now >= dueAt, let address = waiting.popFirst() else { return nil }
        running += 1
        dueAt = now + Self.attemptDelay
        return address
    }

    /// An attempt has failed: the next address need not wait.
    public mutating func failed(at now: UInt64) {
        running -= 1
        dueAt = now
    }
}
