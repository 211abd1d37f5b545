import Gateway
import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct PrintTests {
    private static func unusual() -> Configuration {
        var configuration = Configuration(scannerID: "true")
        configuration.scanner.adapter = .address(0x0102_0304_0506)
        configuration.scanner.intervalMilliseconds = 33.125
        configuration.scanner.windowMilliseconds = 10
        configuration.scanner.receiveBufferBytes = 65537
        configuration.ring.sizeBytes = 96 << 10
        configuration.ring.gatherMilliseconds = 0
        configuration.broker.username = "null"
        configuration.client.clientID = "a: \"b\" \\ # c"
        configuration.topic.base = "Küche/\u{202E}ble"
        configuration.payload.insert(.raw)
        return configuration
    }

    /// Every list filled, every key of an element given in one and left out in another.
    private static func lists() -> Configuration {
        var configuration = Configuration(scannerID: "a")
        configuration.adapters = [
            Partial(.all),
            Partial(
                .address(0x0102_0304_0506),
                ["mode", "interval_ms", "window_ms", "own_address_type", "phys", "access", "receive_buffer"]
            ) {
                $0.mode = .mixed
                $0.intervalMilliseconds = 33.125
                $0.windowMilliseconds = 2.5
                $0.usesRandomAddress = true
                $0.phys = .le1M
                $0.access = .management
                $0.receiveBufferBytes = 65537
            },
        ]
        configuration.scanner.windowMilliseconds = 20
        configuration.filters.defaultAction = .deny
        var rule = FilterRule(.allow)
        rule.addresses = [.init(value: 0xAABB_CC00_0000, bytes: 3), .init(value: 0x0102_0304_0506, bytes: 6)]
        configuration.filters.rules.append(rule)
        rule = .init(.deny)
        rule.addressTypes = [.randomIdentity]
        rule.names = [NamePattern("*\"Küche\" \\* \\\\ # x\u{202E}"), NamePattern("true")]
        rule.companyIDs = [0, 0xFFFF]
        rule.serviceUUIDs = [uuid(0..<16)]
        rule.rssiMin = -127
        rule.rssiBelow = 20
        rule.eventKinds = [.scanResponse, .extended]
        rule.iBeaconUUIDs = [uuid(240...255)]
        configuration.filters.rules.append(rule)
        configuration.identities = [
            .init(name: "null", address: 1, irk: Array(0..<16)), .init(name: "- a: b", address: 0xFFFF_FFFF_FFFF, irk: Array(16..<32)),
        ]
        return configuration
    }

    @Test func `a printed configuration reads back the same`() throws {
        let configuration = Self.unusual()
        #expect(try parse(configuration.printed()) == configuration)
        #expect(try parse(Configuration(scannerID: "a").printed()) == Configuration(scannerID: "a"))
    }

    @Test func `a printed configuration reads back the same with lists`() throws {
        var configuration = Self.lists()
        let printed = configuration.printed()
        var keys = configuration.identities.map { $0.irk.map { Printable.hex(UInt32($0), digits: 2) }.joined() }.makeIterator()
        let lines = printed.split(separator: "\n").map { line in
            line.hasSuffix("irk: •••") ? line.dropLast(3) + (keys.next() ?? "") : String(line)
        }
        #expect(try parse(lines.joined(separator: "\n")) == configuration)
        #expect(keys.next() == nil)
        configuration.identities = []
        #expect(try parse(configuration.printed()) == configuration)
    }

    @Test func `a printed list has a dash for each element and leaves out what the element does`() {
        let text = Self.lists().printed()
        #expect(text.contains("\nadapters:\n  - adapter: all\n  - adapter: 01:02:03:04:05:06\n    mode: mixed\n    interval_ms: 33.125\n"))
        #expect(text.contains("\nfilters:\n  default: deny\n  rules:\n    - action: allow\n      address: [\"AA:BB:CC\", \"01:02:03:04:05:06\"]\n    - action: deny\n"))
        #expect(text.contains("\nscanner:\n  mode: passive\n"), "an adapter beside adapters would be refused")
        #expect(Configuration(scannerID: "a").printed().contains("\nadapters: []\n"))
    }

    @Test func `a printed identity hides its key`() {
        let configuration = Self.lists()
        for text in [
            configuration.printed(), "\(configuration)", String(reflecting: configuration),
            "\(configuration.identities)", String(reflecting: configuration.identities),
        ] {
            #expect(!text.contains("0001020304") && !text.contains("0, 1, 2, 3"))
        }
        #expect(
            configuration.printed().contains(
                "\n  - name: \"null\"\n    address: 00:00:00:00:00:01\n    irk: •••\n  - name: \"- a: b\"\n"))
        #expect("\(configuration.identities[0])" == "null (00:00:00:00:00:01)")
    }

    @Test func `a printed configuration quotes only what needs it`() {
        let text = Self.unusual().printed()
        #expect(text.hasPrefix("scanner_id: \"true\"\nscanner:\n  adapter: 01:02:03:04:05:06\n  mode: passive\n  interval_ms: 33.125\n"))
        #expect(text.contains("  receive_buffer: 65537\n  mixed:\n    period: 60\n"))
        #expect(text.contains("\nadapters: []\nring:\n  size: 96 KiB\n"))
        #expect(text.contains("    username: \"null\"\n    password: null\n"))
        #expect(text.contains("    client_id: \"a: \\\"b\\\" \\\\ # c\"\n"))
        #expect(text.contains("  base: \"Küche/\\u202Eble\"\n"))
    }

    @Test func `a printed configuration hides secrets`() {
        var configuration = Configuration(scannerID: "a")
        configuration.broker.username = "me"
        configuration.broker.password = "hunter2"
        for text in [
            configuration.printed(), "\(configuration)", String(reflecting: configuration), "\(configuration.broker)",
            String(reflecting: configuration.broker),
        ] {
            #expect(!text.contains("hunter2"))
        }
        #expect(configuration.printed().contains("    username: me\n    password: •••\n"))
    }

    @Test func `a password that reads null is still a password`() {
        var configuration = Configuration(scannerID: "a")
        configuration.broker.password = "null"
        #expect(configuration.printed().contains("    password: •••\n"))
    }

    @Test func `changes name keys and not values`() {
        let old = Configuration(scannerID: "a")
        var new = old
        #expect(new.changes(from: old).paths == [])
        new.broker.password = "hunter2"
        new.logging.level = .debug
        new.scanner.adapter = .index(1)
        #expect(new.changes(from: old).paths == ["scanner.adapter", "mqtt.broker.password", "logging.level"])
    }

    @Test func `changes name lists as a whole`() {
        let old = Self.lists()
        var new = old
        #expect(new.changes(from: old).paths == [])
        new.adapters[1].given.remove("mode")
        new.filters.rules[0].rssiMin = -50
        new.identities[1].irk[15] = 0
        #expect(new.changes(from: old).paths == ["adapters", "filters.rules", "identities"])
        new = old
        new.filters.rules.swapAt(0, 1)
        #expect(new.changes(from: old).paths == ["filters.rules"])
    }
}
