/// From an interface's time stamps to microseconds since 1970 (`if_tsresol` and `if_tsoffset` of pcapng). Any input has an answer:
/// what lies beyond the range of the result is the nearest end of it.
struct TimeScale: Equatable, Sendable {
    /// `if_tsresol`: 10 to the power of minus this many seconds, or 2 where the highest bit is set. 6 where there is none.
    var resolution: UInt8 = 6
    /// `if_tsoffset`: seconds to be added.
    var offsetSeconds: Int64 = 0

    func unixMicroseconds(_ ticks: UInt64) -> Int64 {
        let sinceOffset = Int64(clamping: microseconds(ticks))
        let (offset, overflows) = offsetSeconds.multipliedReportingOverflow(by: 1_000_000)
        return sinceOffset.addingClamped(overflows ? (offsetSeconds < 0 ? .min : .max) : offset)
    }

    private func microseconds(_ ticks: UInt64) -> UInt64 {
        let exponent = resolution & 0x7F
        if resolution & 0x80 != 0 {
            // ticks × 10⁶ ÷ 2ⁿ: the product has up to 84 bits.
            let (high, low) = ticks.multipliedFullWidth(by: 1_000_000)
            if exponent >= 64 { return high >> (exponent - 64) }
            if exponent == 0 { return high == 0 ? low : .max }
            return high >> exponent == 0 ? high << (64 - exponent) | low >> exponent : .max
        }
        // More digits than a tick can have: below a microsecond.
        if exponent >= 6 + 20 { return 0 }
        if exponent >= 6 { return ticks / Self.power(exponent - 6) }
        let (product, overflows) = ticks.multipliedReportingOverflow(by: Self.power(6 - exponent))
        return overflows ? .max : product
    }

    /// 10 to the power of 0…19, which is the most that 64 bits hold.
    private static func power(_ exponent: UInt8) -> UInt64 { (0..<exponent).reduce(1) { power, _ in power * 10 } }
}

extension Int64 {
    /// The sum, or the nearest end of the range.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the nearest end of the range.
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? (other < 0 ? .max : .min) : difference
    }
}
