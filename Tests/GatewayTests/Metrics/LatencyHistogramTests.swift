import Bytes
import Testing

@testable import Gateway

@Suite struct LatencyHistogramTests {
    /// Quantiles of durations in nanoseconds.
    private static func quantiles(_ durations: some Sequence<UInt64>, _ quantiles: Double...) -> [Double?] {
        var histogram = LatencyHistogram()
        for duration in durations { histogram.record(nanoseconds: duration) }
        return quantiles.map { histogram.milliseconds(quantile: $0) }
    }

    @Test func `before the first duration there is no value`() {
        #expect(Self.quantiles([], 0, 0.5, 1) == [nil, nil, nil])
    }

    @Test(
        arguments: [(0, 0.001), (999, 0.001), (1_000, 0.002), (14_999, 0.015), (15_000, 0.016), (16_000, 0.017), (31_999, 0.032)]
            as [(UInt64, Double)])
    func `short durations are measured to the microsecond, as the upper edge`(nanoseconds: UInt64, milliseconds: Double) {
        #expect(Self.quantiles([nanoseconds], 0.5, 0.99) == [milliseconds, milliseconds])
    }

    @Test func `every duration up to an hour is given by an edge above it, less than a sixteenth too long`() {
        var duration: UInt64 = 1_000
        while duration < 3_600_000_000_000 {
            for nanoseconds in [duration - 1, duration, duration + 1] {
                let result = Self.quantiles([nanoseconds], 0.5)[0] ?? 0
                let actual = Double(nanoseconds) / 1e6
                #expect(result > actual && result <= actual * (1 + 1.0 / 16) + 0.001_001, "\(nanoseconds): \(result)")
            }
            duration = duration * 21 / 20 + 1
        }
    }

    @Test func `what is longer than the histogram is its longest`() {
        let longest = Self.quantiles([UInt64.max], 0.5)[0]
        #expect(longest == Self.quantiles([1 << 62], 0.5)[0])
        #expect((longest ?? 0) > 3_600_000)
    }

    @Test func `quantiles count ranks`() {
        // 1 to 10 µs, once each: rank k is k + 1 µs as upper edge.
        let durations = (1...10).map { UInt64($0 * 1_000) }
        #expect(
            Self.quantiles(durations.shuffled(), 0, 0.1, 0.11, 0.5, 0.51, 0.99, 1) == [0.002, 0.002, 0.003, 0.006, 0.007, 0.011, 0.011])
    }

    @Test func `one slow message in a thousand shows in the last per mille only`() {
        let durations = [UInt64](repeating: 5_000, count: 999) + [80_000_000]
        let found = Self.quantiles(durations, 0.5, 0.99, 0.999, 0.9991)
        #expect(Array(found[..<3]) == [0.006, 0.006, 0.006] && found[3]! >= 80 && found[3]! < 85)
    }

    @Test(arguments: UInt64(1)...5) func `quantiles of random durations agree with sorting`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let durations = (0..<5_000).map { _ in UInt64.random(in: 0...1 << UInt64.random(in: 10...40, using: &random), using: &random) }
        let sorted = durations.sorted()
        for quantile in [0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = Double(sorted[max(1, Int((5_000 * quantile).rounded(.up))) - 1]) / 1e6
            let result = Self.quantiles(durations, quantile)[0] ?? 0
            #expect(result > exact && result <= exact * (1 + 1.0 / 16) + 0.001_001, "\(quantile): \(result), \(exact)")
        }
    }

    @Test func `a reset forgets everything`() {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: 1_000_000)
        let before = histogram.count
        histogram.reset()
        let after = histogram.count
        let median = histogram.milliseconds(quantile: 0.5)
        #expect(before == 1 && after == 0 && median == nil)
    }
}
