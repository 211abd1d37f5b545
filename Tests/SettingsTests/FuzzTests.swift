import Bytes
import Foundation
import Testing

@testable import Settings
@testable import YAMLSchema

/// Steele and Vigna's SplitMix64: small, seeded, the same everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite struct FuzzTests {
    private static let secret = "hunter2"

    private static let pieces: [[UInt8]] =
        [
            "\n", "\r\n", "\r", "\t", "  ", ": ", ":", "- ", "? ", "#", "&a ", "*a", "!!int ", "!", "|\n", ">-\n ", "'", "\"", "{", "}",
            "[", "]", ",",
            "---\n", "...\n", "%YAML 1.2\n", "<<: *a\n", "null", "~", "true", "yes", "1e9", "-1", "0x10", "99999999999999999999", "\u{85}",
            "\u{2028}",
            "\u{FEFF}", "鍵", "🔑", "\u{0}", "\u{1B}", "\\u0000", "\\", "mqtt:\n", "  broker:\n", "    port: 0\n", "password: ",
            "scanner_id: ", "adapters:\n", "  - adapter: hci1\n", "- {", "  -\n", "rules: [", "action: deny", "irk: ", "name: \"*\"", "[]",
            "[{}]", "identities: ", "filters: {", "company_id: 4c00",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5], [0xE9], [0xFE, 0xFF]]

    private static func seeds() throws -> [[UInt8]] {
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let files = try FileManager.default.contentsOfDirectory(atPath: golden.path()).filter { $0.hasSuffix(".yaml") }.sorted()
        let wrong = try files.map { try [UInt8](Data(contentsOf: golden.appending(path: $0))) }
        let full = Configuration(scannerID: "attic").printed()
            .split(separator: "\n").map { $0.hasSuffix("username: null") ? "    username: me" : $0 }
            .map { $0.hasSuffix("password: null") ? "    password: \(secret)" : $0 }
            .joined(separator: "\n")
        return wrong.filter { $0.count < 2000 } + Array(repeating: Array(full.utf8), count: 80)
            + Array(repeating: Array(lists.utf8), count: 80)
    }

    /// A right file with all lists.
    private static let lists = """
        scanner_id: attic
        scanner: {mode: mixed}
        adapters:
          - adapter: hci0
          - adapter: AA:BB:CC:DD:EE:FF
            mode: active
            interval_ms: 50
            window_ms: 25
            phys: 1m
        filters:
          default: deny
          rules:
            - {action: deny, rssi_below: -90}
            - action: allow
              name: "Küche-?*"
              company_id: 0x004C
            - action: allow
              service_uuid: 180f
              address: AA:BB
        thinning:
          mode: changes
        identities:
          - name: watch
            address: AA:BB:CC:DD:EE:01
            irk: ec0234a357c8ad05341010a60a397d9b
          - {name: phone, address: "AA:BB:CC:DD:EE:02", irk: 00112233445566778899aabbccddeeff}
        """

    private static func mutate(_ seed: [UInt8], with other: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.insert(contentsOf: pieces.randomElement(using: &random)!, at: place)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.replaceSubrange(place..<end, with: pieces.randomElement(using: &random)!)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 4: bytes = Array(bytes[..<place] + other[min(place, other.count)...])
            default: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            }
        }
        return bytes
    }

    /// Lines as editors count them.
    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while index < bytes.count {
            if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
            if bytes[index] == 0x0A || bytes[index] == 0x0D { lines.append([]) } else { lines[lines.count - 1].append(bytes[index]) }
            index += 1
        }
        return lines
    }

    @Test(arguments: 0..<8)
    func `twenty thousand mutated configurations parse or are refused at valid positions`(part: Int) throws {
        let seeds = try Self.seeds()
        var random = SplitMix(state: 0x2026_0111 + UInt64(part))
        var accepted = 0
        var refused = 0
        var withLists = 0
        for round in 0..<2500 {
            let bytes = Self.mutate(seeds.randomElement(using: &random)!, with: seeds.randomElement(using: &random)!, &random)
            do throws(ConfigurationErrors) {
                let configuration = try Configuration.parse(bytes, name: "f")
                accepted += 1
                if !configuration.adapters.isEmpty, !configuration.filters.rules.isEmpty { withLists += 1 }
                #expect(configuration.scanners.count == max(1, configuration.adapters.count))
                if configuration.broker.password == nil, configuration.identities.isEmpty {
                    let again = try? Configuration.parse(Array(configuration.printed().utf8), name: "f")
                    var filledIn = configuration
                    filledIn.scannerIDTemplate = nil
                    #expect(again == filledIn)
                }
            } catch {
                refused += 1
                let lines = Self.lines(bytes)
                #expect(!error.errors.isEmpty && error.errors.count <= Issue.maximum + 1)
                var last = (1, 1)
                for one in error.errors {
                    let position = try #require(one.position)
                    let isValid =
                        (1...lines.count).contains(position.line)
                        && (1...lines[min(position.line, lines.count) - 1].count + 1).contains(position.column)
                        && last <= (position.line, position.column)
                    #expect(isValid, "part \(part) round \(round): \(one)")
                    last = (position.line, position.column)
                    #expect(!one.description.unicodeScalars.contains { $0 != "\n" && PrintableText.isHazard($0) })
                }
            }
        }
        #expect(withLists > 20, "\(withLists) with lists")
        #expect(accepted > 50 && refused > 1000, "\(accepted) accepted, \(refused) refused")
    }

    @Test func `twenty thousand damaged configurations never tell their password`() {
        var random = SplitMix(state: 4)
        let lines = [
            "scanner_id: attic", "mqtt:", "  broker:", "    host: broker.local", "    port: 1883", "    username: me",
            "    password: \"hunter2\"",
            "  client:", "    qos: 0", "ring:", "  size: 1 MiB",
        ]
        let damage = ["\"", "'", ":", "  ", "{", "}", "[", "]", "x", "\n", "#", "- ", "|", "*", "!", "&", "@", "\t", "\u{1B}", "%", ", "]
        for _ in 0..<20000 {
            var bytes = Array(lines.joined(separator: "\n").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // Not inside the words password and hunter2: what they were could not be known then.
                let place = Int.random(in: 0...bytes.count, using: &random)
                let around = String(decoding: bytes[max(0, place - 8)..<min(bytes.count, place + 8)], as: UTF8.self)
                if around.contains("pass") || around.contains("word") || around.contains("hunter") { continue }
                bytes.insert(contentsOf: damage.randomElement(using: &random)!.utf8, at: place)
            }
            do throws(ConfigurationErrors) {
                _ = try Configuration.parse(bytes, name: "f", warn: { #expect(!$0.description.contains("hunter2")) })
            } catch {
                #expect(!error.description.contains("hunter2"), "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    @Test func `ten thousand damaged configurations never tell a key`() {
        var random = SplitMix(state: 5)
        let key = "ec0234a357c8ad05341010a60a397d9b"
        let lines = [
            "scanner_id: attic", "identities:", "  - name: watch", "    address: AA:BB:CC:DD:EE:FF", "    irk: \(key)",
            "  - irk: \"\(key)\"", "    name: phone", "    address: AA:BB:CC:DD:EE:FE",
            "  - {name: tag, address: \"AA:BB:CC:DD:EE:FD\", irk: \(key)}", "ring:", "  size: 1 MiB",
        ]
        let damage = ["\"", "'", ":", "  ", "{", "}", "[", "]", "x", "\n", "#", "- ", "|", "*", "!", "&", "@", "\t", "\u{1B}", "%", ", "]
        for _ in 0..<10000 {
            var bytes = Array(lines.joined(separator: "\n").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // Not inside a key: what it was could not be known then. Its name may be damaged: a key has the looks of one.
                let place = Int.random(in: 0...bytes.count, using: &random)
                let isInside = place > 0 && place < bytes.count && Hex.value(bytes[place - 1]) != nil && Hex.value(bytes[place]) != nil
                if isInside { continue }
                bytes.insert(contentsOf: damage.randomElement(using: &random)!.utf8, at: place)
            }
            do throws(ConfigurationErrors) {
                _ = try Configuration.parse(bytes, name: "f", warn: { #expect(!$0.description.contains("34a357c8")) })
            } catch {
                #expect(!error.description.contains("34a357c8"), "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }
}
