import Bytes
import Testing

@testable import MQTTWire

@Suite struct BackoffTests {
    /// `count` waits, in seconds.
    static func waits(_ backoff: inout Backoff, _ count: Int, random: UInt64 = 0) -> [Double] {
        (0..<count).map { _ in Double(backoff.delay(random: random)) / 1e9 }
    }

    @Test func `waits double from one second to sixty and stay there`() {
        var backoff = Backoff(initial: second, maximum: 60 * second, jitter: 0)
        #expect(Self.waits(&backoff, 10) == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
    }

    @Test func `after a reset they begin anew`() {
        var backoff = Backoff(initial: second, maximum: 60 * second, jitter: 0)
        _ = Self.waits(&backoff, 5)
        backoff.reset()
        #expect(Self.waits(&backoff, 3) == [1, 2, 4])
    }

    @Test func `without exponent every wait is the first`() {
        var backoff = Backoff(initial: 3 * second, maximum: 60 * second, isExponential: false, jitter: 0)
        #expect(Self.waits(&backoff, 5) == [3, 3, 3, 3, 3])
    }

    @Test func `a maximum equal to the first wait is kept`() {
        var backoff = Backoff(initial: 5 * second, maximum: 5 * second, jitter: 0)
        #expect(Self.waits(&backoff, 3) == [5, 5, 5])
    }

    @Test func `an odd maximum is reached exactly`() {
        var backoff = Backoff(initial: second, maximum: 2 * second + 1, jitter: 0)
        #expect((0..<4).map { _ in backoff.delay(random: 0) } == [second, 2 * second, 2 * second + 1, 2 * second + 1])
    }

    @Test func `the largest maximum does not overflow`() {
        let largest = UInt64.max
        var backoff = Backoff(initial: largest / 3, maximum: largest, jitter: 0)
        #expect((0..<4).map { _ in backoff.delay(random: 0) } == [largest / 3, largest / 3 * 2, largest, largest])
    }

    @Test(arguments: [0, 0.1, 0.25, 0.5]) func `jitter only shortens, by at most its share`(jitter: Double) {
        var random = SplitMix64(seed: 7)
        var shortest = 1.0
        for _ in 0..<2000 {
            var backoff = Backoff(initial: 8 * second, maximum: 60 * second, jitter: jitter)
            let share = Double(backoff.delay(random: random.next())) / 8e9
            #expect(share <= 1 && share >= 1 - jitter)
            shortest = min(shortest, share)
        }
        #expect(shortest <= 1 - jitter * 0.98)
        var backoff = Backoff(initial: 8 * second, maximum: 60 * second, jitter: jitter)
        #expect(backoff.delay(random: 0) == 8 * second)
    }

    @Test func `a shortened wait does not shorten the next`() {
        var backoff = Backoff(initial: 2 * second, maximum: 60 * second, jitter: 0.5)
        let waits = Self.waits(&backoff, 6, random: .max)
        for (wait, full) in zip(waits, [2.0, 4, 8, 16, 32, 60]) { #expect(abs(wait - full / 2) < 1e-6) }
    }

    @Test func `no wait is shorter than half a second`() {
        var backoff = Backoff(initial: second / 1000, maximum: 60 * second, jitter: 0.5)
        for _ in 0..<5 { #expect(backoff.delay(random: .max) == Backoff.floor) }
        #expect(Backoff.floor == second / 2)
        var usual = Backoff(initial: second / 2, maximum: second, jitter: 0.5)
        #expect(usual.delay(random: .max) == second / 2)
    }
}
