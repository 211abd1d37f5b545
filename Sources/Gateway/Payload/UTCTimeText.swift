import Bytes

/// Writes times as RFC 3339 text in UTC with milliseconds: `2026-01-11T10:30:45.123Z`, 24 bytes.
///
/// It remembers the second it wrote last: at 1,000 advertisements a second the calendar is worked out once.
public struct UTCTimeText: Sendable {
    private var second = Int64.min
    /// `2026-01-11T10:30:45`, 19 bytes in three words.
    private var text: (UInt64, UInt64, UInt64) = (0, 0, 0)

    public init() {}

    /// Microseconds since 1970-01-01 UTC; years outside 0…9999 are written as the nearest of these.
    public mutating func write(unixMicroseconds: Int64, to writer: inout ByteWriter) {
        // From year 0 to year 9999.
        let clamped = min(max(unixMicroseconds, -62_167_219_200_000_000), 253_402_300_799_999_999)
        var (seconds, micros) = clamped.quotientAndRemainder(dividingBy: 1_000_000)
        if micros < 0 {
            seconds -= 1
            micros += 1_000_000
        }
        if seconds != second { remember(seconds) }
        withUnsafeBytes(of: &text) { writer.bytes(UnsafeRawBufferPointer(rebasing: $0[..<19])) }
        writer.u8(UInt8(ascii: "."))
        writer.decimal(Int(micros / 1000), width: 3)
        writer.u8(UInt8(ascii: "Z"))
    }

    private mutating func remember(_ seconds: Int64) {
        second = seconds
        var (days, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
        if time < 0 {
            days -= 1
            time += 86_400
        }
        let date = Self.civil(daysSince1970: days)
        withUnsafeMutableBytes(of: &text) { memory in
            var writer = ByteWriter(memory)
            writer.decimal(date.year, width: 4)
            writer.u8(UInt8(ascii: "-"))
            writer.decimal(date.month, width: 2)
            writer.u8(UInt8(ascii: "-"))
            writer.decimal(date.day, width: 2)
            writer.u8(UInt8(ascii: "T"))
            writer.decimal(Int(time / 3600), width: 2)
            writer.u8(UInt8(ascii: ":"))
            writer.decimal(Int(time / 60 % 60), width: 2)
            writer.u8(UInt8(ascii: ":"))
            writer.decimal(Int(time % 60), width: 2)
        }
    }

    /// The proleptic Gregorian date of a day. Years are taken to begin in March, so that the leap day is a year's last.
    static func civil(daysSince1970: Int64) -> (year: Int, month: Int, day: Int) {
        // Day 0 of this count is 0000-03-01; an era of 400 years has 146,097 days.
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(day))
    }
}
