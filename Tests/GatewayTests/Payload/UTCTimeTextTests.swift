import Bytes
import Testing

@testable import Gateway

@Suite struct UTCTimeTextTests {
    private static func text(_ microseconds: Int64) -> String {
        var time = UTCTimeText()
        return GatewayTests.text { time.write(unixMicroseconds: microseconds, to: &$0) }
    }

    /// Seconds as `date -u -d @N` prints them.
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00"),
            (86_399, "1970-01-01T23:59:59"),
            (86_400, "1970-01-02T00:00:00"),
            (68_169_599, "1972-02-28T23:59:59"),
            (68_169_600, "1972-02-29T00:00:00"),
            (68_256_000, "1972-03-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (951_868_800, "2000-03-01T00:00:00"),
            (978_307_199, "2000-12-31T23:59:59"),
            (1_709_164_800, "2024-02-29T00:00:00"),
            (1_768_127_445, "2026-01-11T10:30:45"),
            (2_147_483_648, "2038-01-19T03:14:08"),
            (4_107_542_399, "2100-02-28T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
            (253_402_300_799, "9999-12-31T23:59:59"),
            (-1, "1969-12-31T23:59:59"),
            (-86_400, "1969-12-31T00:00:00"),
            (-86_401, "1969-12-30T23:59:59"),
            (-2_203_891_200, "1900-03-01T00:00:00"),
            (-2_203_891_201, "1900-02-28T23:59:59"),
            (-11_671_084_800, "1600-02-28T00:00:00"),
            (-11_670_998_400, "1600-02-29T00:00:00"),
            (-62_135_596_800, "0001-01-01T00:00:00"),
            (-62_162_121_600, "0000-02-29T00:00:00"),
            (-62_167_219_200, "0000-01-01T00:00:00"),
        ] as [(Int64, String)])
    func `a known second`(seconds: Int64, expected: String) {
        #expect(Self.text(seconds * 1_000_000) == expected + ".000Z")
    }

    @Test(
        arguments: [
            (0, ".000Z"), (999, ".000Z"), (1_000, ".001Z"), (123_456, ".123Z"), (123_999, ".123Z"), (999_999, ".999Z"),
        ] as [(Int64, String)])
    func `milliseconds are cut, not rounded`(microseconds: Int64, expected: String) {
        #expect(Self.text(1_768_127_445_000_000 + microseconds) == "2026-01-11T10:30:45" + expected)
    }

    @Test(
        arguments: [
            (-1, "1969-12-31T23:59:59.999Z"), (-1_000, "1969-12-31T23:59:59.999Z"), (-1_001, "1969-12-31T23:59:59.998Z"),
            (-999_999, "1969-12-31T23:59:59.000Z"), (-1_000_000, "1969-12-31T23:59:59.000Z"), (-1_000_001, "1969-12-31T23:59:58.999Z"),
        ] as [(Int64, String)])
    func `before 1970 milliseconds still count upwards`(microseconds: Int64, expected: String) {
        #expect(Self.text(microseconds) == expected)
    }

    @Test func `times that four digits of year cannot express are the nearest that they can`() {
        #expect(Self.text(.max) == "9999-12-31T23:59:59.999Z")
        #expect(Self.text(253_402_300_800_000_000) == "9999-12-31T23:59:59.999Z")
        #expect(Self.text(.min) == "0000-01-01T00:00:00.000Z")
        #expect(Self.text(-62_167_219_200_000_001) == "0000-01-01T00:00:00.000Z")
    }

    @Test func `every month from year 0 to year 9999 has its first and its last day`() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        // 0000-01-01
        var first: Int64 = -719_528
        for year in 0...9_999 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for month in 1...12 {
                let length = lengths[month - 1] + (month == 2 && isLeap ? 1 : 0)
                let last = first + Int64(length) - 1
                let found = (UTCTimeText.civil(daysSince1970: first), UTCTimeText.civil(daysSince1970: last))
                guard found.0 == (year, month, 1), found.1 == (year, month, length) else {
                    Issue.record("\(year)-\(month): \(found)")
                    return
                }
                first = last + 1
            }
        }
        #expect(first == 2_932_897)
    }

    @Test func `the second that is remembered is not taken for another`() {
        var time = UTCTimeText()
        var random = SplitMix64(seed: 3)
        var now: Int64 = 1_768_127_445_000_000
        for _ in 0..<2_000 {
            now += Int64.random(in: -1_500_000...1_500_000, using: &random)
            let written = GatewayTests.text { time.write(unixMicroseconds: now, to: &$0) }
            #expect(written == Self.text(now))
        }
    }
}
