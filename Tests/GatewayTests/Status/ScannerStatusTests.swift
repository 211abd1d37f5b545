import Foundation
import Testing

@testable import Gateway

@Suite struct ScannerStatusTests {
    private func text(_ payload: [UInt8]) -> String { String(decoding: payload, as: UTF8.self) }

    private func object(_ payload: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any])
    }

    @Test func `a last will has neither time nor numbers`() {
        let will = ScannerStatus(scannerID: "s", state: .offline("connection lost"), version: "1.2.3", timestamp: nil)
        #expect(
            text(will.payload())
                == #"{"scanner_id":"s","status":"offline","version":"1.2.3","reason":"connection lost","reasons":["connection lost"]}"#)
    }

    @Test func `what may be text is escaped`() throws {
        let status = ScannerStatus(scannerID: "s", state: .degraded([#"a "b""#, "c\n"]), version: "1\\", timestamp: "t")
        let object = try object(status.payload())
        #expect(object["reasons"] as? [String] == [#"a "b""#, "c\n"])
        #expect(object["reason"] as? String == "a \"b\", c\n")
        #expect(object["version"] as? String == "1\\")
        #expect(object["timestamp"] as? String == "t")
    }

    @Test func `reasons make it degraded`() {
        #expect(ScannerStatus.State(reasons: []) == .online)
        #expect(ScannerStatus.State(reasons: ["x"]) == .degraded(["x"]))
    }

    @Test func `the numbers are those of the statistics, by adapter too`() throws {
        let pipeline = TestPipeline(qos: .atMostOnce)
        pipeline.connect()
        for number in 0..<3 { pipeline.hear(UInt64(number), adapter: 2) }
        pipeline.fill()
        pipeline.takeAll()
        let statistics = pipeline.statistics(interval: 0, kernelDropped: tally([2: 5]))
        let status = ScannerStatus(scannerID: "s", state: .online, version: "1", timestamp: "t", isTLSInsecure: true)
        let adapters = [
            AdapterReport(name: "hci0", slot: 2, condition: .recovering, cause: "refused"),
            AdapterReport(name: "hci7", slot: nil, condition: .absent), AdapterReport(name: "replay", slot: 3, condition: nil),
        ]
        let object = try object(status.payload(statistics, of: nil, adapters: adapters))
        #expect(object["status"] as? String == "online")
        #expect(object["reason"] == nil && object["tls_insecure"] as? Bool == true)
        let numbers = try #require(object["statistics"] as? [String: Any])
        #expect(numbers.count == statistics.fields.count)
        #expect(numbers["received"] as? Int == 3 && numbers["published"] as? Int == 3 && numbers["kernel_dropped"] as? Int == 5)
        #expect(numbers["received_per_s"] is NSNull, "no time has passed")
        #expect(numbers["uptime_s"] as? Double == 60)
        let reported = try #require(object["adapters"] as? [String: [String: Any]])
        #expect(reported["hci0"]?["state"] as? String == "recovering" && reported["hci0"]?["cause"] as? String == "refused")
        #expect(reported["hci0"]?["received"] as? Int == 3 && reported["hci0"]?["kernel_dropped"] as? Int == 5)
        #expect(reported["hci7"]?.count == 1 && reported["hci7"]?["state"] as? String == "absent")
        #expect(reported["replay"]?["state"] == nil && reported["replay"]?["received"] as? Int == 0)
    }

    @Test func `what begins anew with every interval is that of the last whole one`() throws {
        let pipeline = TestPipeline(qos: .atMostOnce)
        pipeline.connect()
        pipeline.hear(1)
        pipeline.fill()
        pipeline.now += 2_000_000
        pipeline.takeAll()
        let last = pipeline.statistics(uptime: 60 * second, scannerGap: 5_000_000)
        pipeline.beginInterval()
        pipeline.hear(2)
        var window = RateWindow(since: 0)
        window.begin(last)
        let now = pipeline.statistics(since: window, interval: second, uptime: 61 * second)
        let status = ScannerStatus(scannerID: "s", state: .online, version: "1", timestamp: nil)
        let numbers = try #require(try object(status.payload(now, of: last, adapters: []))["statistics"] as? [String: Any])
        #expect(numbers["scanner_gap_ms"] as? Double == 5 && numbers["latency_p50_ms"] as? Double == 2.048)
        #expect(numbers["uptime_s"] as? Double == 61 && numbers["received"] as? Int == 2 && numbers["received_per_s"] as? Double == 1)
    }

    @Test func `sixteen adapters with long names fit`() throws {
        let pipeline = TestPipeline()
        let name = String(repeating: "ü", count: 5_000)
        let adapters = (UInt8(0)..<16).map { AdapterReport(name: "\(name)\($0)", slot: $0, condition: .scanning) }
        let status = ScannerStatus(scannerID: "s", state: .online, version: "1", timestamp: nil)
        let reported = try object(status.payload(pipeline.statistics(), of: nil, adapters: adapters))["adapters"] as? [String: Any]
        #expect(reported?.count == 16)
    }

    @Test func `an adapter's reason names it, its condition and the cause`() {
        func reason(_ condition: AdapterSupervisor.Condition?, _ cause: String? = nil) -> String? {
            AdapterReport(name: "hci0", slot: 0, condition: condition, cause: cause).degradedReason
        }
        #expect(reason(.blocked) == "hci0: blocked by rfkill")
        #expect(reason(.recovering, "refused") == "hci0: recovering (refused)")
        // One that has been switched off is never online without a word.
        #expect([.absent, .down, .silent, .beyondRepair, .stopped].allSatisfy { reason($0) != nil })
        #expect([.starting, .scanning, nil].allSatisfy { reason($0) == nil })
    }
}
