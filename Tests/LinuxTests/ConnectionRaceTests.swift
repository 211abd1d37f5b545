import Testing

@testable import Linux

/// RFC 8305, sections 4 and 5. Addresses are texts here, and their first character is their family.
@Suite struct ConnectionRaceTests {
    private static let delay = ConnectionRace<String>.attemptDelay

    private static func race(_ addresses: [String]) -> ConnectionRace<String> {
        var turn = AddressTurn()
        return ConnectionRace(addresses, turn: &turn) { $0.first }
    }

    /// Every address, in the order in which it is tried when each fails at once.
    private static func order(_ addresses: [String]) -> [String] {
        var turn = AddressTurn()
        return order(addresses, &turn)
    }

    private static func order(_ addresses: [String], _ turn: inout AddressTurn) -> [String] {
        var race = ConnectionRace(addresses, turn: &turn) { $0.first }
        var order: [String] = []
        while let address = race.next(at: 0) {
            order.append(address)
            race.failed(at: 0)
        }
        return order
    }

    @Test(
        arguments: [
            ([], []),
            (["6a"], ["6a"]),
            (["6a", "6b", "4a", "4b"], ["6a", "4a", "6b", "4b"]),
            (["4a", "4b", "6a", "6b"], ["4a", "6a", "4b", "6b"]),
            (["6a", "6b", "6c", "4a"], ["6a", "4a", "6b", "6c"]),
            (["6a", "4a", "4b", "4c"], ["6a", "4a", "4b", "4c"]),
            (["4a", "4b", "4c"], ["4a", "4b", "4c"]),
            (["6a", "4a", "6b", "4b"], ["6a", "4a", "6b", "4b"]),
        ] as [([String], [String])])
    func `section 4: the families take turns, the preferred one first`(addresses: [String], expected: [String]) {
        #expect(Self.order(addresses) == expected)
    }

    @Test func `no more than sixteen addresses are tried, of both families`() {
        let order = Self.order((0..<100).map { "6-\($0)" } + (0..<100).map { "4-\($0)" })
        #expect(order == (0..<8).flatMap { ["6-\($0)", "4-\($0)"] })
    }

    @Test(arguments: [(100, 0), (0, 100), (50, 50), (60, 40), (17, 83), (16, 1), (1, 16), (99, 1)])
    func `of a hundred addresses each has its turn, sixteen in an attempt, both families together`(sixes: Int, fours: Int) {
        let addresses = (0..<sixes).map { "6-\($0)" } + (0..<fours).map { "4-\($0)" }
        let attempts = (addresses.count + 15) / 16
        var turn = AddressTurn()
        let orders = (0..<2 * attempts).map { _ in Self.order(addresses, &turn) }
        #expect(orders.allSatisfy { $0.count <= 16 })
        let round = Array(orders[..<attempts].joined())
        #expect(round.count == addresses.count && Set(round) == Set(addresses), "each once")
        #expect(Array(orders[attempts...].joined()) == round, "and then the preferred ones again")
        let pairs = min(sixes, fours)
        #expect(round.prefix(2 * pairs).count { $0.hasPrefix("6") } == pairs)
    }

    @Test func `where an address has answered the next attempt begins in the same place, and goes on from there when it fails`() {
        let addresses = (0..<40).map { "4-\($0)" }
        var turn = AddressTurn()
        _ = Self.order(addresses, &turn)
        #expect(Self.order(addresses, &turn).first == "4-16")
        turn.succeeded()
        #expect(Self.order(addresses, &turn).first == "4-16")
        #expect(Self.order(addresses, &turn) == (32..<40).map { "4-\($0)" })
        #expect(Self.order(addresses, &turn).first == "4-0")
    }

    @Test func `a name that has fewer addresses now begins with the preferred one`() {
        var turn = AddressTurn()
        _ = Self.order((0..<100).map { "4-\($0)" }, &turn)
        _ = Self.order((0..<100).map { "4-\($0)" }, &turn)
        #expect(Self.order((0..<20).map { "4-\($0)" }, &turn).first == "4-0")
        #expect(Self.order(["4-a", "4-b"], &turn) == ["4-a", "4-b"])
        #expect(turn == AddressTurn())
    }

    @Test func `section 5: while nothing fails, an attempt follows the other after 250 ms`() {
        var race = Self.race(["6a", "4a", "6b"])
        #expect(Self.delay == 250_000_000)
        #expect(race.next(at: 7) == "6a")
        #expect(race.deadline == 7 + Self.delay)
        #expect(race.next(at: 7 + Self.delay - 1) == nil)
        #expect(race.next(at: 7 + Self.delay) == "4a")
        // Late is late: the next one counts from there.
        #expect(race.next(at: 7 + 5 * Self.delay) == "6b")
        #expect(race.next(at: 7 + 5 * Self.delay) == nil)
        #expect(race.deadline == nil && !race.isLost)
    }

    @Test func `section 5: after a failure the next address is due at once`() {
        var race = Self.race(["6a", "4a", "6b"])
        #expect(race.next(at: 0) == "6a")
        race.failed(at: 3)
        #expect(race.deadline == 3)
        #expect(race.next(at: 3) == "4a")
        #expect(race.deadline == 3 + Self.delay)
    }

    @Test func `it is lost when every attempt has failed and no address is left`() {
        var race = Self.race(["6a", "4a"])
        #expect(!race.isLost)
        #expect(race.next(at: 0) == "6a")
        #expect(race.next(at: Self.delay) == "4a")
        race.failed(at: Self.delay)
        #expect(!race.isLost)
        race.failed(at: 2 * Self.delay)
        #expect(race.isLost && race.next(at: 9 * Self.delay) == nil)
    }

    @Test func `without addresses it is lost from the beginning`() {
        let race = Self.race([])
        #expect(race.isLost && race.deadline == nil)
    }
}
