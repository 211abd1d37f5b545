/// Which of a peer's addresses to try next, and when: RFC 8305 ("Happy Eyeballs"), sections 4 and 5.
///
/// The two families take turns, so that one of them that leads nowhere costs a quarter of a second and not its whole timeout. Pure:
/// the caller opens and closes, and has the time (CLOCK_MONOTONIC, ns).
public struct ConnectionRace<Address> {
    /// Nanoseconds between two attempts while none has failed: the Connection Attempt Delay of section 5.
    public static var attemptDelay: UInt64 { 250_000_000 }

    /// No more addresses than this are tried: each may hold a descriptor.
    public static var capacity: Int { 16 }

    private var waiting: ArraySlice<Address>
    private var running = 0
    private var dueAt: UInt64 = 0

    /// - Parameters:
    ///   - addresses: in the resolver's order of preference (RFC 6724).
    ///   - family: what an address is told apart by; the first address's family goes first.
    public init<Family: Equatable>(_ addresses: [Address], family: (Address) -> Family) {
        let first = addresses.first.map(family)
        var own = addresses.filter { family($0) == first }[...]
        var others = addresses.filter { family($0) != first }[...]
        var order: [Address] = []
        while !own.isEmpty || !others.isEmpty {
            if let address = own.popFirst() { order.append(address) }
            if let address = others.popFirst() { order.append(address) }
        }
        waiting = order.prefix(Self.capacity)
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
