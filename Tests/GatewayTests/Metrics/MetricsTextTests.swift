import Testing

@testable import Gateway

@Suite struct MetricsTextTests {
    private let adapters = [
        AdapterReport(name: "hci0", slot: 0, condition: .scanning),
        AdapterReport(name: #"a"\b"#, slot: 5, condition: .silent), AdapterReport(name: "hci9", slot: nil, condition: .absent),
    ]

    private func lines(_ statistics: Statistics, _ adapters: [AdapterReport], isOnline: Bool = true) -> [String] {
        let bytes = MetricsText.bytes(statistics, adapters: adapters, scannerID: "s", version: "1.2.3", isOnline: isOnline)
        #expect(bytes.last == UInt8(ascii: "\n"))
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func someStatistics() -> Statistics {
        let pipeline = TestPipeline(qos: .atMostOnce)
        pipeline.connect()
        pipeline.hear(1)
        pipeline.hear(2, adapter: 5)
        pipeline.hear(3, adapter: 5)
        pipeline.fill()
        pipeline.now += 2_000_000
        pipeline.takeAll()
        return pipeline.statistics(uptime: 61_250_000_000, kernelDropped: tally([0: 4]), residentKiB: 6_000, scannerGap: 12_345_678)
    }

    @Test func `each family has help and type in front of its samples, and occurs once`() {
        var types: [String: Substring] = [:]
        var current = ""
        for line in lines(someStatistics(), adapters) {
            let words = line.split(separator: " ", maxSplits: 3)
            if line.hasPrefix("# HELP ") {
                current = String(words[2])
                #expect(types[current] == nil && words[3].hasSuffix("."), "\(line)")
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == current)
                types[current] = words[3]
            } else {
                #expect(line.prefix { $0 != "{" && $0 != " " } == current)
                #expect(types[current] != nil)
                #expect(Double(line.split(separator: " ").last!) != nil, "\(line)")
            }
        }
        #expect(types.count > 25)
        for (name, type) in types {
            #expect(name.hasPrefix("blemqttd_"))
            #expect((type == "counter") == name.hasSuffix("_total"), "\(name)")
            #expect(["counter", "gauge"].contains(type))
        }
    }

    @Test func `values are in base units`() {
        let lines = lines(someStatistics(), adapters)
        for line in [
            #"blemqttd_build_info{scanner_id="s",version="1.2.3"} 1"#, "blemqttd_broker_connected 1", "blemqttd_uptime_seconds 61.3",
            "blemqttd_resident_memory_bytes 6144000", "blemqttd_scanner_gap_seconds 0.012346", "blemqttd_reports_total 3",
            "blemqttd_publish_latency_median_seconds 0.002048",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func `counts stand by adapter, drops by reason too`() {
        let lines = lines(someStatistics(), adapters)
        for line in [
            #"blemqttd_advertisements_received_total{adapter="hci0"} 1"#, #"blemqttd_advertisements_received_total{adapter="a\"\\b"} 2"#,
            #"blemqttd_advertisements_published_total{adapter="hci0"} 1"#,
            #"blemqttd_advertisements_dropped_total{adapter="hci0",reason="ring_full"} 0"#,
            #"blemqttd_kernel_dropped_events_total{adapter="hci0"} 4"#, #"blemqttd_adapter_scanning{adapter="hci0"} 1"#,
            #"blemqttd_adapter_scanning{adapter="a\"\\b"} 0"#, #"blemqttd_adapter_scanning{adapter="hci9"} 0"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(!lines.contains { $0.contains("received") && $0.contains("hci9") }, "what was never found has counted nothing")
    }

    @Test func `what is not known is left out`() {
        let lines = lines(TestPipeline().statistics(), [], isOnline: false)
        #expect(!lines.contains { $0.contains("latency") || $0.contains("adapter=") || $0.hasSuffix(" -") })
        #expect(lines.contains("blemqttd_broker_connected 0"))
    }

    @Test func `a newline in a label does not end the line`() {
        let bytes = MetricsText.bytes(TestPipeline().statistics(), adapters: [], scannerID: "a\nb", version: "1", isOnline: true)
        #expect(String(decoding: bytes, as: UTF8.self).contains(#"scanner_id="a\nb","#))
    }
}
