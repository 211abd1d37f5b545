import Testing

@testable import Config

@Suite struct PrintTests {
    private static func unusual() -> Configuration {
        var configuration = Configuration(scannerID: "true")
        configuration.scanner.adapter = .address(0x0102_0304_0506)
        configuration.scanner.intervalMilliseconds = 33.125
        configuration.scanner.windowMilliseconds = 10
        configuration.scanner.receiveBufferBytes = 65537
        configuration.ring.sizeBytes = 96 << 10
        configuration.broker.username = "null"
        configuration.client.clientID = "a: \"b\" \\ # c"
        configuration.topic.base = "Küche/\u{202E}ble"
        configuration.payload.raw = true
        return configuration
    }

    @Test func `the example file is valid and holds every default`() throws {
        #expect(try parse(Configuration.exampleFile()) == Configuration(scannerID: "scanner-01"))
    }

    @Test func `the example file names every key with its help and fits eighty columns`() {
        let example = Configuration.exampleFile()
        for key in KeyTable.keys {
            #expect(example.contains("\(key.name): \(key.defaultText ?? "scanner-01")\n"))
        }
        #expect(example.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= 80 })
        #expect(example.contains("# Quality of service of advertisements: 0 = at most once, 1 = at least once.\n"))
    }

    @Test func `a printed configuration reads back the same`() throws {
        let configuration = Self.unusual()
        #expect(try parse(Configuration.printed(configuration)) == configuration)
        #expect(try parse(Configuration.printed(Configuration(scannerID: "a"))) == Configuration(scannerID: "a"))
    }

    @Test func `a printed configuration quotes only what needs it`() {
        let text = Configuration.printed(Self.unusual())
        #expect(text.hasPrefix("scanner_id: \"true\"\nscanner:\n  adapter: 01:02:03:04:05:06\n  mode: passive\n  interval_ms: 33.125\n"))
        #expect(text.contains("  receive_buffer: 65537\nring:\n  size: 96 KiB\n"))
        #expect(text.contains("    username: \"null\"\n    password: null\n"))
        #expect(text.contains("    client_id: \"a: \\\"b\\\" \\\\ # c\"\n"))
        #expect(text.contains("  base: \"Küche/\\u202Eble\"\n"))
    }

    @Test func `a printed configuration hides secrets`() {
        var configuration = Configuration(scannerID: "a")
        configuration.broker.username = "me"
        configuration.broker.password = "hunter2"
        for text in [
            Configuration.printed(configuration), "\(configuration)", String(reflecting: configuration), "\(configuration.broker)",
            String(reflecting: configuration.broker),
        ] {
            #expect(!text.contains("hunter2"))
        }
        #expect(Configuration.printed(configuration).contains("    username: me\n    password: •••\n"))
    }

    @Test func `a password that reads null is still a password`() {
        var configuration = Configuration(scannerID: "a")
        configuration.broker.password = "null"
        #expect(Configuration.printed(configuration).contains("    password: •••\n"))
    }

    @Test func `changes name keys and not values`() {
        let old = Configuration(scannerID: "a")
        var new = old
        #expect(Configuration.changes(from: old, to: new) == [])
        new.broker.password = "hunter2"
        new.logging.level = .debug
        new.scanner.adapter = .index(1)
        #expect(Configuration.changes(from: old, to: new) == ["scanner.adapter", "mqtt.broker.password", "logging.level"])
    }

    @Test func `the reference page has a row for every key`() {
        let page = Configuration.referencePage()
        for key in KeyTable.keys { #expect(page.contains("| `\(key.path)` | ")) }
        #expect(page.contains("\n## `mqtt.client`\n\nThe MQTT session.\n\n| key | allowed | default | meaning |\n|---|---|---|---|\n"))
        #expect(page.contains("| `ring.size` | a size, 64 KiB to 64 MiB, such as 1 MiB or 1048576 | `1 MiB` | Memory"))
        #expect(page.hasSuffix("|\n"))
    }
}
