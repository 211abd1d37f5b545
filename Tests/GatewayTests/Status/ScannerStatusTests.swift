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

    @Test func `troubles make it degraded`() {
        #expect(ScannerStatus.State(troubles: []) == .online)
        #expect(ScannerStatus.State(troubles: ["x"]) == .degraded(["x"]))
    }

    @Test func `the numbers are those of the statistics, by adapter too`() throws {
        let desk = Desk(qos: .atMostOnce)
        desk.connect()
        for number in 0..<3 { desk.hear(UInt64(number), adapter: 2) }
        desk.fill()
        desk.takeAll()
        let statistics = desk.statistics(interval: 0, kernelDropped: tally([2: 5]))
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
        let told = try #require(object["adapters"] as? [String: [String: Any]])
        #expect(told["hci0"]?["state"] as? String == "recovering" && told["hci0"]?["cause"] as? String == "refused")
        #expect(told["hci0"]?["received"] as? Int == 3 && told["hci0"]?["kernel_dropped"] as? Int == 5)
        #expect(told["hci7"]?.count == 1 && told["hci7"]?["state"] as? String == "absent")
        #expect(told["replay"]?["state"] == nil && told["replay"]?["received"] as? Int == 0)
    }

    @Test func `what begins anew with every interval is that of the last whole one`() throws {
        let desk = Desk(qos: .atMostOnce)
        desk.connect()
        desk.hear(1)
        desk.fill()
        desk.now += 2_000_000
        desk.takeAll()
        let last = desk.statistics(uptime: 60 * second, scannerGap: 5_000_000)
        desk.beginInterval()
        desk.hear(2)
        var window = RateWindow(since: 0)
        window.begin(last)
        let now = desk.statistics(since: window, interval: second, uptime: 61 * second)
        let status = ScannerStatus(scannerID: "s", state: .online, version: "1", timestamp: nil)
        let numbers = try #require(try object(status.payload(now, of: last, adapters: []))["statistics"] as? [String: Any])
        #expect(numbers["scanner_gap_ms"] as? Double == 5 && numbers["latency_p50_ms"] as? Double == 2.048)
        #expect(numbers["uptime_s"] as? Double == 61 && numbers["received"] as? Int == 2 && numbers["received_per_s"] as? Double == 1)
    }

    @Test func `sixteen adapters with long names fit`() throws {
        let desk = Desk()
        let name = String(repeating: "ü", count: 5_000)
        let adapters = (UInt8(0)..<16).map { AdapterReport(name: "\(name)\($0)", slot: $0, condition: .scanning) }
        let status = ScannerStatus(scannerID: "s", state: .online, version: "1", timestamp: nil)
        let told = try object(status.payload(desk.statistics(), of: nil, adapters: adapters))["adapters"] as? [String: Any]
        #expect(told?.count == 16)
    }

    @Test func `an adapter's trouble names it, its condition and the cause`() {
        func trouble(_ condition: AdapterSupervisor.Condition?, _ cause: String? = nil) -> String? {
            AdapterReport(name: "hci0", slot: 0, condition: condition, cause: cause).trouble
        }
        #expect(trouble(.blocked) == "hci0: blocked by rfkill")
        #expect(trouble(.recovering, "refused") == "hci0: recovering (refused)")
        // One that has been switched off is never online without a word.
        #expect([.absent, .down, .silent, .beyondRepair, .stopped].allSatisfy { trouble($0) != nil })
        #expect([.starting, .scanning, nil].allSatisfy { trouble($0) == nil })
    }
}
