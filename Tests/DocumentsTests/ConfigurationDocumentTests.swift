import Testing

import Settings
import YAMLSchema
@testable import documents

/// What is made from the table of keys.
@Suite struct ConfigurationDocumentTests {
    private let example = GeneratedDocument.example.renewed("")

    private func parse(_ text: String) throws -> Configuration {
        var sources = Sources()
        sources.append("config.yaml", Array(text.utf8))
        let reading = try Configuration.schema.read(sources)
        for warning in reading.warnings { Issue.record("\(warning)") }
        return reading.root
    }

    @Test func `the example file is valid, holds every default and gives no warning`() throws {
        #expect(try parse(example) == Configuration(scannerID: "scanner-01"))
    }

    @Test func `the example file names every key with its help and fits eighty columns`() {
        for key in DocumentedKey.all where key.elementOf == nil {
            #expect(example.contains("\(key.name): \(key.standard ?? "scanner-01")\n"))
        }
        for key in DocumentedKey.all where key.elementOf != nil {
            #expect(example.contains("#   \(key.name)\(key.example == nil ? "" : " (required)"): "), "\(key.path)")
        }
        #expect(example.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= 80 })
        #expect(example.contains("# Quality of service of advertisements: 0 = at most once, 1 = at least once.\n"))
    }

    /// Takes the `#` away from each list's example and the empty list out, as the file tells its reader to.
    @Test func `the example of every list in the example file is valid`() throws {
        let lists = DocumentedKey.all.filter { $0.list != nil }
        var lines: [String] = []
        var taken = 0
        var isExample = false
        for line in example.split(separator: "\n", omittingEmptySubsequences: false) {
            let text = line.drop(while: { $0 == " " })
            if lists.contains(where: { text == "# \($0.name):" }) { isExample = true }
            if isExample, text.hasPrefix("# ") {
                lines.append(String(line.prefix(line.count - text.count)) + String(text).dropFirst(2))
            } else if isExample {
                #expect(lists.contains { text == "\($0.name): []" })
                isExample = false
                taken += 1
            } else if text != "adapter: hci0" {
                lines.append(String(line))
            }
        }
        #expect(taken == lists.count)
        let configuration = try parse(lines.joined(separator: "\n"))
        #expect([configuration.adapters.count, configuration.filters.rules.count, configuration.identities.count] == lists.map { $0.list!.example.count })
    }

    @Test func `the port of the example file follows TLS`() throws {
        #expect(example.contains("\n    # port: 1883\n"))
        let text = example.replacing("      enabled: false", with: "      enabled: true", maxReplacements: 1)
            .replacing("      system_ca: false", with: "      system_ca: true")
        #expect(try parse(text).broker.port == 8883)
    }

    @Test func `the reference page has a row for every key`() {
        let page = GeneratedDocument.reference.renewed("")
        for key in DocumentedKey.all { #expect(page.contains("| `\(key.path)` | ")) }
        #expect(page.contains("\n## `mqtt.client`\n\nThe MQTT session.\n\n| key | allowed | default | meaning |\n|---|---|---|---|\n"))
        #expect(page.contains("| `ring.size` | a size, 64 KiB to 64 MiB, such as 1 MiB or 1048576 | `1 MiB` | Memory"))
        #expect(page.contains("| `adapters[].mode` | passive, active or mixed | `scanner.mode` | "))
        #expect(page.contains("| `identities[].irk` | 32 hexadecimal digits, the most significant byte first | required | "))
        #expect(page.contains("\n```yaml\nrules:\n  - action: deny\n    rssi_below: -90\n"))
        #expect(page.contains(" is `BLEMQTTD_MQTT_BROKER_HOST`."))
        #expect(page.hasSuffix("|\n"))
    }

    @Test func `the manual page has an item for every key`() {
        let page = ConfigurationManual.text(version: "1.2.3")
        #expect(page.hasPrefix(".TH \"blemqttd.yaml\" 5 \"\" \"blemqttd 1.2.3\" \"\"\n"))
        for key in DocumentedKey.all { #expect(page.contains(".TP\n\\fB\(key.path)\\fR\n")) }
        #expect(page.contains("Allowed: 0 or 1. Default: 0.\n"))
        #expect(page.contains("\\- action: deny\n"))
    }
}
