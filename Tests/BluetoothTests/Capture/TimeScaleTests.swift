import Testing

@testable import Bluetooth

@Suite struct TimeScaleTests {
    @Test(
        arguments: [
            // Powers of ten: seconds, milliseconds, microseconds, nanoseconds, and finer than a tick can express.
            (0, 7, 7_000_000), (3, 7, 7_000), (6, 7, 7), (9, 7_999, 7), (25, .max, 1), (26, .max, 0), (127, .max, 0),
            // Powers of two: seconds, 1/1024 s, 2⁻³² s, 2⁻⁶⁴ s, and finer.
            (0x80, 7, 7_000_000), (0x8A, 512, 500_000), (0xA0, 0x0001_8000_0000, 1_500_000), (0xC0, .max, 999_999), (0xFF, .max, 0),
            // Beyond 64 bits: the nearest that there is.
            (0, .max, .max), (5, .max, .max), (0x80, .max, .max), (0x81, .max, .max), (6, .max, .max),
        ] as [(UInt8, UInt64, Int64)])
    func `ticks become microseconds`(resolution: UInt8, ticks: UInt64, expected: Int64) {
        #expect(TimeScale(resolution: resolution).unixMicroseconds(ticks) == expected)
    }

    @Test func `the offset is added, and neither it nor the sum traps`() {
        #expect(TimeScale(offsetSeconds: -2).unixMicroseconds(500_000) == -1_500_000)
        #expect(TimeScale(offsetSeconds: .max).unixMicroseconds(0) == .max)
        #expect(TimeScale(offsetSeconds: .max).unixMicroseconds(.max) == .max)
        #expect(TimeScale(offsetSeconds: .min).unixMicroseconds(0) == .min)
        #expect(TimeScale(offsetSeconds: .min).unixMicroseconds(.max) == -1)
    }

    @Test func `every resolution has an answer for every tick`() {
        for resolution in UInt8.min...UInt8.max {
            var last = Int64.min
            for shift in 0...64 {
                let now = TimeScale(resolution: resolution).unixMicroseconds(shift == 64 ? .max : 1 << UInt64(shift))
                guard now >= max(last, 0) else {
                    Issue.record("resolution \(resolution), 2^\(shift): \(now) after \(last)")
                    return
                }
                last = now
            }
        }
    }
}
