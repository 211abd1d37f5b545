import Bluetooth
import Bytes
import Foundation
import Testing

@testable import Gateway

/// Payloads read back by a parser that is not ours.
@Suite struct LocalNamePropertyTests {
    private static let alwaysThere: Set<String> = [
        "scanner_id", "mac_address", "rssi", "timestamp", "manufacturer_data", "service_uuids", "local_name",
    ]

    /// Bytes that are likely to meet each other's rules: quotes, controls, and pieces of UTF-8. No U+FEFF: JSONSerialization
    /// leaves it out wherever one of its pieces begins with it.
    private static func name(_ random: inout SplitMix64) -> [UInt8] {
        let pieces: [[UInt8]] = [
            [0], [0x22], [0x5C], [0x0A], [0x7F], [0xC2], [0x85], [0xE2, 0x80], [0xA8], [0xED, 0xA0], [0xF0, 0x9F], [0x94, 0x91],
            [0xF4, 0x90],
            Array("é".utf8), Array("鍵".utf8), Array("🔑".utf8), Array("\",\"x\":1,\"".utf8), Array("\\u0000".utf8),
        ]
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes += pieces.randomElement(using: &random)!
            case 1: bytes.append(UInt8.random(in: 0...255, using: &random))
            default: bytes.append(UInt8.random(in: 0x20...0x7E, using: &random))
            }
        }
        return bytes + [UInt8](repeating: 0, count: Int.random(in: 0..<4, using: &random) == 0 ? 3 : 0)
    }

    @Test(arguments: UInt64(1)...4) func `five thousand names of any bytes are read back as Swift reads them`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var formatter = PayloadFormatter(scannerID: "s", options: [], adapters: ["hci0"])
        for round in 0..<5_000 {
            let name = Self.name(&random)
            let data = ad(Bool.random(using: &random) ? 0x09 : 0x08, name)
            let payload = bytes { _ = formatter.write(advertisement(), data.span.bytes, to: &$0) }
            let parsed = try? JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
            let expected = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            guard let parsed, Set(parsed.keys) == Self.alwaysThere,
                (parsed["local_name"] as? String).map({ Array($0.utf8) }) == (expected.isEmpty ? nil : Array(expected.utf8))
            else {
                Issue.record("round \(round): \(name) became \(String(decoding: payload, as: UTF8.self))")
                return
            }
        }
    }

    @Test(arguments: UInt64(1)...4) func `advertising data of any bytes gives valid JSON with known keys`(seed: UInt64) throws {
        let known = Self.alwaysThere.union([
            "manufacturer_data_repeated", "service_data", "service_data_repeated", "tx_power", "flags", "appearance", "address_type",
            "event_type", "connectable", "scannable", "directed", "scan_response", "primary_phy", "secondary_phy", "sid", "adapter", "raw",
            "truncated", "malformed",
        ])
        var random = SplitMix64(seed: seed)
        var formatter = PayloadFormatter(scannerID: "s", options: [.standard, .raw], adapters: ["hci0"])
        var malformed = 0
        for round in 0..<2_500 {
            var data: [UInt8] = []
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let type = Bool.random(using: &random) ? UInt8.random(in: 0...0x21, using: &random) : 0xFF
                data += ad(type, (0..<Int.random(in: 0...24, using: &random)).map { _ in UInt8.random(in: 0...3, using: &random) })
            }
            if !data.isEmpty, Bool.random(using: &random) {
                data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let one = advertisement(
                type: AdvertisingEventType(rawValue: UInt8.random(in: 0...31, using: &random)),
                addressType: AddressType(rawValue: UInt8.random(in: 0...4, using: &random)),
                rssi: Bool.random(using: &random) ? Int8.random(in: -128...126, using: &random) : nil,
                txPower: Int8.random(in: -128...127, using: &random), sid: UInt8.random(in: 0...15, using: &random),
                primary: PHY.allCases.randomElement(using: &random), secondary: PHY(rawValue: UInt8.random(in: 0...3, using: &random)),
                time: Int64(truncatingIfNeeded: random.next()), truncated: Bool.random(using: &random))
            var isWhole = true
            let payload = bytes { isWhole = formatter.write(one, data.span.bytes, to: &$0) }
            if !isWhole { malformed += 1 }
            guard let parsed = try? JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any],
                Self.alwaysThere.isSubset(of: parsed.keys), known.isSuperset(of: parsed.keys),
                parsed["malformed"] as? Bool == (isWhole ? nil : true),
                parsed["raw"] as? String == data.map({ String(format: "%02x", $0) }).joined()
            else {
                Issue.record("round \(round): \(String(decoding: payload, as: UTF8.self))")
                return
            }
            // No key twice, which JSONSerialization would hide.
            let text = String(decoding: payload, as: UTF8.self)
            #expect(known.allSatisfy { text.components(separatedBy: "\"\($0)\":").count <= 2 })
            #expect(parsed["sid"] as? Int == one.report.sid.map { Int($0) })
            #expect(one.report.rssi == nil ? parsed["rssi"] is NSNull : parsed["rssi"] as? Int == one.report.rssi.map { Int($0) })
        }
        #expect(malformed > 200 && malformed < 2_300, "\(malformed)")
    }
}
