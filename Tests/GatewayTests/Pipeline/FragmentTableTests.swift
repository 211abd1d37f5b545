import Bluetooth
import Bytes
import Testing

@testable import Gateway

/// Keeps what it is given.
private struct Basket: ~Copyable, AdvertisementSink {
    struct Item: Equatable {
        var advertisement: Advertisement
        var data: [UInt8]
        var reports: Int
    }

    var items: [Item] = []

    mutating func accept(_ advertisement: Advertisement, _ data: RawSpan, reports: Int) {
        items.append(Item(advertisement: advertisement, data: data.withUnsafeBytes { Array($0) }, reports: reports))
    }
}

private final class Bench {
    private var table = FragmentTable()
    private var basket = Basket()

    var open: Int { table.open }
    var held: Int { table.held }
    /// What came out since the last check.
    var out: [Basket.Item] {
        defer { basket.items = [] }
        return basket.items
    }

    func take(_ header: Advertisement, _ status: AdvertisingReport.DataStatus, _ data: [UInt8], at now: UInt64 = 0) {
        var header = header
        header.report.dataStatus = status
        table.take(header, data.span.bytes, at: now, into: &basket)
    }

    func expire(at now: UInt64) { table.expire(at: now, into: &basket) }
    func flush() { table.flush(into: &basket) }
}

@Suite struct FragmentTableTests {
    @Test func `a report that is whole goes straight through`() {
        let bench = Bench()
        bench.take(advertisement(), .complete, [1, 2, 3])
        #expect(bench.out == [.init(advertisement: advertisement(), data: [1, 2, 3], reports: 1)])
        bench.take(extended(1), .truncated, [])
        var expected = extended(1)
        expected.report.dataStatus = .truncated
        #expect(bench.out == [.init(advertisement: expected, data: [], reports: 1)] && bench.open == 0 && bench.held == 0)
    }

    @Test func `fragments are joined, under the last one's header and time`() {
        let bench = Bench()
        bench.take(extended(1, received: 10), .moreToCome, [1, 2])
        bench.take(extended(1, received: 20), .moreToCome, [])
        bench.take(extended(1, received: 30), .moreToCome, [3])
        #expect(bench.out == [] && bench.open == 1 && bench.held == 3)
        var last = extended(1, received: 40)
        last.report.rssi = -90
        bench.take(last, .complete, [4, 5])
        #expect(bench.out == [.init(advertisement: last, data: [1, 2, 3, 4, 5], reports: 4)])
        #expect(bench.open == 0 && bench.held == 0)
    }

    @Test func `a chain that the controller cuts is truncated`() {
        let bench = Bench()
        bench.take(extended(1), .moreToCome, [1])
        bench.take(extended(1, received: 2), .truncated, [2])
        var expected = extended(1, received: 2)
        expected.report.dataStatus = .truncated
        #expect(bench.out == [.init(advertisement: expected, data: [1, 2], reports: 2)])
    }

    @Test func `a source's clock at the end of its range, or one that went back, does not trap`() {
        let bench = Bench()
        bench.take(extended(1), .moreToCome, [1], at: .max)
        bench.expire(at: 0)
        bench.expire(at: .max)
        #expect(bench.out == [] && bench.open == 1)
        bench.take(extended(2), .moreToCome, [2], at: 0)
        bench.expire(at: .max)
        #expect(bench.out.map(\.data) == [[2]] && bench.open == 1)
    }

    @Test func `the next chain of the same advertiser is not truncated by the last`() {
        let bench = Bench()
        bench.take(extended(1), .moreToCome, [1])
        bench.take(extended(1), .truncated, [2])
        _ = bench.out
        bench.take(extended(1), .moreToCome, [3])
        bench.take(extended(1), .complete, [4])
        #expect(bench.out == [.init(advertisement: extended(1), data: [3, 4], reports: 2)])
    }

    @Test func `interleaved advertisers keep their own data`() {
        let bench = Bench()
        for round in UInt8(0)..<5 {
            for address in UInt64(0)..<16 { bench.take(extended(address), .moreToCome, [UInt8(address) << 4 | round]) }
        }
        #expect(bench.out == [] && bench.open == 16 && bench.held == 80)
        for address in (UInt64(0)..<16).reversed() { bench.take(extended(address), .complete, [0xFF]) }
        let out = bench.out
        #expect(out.map(\.advertisement.report.address.value) == (0..<16).reversed())
        for item in out {
            let high = UInt8(item.advertisement.report.address.value) << 4
            #expect(item.data == (0..<5).map { high | $0 } + [0xFF] && item.reports == 6 && !item.advertisement.isTruncated)
        }
    }

    /// Whatever distinguishes two chains.
    static let strangers: [(String, Advertisement)] = {
        var addressType = extended(1)
        addressType.report.addressType = .public
        var adapter = extended(1)
        adapter.adapter = 1
        return [
            ("address", extended(2)), ("SID", extended(1, sid: 2)), ("address type", addressType), ("adapter", adapter),
            ("scan response", extended(1, type: 0x08)),
        ]
    }()

    @Test(arguments: strangers) func `chains are distinguished by`(what: String, stranger: Advertisement) {
        let bench = Bench()
        bench.take(extended(1), .moreToCome, [1])
        bench.take(stranger, .complete, [9])
        #expect(bench.out == [.init(advertisement: stranger, data: [9], reports: 1)], "\(what)")
        bench.take(stranger, .moreToCome, [7])
        #expect(bench.open == 2)
        bench.take(extended(1), .complete, [2])
        bench.take(stranger, .complete, [8])
        #expect(bench.out.map(\.data) == [[1, 2], [7, 8]])
    }

    @Test func `a legacy PDU is never the rest of an extended chain`() {
        let bench = Bench()
        // A scan response without ADI has no SID, as a legacy one.
        let auxiliary = extended(1, sid: nil, type: 0x08)
        var legacy = auxiliary
        legacy.report.eventType = .scanResponse
        bench.take(auxiliary, .moreToCome, [1])
        bench.take(legacy, .complete, [9])
        #expect(bench.out == [.init(advertisement: legacy, data: [9], reports: 1)] && bench.open == 1)
        bench.take(auxiliary, .complete, [2])
        #expect(bench.out == [.init(advertisement: auxiliary, data: [1, 2], reports: 2)])
    }

    @Test func `a legacy PDU is whole even if a controller reports that more is to come`() {
        let bench = Bench()
        bench.take(advertisement(), .moreToCome, [1])
        bench.take(advertisement(), .truncated, [2])
        let out = bench.out
        #expect(out.map(\.data) == [[1], [2]] && out.map(\.advertisement.isTruncated) == [false, true] && bench.open == 0)
    }

    @Test func `a chain that waits for a second goes on truncated`() {
        let bench = Bench()
        bench.take(extended(1), .moreToCome, [1], at: 5 * second)
        bench.take(extended(1, received: 7), .moreToCome, [2], at: 5 * second + 900)
        bench.expire(at: 6 * second + 899)
        #expect(bench.out == [] && bench.open == 1)
        bench.expire(at: 6 * second + 900)
        var expected = extended(1, received: 7)
        expected.report.dataStatus = .truncated
        #expect(bench.out == [.init(advertisement: expected, data: [1, 2], reports: 2)] && bench.open == 0 && bench.held == 0)
        bench.expire(at: 100 * second)
        #expect(bench.out == [])
        // What comes late is a report of its own.
        bench.take(extended(1), .complete, [3], at: 7 * second)
        #expect(bench.out == [.init(advertisement: extended(1), data: [3], reports: 1)])
    }

    @Test func `one more chain than the table holds pushes out the one that waited longest`() {
        let bench = Bench()
        for index in UInt64(0)..<16 { bench.take(extended(index), .moreToCome, [UInt8(index)], at: 100 + index) }
        // The first is touched again: the second is the oldest now.
        bench.take(extended(0), .moreToCome, [0xAA], at: 200)
        bench.take(extended(99), .moreToCome, [99], at: 201)
        let out = bench.out
        #expect(out.map(\.advertisement.report.address.value) == [1] && out[0].advertisement.isTruncated && out[0].data == [1])
        #expect(bench.open == 16 && bench.held == 17)
        // The newcomer's own data is its own.
        bench.take(extended(99), .complete, [100], at: 202)
        #expect(bench.out == [.init(advertisement: extended(99), data: [99, 100], reports: 2)])
    }

    @Test func `data beyond 1650 bytes is truncated and marked as such`() {
        let bench = Bench()
        let piece = [UInt8](repeating: 0xAB, count: 229)
        for _ in 0..<7 { bench.take(extended(1), .moreToCome, piece) }
        bench.take(extended(1), .complete, [UInt8](repeating: 0xCD, count: 47))
        // 7 · 229 + 47 = 1650: to the byte.
        var out = bench.out
        #expect(out.count == 1 && out[0].data.count == 1650 && out[0].data.last == 0xCD && !out[0].advertisement.isTruncated)

        for _ in 0..<7 { bench.take(extended(1), .moreToCome, piece) }
        bench.take(extended(1), .complete, [UInt8](repeating: 0xCD, count: 48))
        out = bench.out
        #expect(out.count == 1 && out[0].data.count == 1650 && out[0].advertisement.isTruncated && out[0].reports == 8)

        for _ in 0..<50 { bench.take(extended(1), .moreToCome, piece) }
        bench.take(extended(2), .moreToCome, [1])
        bench.take(extended(1), .complete, [])
        out = bench.out
        #expect(out.count == 1 && out[0].data == [UInt8](repeating: 0xAB, count: 1650) && out[0].advertisement.isTruncated)
        #expect(out[0].reports == 51 && bench.held == 1)
    }

    @Test func `flush gives up everything`() {
        let bench = Bench()
        bench.flush()
        #expect(bench.out == [])
        for index in UInt64(0)..<10 { bench.take(extended(index), .moreToCome, [UInt8(index)]) }
        bench.take(extended(4), .complete, [44])
        #expect(bench.out.map(\.data) == [[4, 44]])
        bench.flush()
        let out = bench.out
        #expect(out.count == 9 && out.allSatisfy { $0.advertisement.isTruncated && $0.reports == 1 })
        #expect(Set(out.map { $0.advertisement.report.address.value }) == Set([0, 1, 2, 3, 5, 6, 7, 8, 9]))
        #expect(bench.open == 0 && bench.held == 0)
    }

    @Test func `a reserved data status ends a chain as complete does`() {
        let bench = Bench()
        bench.take(extended(1), .moreToCome, [1])
        bench.take(extended(1), .reserved, [2])
        let out = bench.out
        #expect(out.map(\.data) == [[1, 2]] && out.map(\.reports) == [2] && out.map(\.advertisement.isTruncated) == [false])
    }

    @Test(arguments: UInt64(1)...10) func `no report is lost or made up`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bench = Bench()
        var taken = 0
        var out = 0
        var now: UInt64 = 0
        for step in 0..<5_000 {
            now += UInt64.random(in: 0..<300_000_000, using: &random)
            bench.expire(at: now)
            let status = AdvertisingReport.DataStatus(rawValue: [0, 1, 1, 1, 2].randomElement(using: &random)!)!
            let data = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: Int.random(in: 0...229, using: &random))
            bench.take(
                extended(UInt64.random(in: 0..<24, using: &random), sid: UInt8.random(in: 0..<2, using: &random)), status, data, at: now)
            taken += 1
            for item in bench.out {
                out += item.reports
                #expect(item.data.count <= 1650)
            }
            guard taken == out + bench.held, bench.open <= 16 else {
                Issue.record("step \(step): \(taken) \(out) \(bench.held) \(bench.open)")
                return
            }
        }
        bench.flush()
        out += bench.out.reduce(0) { $0 + $1.reports }
        #expect(taken == out && bench.held == 0)
    }
}
