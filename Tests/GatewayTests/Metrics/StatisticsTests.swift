import Bytes
import MQTTWire
import Testing

@testable import Gateway

@Suite struct StatisticsTests {
    /// The keys in the order of the documentation.
    private static let keys = [
        "interval_s", "uptime_s", "reports", "received", "published", "filtered", "thinned", "dropped", "dropped_offline",
        "dropped_ring_full", "dropped_connection_lost", "dropped_unconfirmed", "dropped_oversize", "dropped_refused", "dropped_shutdown", "queued",
        "in_flight", "received_per_s", "published_per_s", "queue_high_water_bytes", "latency_p50_ms", "latency_p99_ms", "scanner_gap_ms", "devices",
        "fragments_joined", "fragments_open", "fragments_truncated", "resolved", "unresolved", "events", "bad_events", "unknown_events", "malformed",
        "kernel_dropped", "recoveries", "interferences", "connects", "disconnects", "disconnects_network", "disconnects_broker",
        "disconnects_refused", "disconnects_timeout", "disconnects_violation", "redelivered", "unexpected_pubacks", "unexpected_pingresps", "rss_kb",
    ]

    private static func fields(_ line: String) -> [(key: String, value: String)] {
        line.split(separator: " ").dropFirst().map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }

    @Test func `a line begins with stats and has the documented keys in order`() {
        let pipeline = TestPipeline()
        let line = pipeline.statistics().line
        #expect(line.hasPrefix("stats interval_s="))
        #expect(Self.fields(line).map(\.key) == Self.keys)
        #expect(!line.contains("  ") && !line.contains("\n"))
    }

    @Test func `at the start all is zero and there is no latency`() {
        let pipeline = TestPipeline()
        let values = Dictionary(uniqueKeysWithValues: Self.fields(pipeline.statistics(interval: 0, uptime: 0).line).map { ($0.key, $0.value) })
        for (key, value) in values {
            switch key {
            case "interval_s", "uptime_s": #expect(value == "0.0")
            case "scanner_gap_ms": #expect(value == "0.000")
            case "received_per_s", "published_per_s", "latency_p50_ms", "latency_p99_ms": #expect(value == "-", "\(key)")
            default: #expect(value == "0", "\(key)")
            }
        }
    }

    @Test func `every counter stands under its key`() {
        let pipeline = TestPipeline(qos: .atLeastOnce, maxInflight: 2, filter: AdvertisementFilter([denied(9)]))
        pipeline.connect()
        pipeline.now += 10_000_000
        pipeline.hear(legacyEvent(legacyReport(1, data: [5]), legacyReport(2, data: []), legacyReport(3, data: []), legacyReport(9, data: [])))
        pipeline.hear(extendedEvent(extendedReport(4, status: 1, data: [1]), extendedReport(4, status: 0, data: [2])))
        pipeline.hear(extendedEvent(extendedReport(5, status: 1, data: [1]), extendedReport(6, status: 2, data: [1])))
        pipeline.hear([0x04, 0x05, 0])
        pipeline.hear([1])
        // Two in flight, one of them acknowledged; 3, 4 and 6 wait.
        pipeline.fill()
        pipeline.now += 2_000_000
        pipeline.takeAll()
        pipeline.puback(1)
        pipeline.puback(1)
        let statistics = pipeline.statistics(interval: 2 * second, uptime: 61_250_000_000, kernelDropped: tally([3: 17]), recoveries: 3, interferences: 5, residentKiB: 4321,
            scannerGap: 12_345_678)
        let expected = [
            "interval_s=2.0", "uptime_s=61.3", "reports=8", "received=6", "published=1", "filtered=1", "thinned=0", "dropped=0",
            "dropped_offline=0", "dropped_ring_full=0", "dropped_connection_lost=0", "dropped_unconfirmed=0", "dropped_oversize=0", "dropped_refused=0", "dropped_shutdown=0",
            "queued=3", "in_flight=1", "received_per_s=3.0", "published_per_s=0.5",
            "queue_high_water_bytes=\(5 * AdvertisementRing.size(ofData: 0) + 1 + 2 + 1)", "latency_p50_ms=2.048", "latency_p99_ms=2.048",
            "scanner_gap_ms=12.346", "devices=6", "fragments_joined=1", "fragments_open=1", "fragments_truncated=1", "resolved=0", "unresolved=0", "events=5",
            "bad_events=1", "unknown_events=1", "malformed=1", "kernel_dropped=17", "recoveries=3", "interferences=5", "connects=1", "disconnects=0", "disconnects_network=0",
            "disconnects_broker=0", "disconnects_refused=0", "disconnects_timeout=0", "disconnects_violation=0", "redelivered=0", "unexpected_pubacks=1", "unexpected_pingresps=0", "rss_kb=4321",
        ]
        #expect(statistics.line.split(separator: " ").dropFirst().map(String.init) == expected)
        #expect(pipeline.isBalanced)
    }

    @Test func `each adapter's line has its own counts`() {
        let pipeline = TestPipeline(qos: .atLeastOnce, maxInflight: 2, filter: AdvertisementFilter([denied(9)]))
        pipeline.connect()
        pipeline.hear(1, adapter: 2)
        pipeline.hear(2, adapter: 5)
        pipeline.hear(3, adapter: 5)
        pipeline.hear(9, adapter: 5)
        pipeline.fill()
        pipeline.takeAll()
        pipeline.puback(1)
        let statistics = pipeline.statistics(kernelDropped: tally([5: 8]))
        #expect(
            Statistics.line(statistics.adapterFields(5, name: "hci1"))
                == "stats adapter=hci1 received=3 published=0 filtered=1 thinned=0 dropped=0 dropped_offline=0 dropped_ring_full=0 "
                + "dropped_connection_lost=0 dropped_unconfirmed=0 dropped_oversize=0 dropped_refused=0 dropped_shutdown=0 queued=1 in_flight=1 "
                + "kernel_dropped=8")
        #expect(
            Statistics.line(statistics.adapterFields(2, name: "hci0"))
                .hasPrefix("stats adapter=hci0 received=1 published=1 filtered=0 "))
        #expect(pipeline.isBalanced)
    }

    @Test func `the next interval's rates are measured from this one`() {
        let pipeline = TestPipeline(qos: .atMostOnce)
        pipeline.connect()
        for _ in 0..<30 { pipeline.hear(legacyEvent(legacyReport(1, data: []))) }
        pipeline.fill()
        pipeline.takeAll()
        let first = pipeline.statistics(interval: 10 * second)
        #expect(first.line.contains(" received_per_s=3.0 published_per_s=3.0 "))
        for _ in 0..<5 { pipeline.hear(legacyEvent(legacyReport(1, data: []))) }
        var window = RateWindow(since: 0)
        window.begin(first)
        let next = pipeline.statistics(since: window, interval: 10 * second).line
        #expect(next.contains(" received_per_s=0.5 published_per_s=0.0 "))
        #expect(next.contains(" received=35 published=30 "))
    }

    @Test(
        arguments: [
            (0, 1, "0.0"), (0.04, 1, "0.0"), (0.05, 1, "0.1"), (0.95, 1, "1.0"), (9.96, 1, "10.0"), (59.999, 1, "60.0"),
            (12.3456, 3, "12.346"),
            (0.001, 3, "0.001"), (0.0004, 3, "0.000"), (7, 3, "7.000"), (1_000_000.25, 2, "1000000.25"), (-1, 1, "0.0"),
        ] as [(Double, Int, String)])
    func `decimals are rounded to their digits`(value: Double, digits: Int, expected: String) {
        #expect(Statistics.Value.decimal(value, digits: digits).description == expected)
    }

    @Test func `a count is a whole number and what is unknown is a dash`() {
        #expect(Statistics.Value.count(.max).description == "18446744073709551615")
        #expect(Statistics.Value.decimal(nil, digits: 3).description == "-")
    }
}
