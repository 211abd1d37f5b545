import Bytes
import Testing

@testable import Bluetooth

@Suite struct PlaybackClockTests {
    private static let hour = PlaybackClock.longestPause

    /// Where the clock stands after each of the times.
    private func elapsed(_ times: [Int64?]) -> [UInt64] {
        var clock = PlaybackClock()
        return times.map { time in
            _ = clock.advance(to: time)
            return clock.elapsed
        }
    }

    @Test func `the first event is due at once, and the others as they came`() {
        #expect(elapsed([1_700_000_000_000_000, 1_700_000_000_000_005, 1_700_000_001_000_005]) == [0, 5, 1_000_005])
    }

    @Test func `a record without a time is due with the one before`() {
        #expect(elapsed([nil, 10, nil, 15]) == [0, 0, 0, 5])
    }

    @Test func `a pause of more than an hour is played as an hour, and said`() {
        var clock = PlaybackClock()
        #expect(clock.advance(to: 0) == nil)
        #expect(clock.advance(to: Self.hour) == nil)
        #expect(clock.advance(to: 2 * Self.hour + 1) == Self.hour + 1)
        #expect(clock.elapsed == 2 * UInt64(Self.hour))
        // What fragments and thinning go by is as it was.
        #expect(clock.sourceClock == (2 * UInt64(Self.hour) + 1) * 1000)
    }

    @Test func `time stamps as far apart as 64 bits allow make a pause of an hour`() {
        var clock = PlaybackClock()
        for (time, shortened) in [(.min, nil), (.max, .max), (.min, nil), (0, .max), (.max, .max)] as [(Int64, Int64?)] {
            #expect(clock.advance(to: time) == shortened)
        }
        #expect(clock.elapsed == 3 * UInt64(Self.hour))
        #expect(clock.due(since: .max / 4, factor: 0.001) > .max / 4)
    }

    @Test func `records that are out of order by a little do not make the replay longer`() {
        #expect(elapsed([10, 8, 12, 11, 13]) == [0, 0, 2, 2, 3])
    }

    @Test func `after a clock was set back the replay goes on at its pace`() {
        #expect(elapsed([10_000_000, 5, 7, 9]) == [0, 0, 2, 4])
    }

    @Test func `when the capture begins again there is no pause`() {
        var clock = PlaybackClock()
        _ = clock.advance(to: 100)
        _ = clock.advance(to: 103)
        clock.restart()
        #expect(clock.advance(to: 100) == nil)
        _ = clock.advance(to: 103)
        #expect(clock.elapsed == 6)
    }

    @Test func `a factor divides the pauses`() {
        var clock = PlaybackClock()
        _ = clock.advance(to: 0)
        _ = clock.advance(to: 1_000_000)
        #expect(clock.due(since: 7, factor: 1) == 1_000_000_007)
        #expect(clock.due(since: 7, factor: 10) == 100_000_007)
        #expect(clock.due(since: 7, factor: 0.5) == 2_000_000_007)
    }

    @Test func `whatever the stamps are, both clocks only go forward and never trap`() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<2_000 {
            var clock = PlaybackClock()
            var last = clock
            for _ in 0..<20 {
                let value = Int64(bitPattern: random.next())
                let time: Int64? =
                    switch random.next() % 5 {
                    case 0: nil
                    case 1: value
                    case 2: value < 0 ? .min : .max
                    default: value >> Int64(random.next() % 64)
                    }
                _ = clock.advance(to: time)
                let factor = [0.001, 1, 1_000_000][Int(random.next() % 3)]
                guard clock.elapsed >= last.elapsed, clock.elapsed - last.elapsed <= UInt64(Self.hour),
                    clock.sourceClock >= last.sourceClock, clock.due(since: .max / 4, factor: factor) >= .max / 4
                else {
                    Issue.record("\(clock) after \(last)")
                    return
                }
                last = clock
            }
        }
    }
}
