import Bytes
import Foundation
import MQTTWire
import Testing

@testable import Gateway

@Suite struct MetricTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Statistics in which one word after the other of a structure of counters is changed; false where no row reports it.
    private func reports<Counters>(
        _ counters: WritableKeyPath<Statistics, Counters>, sparing spared: [PartialKeyPath<Counters>] = []
    ) -> [(offset: Int, isReported: Bool)] {
        let before = TestPipeline().statistics()
        let words = MemoryLayout<Counters>.size / 8
        let exempt = spared.flatMap { path in
            let offset = MemoryLayout<Counters>.offset(of: path)!
            return stride(from: offset, to: offset + MemoryLayout<Tally>.size, by: 8)
        }
        return (0..<words).map { $0 * 8 }.filter { !exempt.contains($0) }.map { offset in
            var after = before
            withUnsafeMutableBytes(of: &after[keyPath: counters]) { $0.storeBytes(of: 1_000_000_007, toByteOffset: offset, as: UInt64.self) }
            return (offset, after.line != before.line)
        }
    }

    @Test func `each counter has a row, and each slot of one that is reported by adapter counts`() {
        // By these the silence watchdog judges an adapter.
        for (offset, isReported) in reports(\.intake, sparing: [\.heard]) { #expect(isReported, "IntakeCounters, byte \(offset)") }
        for (offset, isReported) in reports(\.publisher) { #expect(isReported, "Publisher.Counters, byte \(offset)") }
        for (offset, isReported) in reports(\.session) { #expect(isReported, "PublishSession.Counters, byte \(offset)") }
    }

    @Test func `each kind of disconnect has a row, and they sum to the whole`() {
        let rows = Metric.table.filter { "\($0.key)".hasPrefix("disconnects_") }
        #expect(rows.count == CloseReason.Kind.allCases.count)
        for kind in CloseReason.Kind.allCases {
            var statistics = TestPipeline().statistics()
            statistics.session.disconnects[kind.rawValue] = 5
            let reported = rows.filter { "\($0.value(statistics))" == "5" }.map { "\($0.key)" }
            #expect(reported == ["disconnects_\(kind)"])
        }
    }

    @Test func `keys, families and entities are each one row's`() {
        let keys = Metric.table.map(\.key.description)
        let families = Metric.table.compactMap { row -> String? in
            switch row.prometheus {
            case .family(let name), .familyByReason(let name): name.description
            case .reason, .rate, .part: nil
            }
        }
        let entities = Metric.table.compactMap { $0.entity?.description }
        for names in [keys, families, entities] { #expect(Set(names).count == names.count) }
        #expect(entities == ["Uptime", "Dropped", "Received rate", "Published rate"])
    }

    @Test func `each row is in the line and the status, in the file for Prometheus too unless that makes it itself`() throws {
        let statistics = TestPipeline().statistics()
        let adapters = [AdapterReport(name: "hci0", slot: 0, condition: .scanning)]
        let line = statistics.line
        let adapterLine = Statistics.line(statistics.adapterFields(0, name: "hci0"))
        let payload = ScannerStatus(scannerID: "s", state: .online, version: "1", timestamp: nil).payload(statistics, of: nil, adapters: adapters)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any])
        let numbers = try #require(object["statistics"] as? [String: Any])
        let ofAdapter = try #require((object["adapters"] as? [String: [String: Any]])?["hci0"])
        let metrics = text(MetricsText.bytes(statistics, adapters: adapters, scannerID: "s", version: "1", isOnline: true))
        for row in Metric.table {
            let key = row.key.description
            #expect(line.contains(" \(key)=") && numbers[key] != nil, "\(key)")
            #expect(adapterLine.contains(" \(key)=") == row.isByAdapter && (ofAdapter[key] != nil) == row.isByAdapter, "\(key)")
            switch row.prometheus {
            case .family(let name):
                if case .decimal(nil, _) = row.value(statistics) { continue }
                #expect(metrics.contains("\nblemqttd_\(name)\(row.isByAdapter ? "{adapter=\"hci0\"}" : "") "), "\(key)")
                #expect(metrics.contains("# HELP blemqttd_\(name) \(row.help).\n"), "\(key)")
            case .reason: #expect(metrics.contains("_dropped_total{adapter=\"hci0\",reason=\"\(row.reason!)\"} "), "\(key)")
            case .familyByReason(let name): #expect(metrics.contains("# TYPE blemqttd_\(name) counter\n"), "\(key)")
            case .rate: #expect(row.span == .window, "\(key): only what is of a window can Prometheus make itself")
            case .part: #expect(Metric.table.contains { key.hasPrefix("\($0.key)_") }, "\(key): of which whole?")
            }
        }
    }
}
