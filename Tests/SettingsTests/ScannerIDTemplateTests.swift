import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct ScannerIDTemplateTests {
    private func read(_ scannerID: String, hostName: String) throws -> Reading<Configuration> {
        var sources = Sources()
        sources.append("config.yaml", Array("scanner_id: \(scannerID)\n".utf8))
        return try Configuration.schema(hostName: hostName).read(sources)
    }

    @Test(arguments: [
        ("'{hostname}'", "pi-07", "pi-07"), ("'{hostname}'", "pi-07.example.org", "pi-07"), ("pi-{hostname}", "attic", "pi-attic"),
        ("'{hostname}.{hostname}'", "a", "a.a"), ("'{hostname}'", "Attic_2", "Attic_2"), ("'{hostname}'", "007", "007"),
        ("'{hostname}'", String(repeating: "x", count: 64), String(repeating: "x", count: 64)), ("attic", "büro", "attic"), ("attic", "", "attic"),
    ])
    func `a host name stands where its placeholder does, up to its first point`(written: String, hostName: String, name: String) throws {
        let reading = try read(written, hostName: hostName)
        #expect(reading.root.scannerID == name && reading.warnings.isEmpty)
    }

    @Test func `a name that is written out owes nothing to the machine`() throws {
        #expect(try read("attic", hostName: "raspberrypi").root == Configuration(scannerID: "attic"))
        #expect(try read("attic", hostName: "raspberrypi").warnings.isEmpty)
    }

    @Test(arguments: [("raspberrypi", "Raspberry Pi OS"), ("RaspberryPi.local", "Raspberry Pi OS"), ("debian", "Debian"), ("ubuntu", "Ubuntu"), ("DietPi", "DietPi")])
    func `a host name that every machine has at first is doubted`(hostName: String, system: String) throws {
        let reading = try read("'{hostname}'", hostName: hostName)
        #expect(reading.warnings.map(\.position) == [.init(line: 1, column: 13)])
        #expect(reading.warnings[0].message.hasPrefix("scanner_id: the host name is ") && reading.warnings[0].message.contains("as \(system) names every machine"))
        #expect(!reading.root.scannerID.contains("."))
    }

    @Test func `another host name makes another scanner and a reload knows it`() throws {
        let (old, new) = (try read("'{hostname}'", hostName: "pi-07").root, try read("'{hostname}'", hostName: "pi-08").root)
        let changes = new.changes(from: old)
        #expect(changes.paths == ["scanner_id"])
        #expect(try read("'{hostname}'", hostName: "pi-07.example.org").root.changes(from: old).paths == [])
    }

    @Test(arguments: [
        ("'{host_name}'", "{host_name} is no placeholder; did you mean {hostname}?"), ("'{host}'", "{host} is no placeholder)"), ("'{HOSTNAME}'", "{HOSTNAME} is no placeholder; did you mean {hostname}?"),
        ("'{mac}'", "{mac} is filled in in topic.advertisement only"), ("'{scanner_id}'", "{scanner_id} is filled in in topics only"),
        ("'pi-{hostname'", "a { stands alone"), ("'{}'", "{} is no placeholder"), ("'{hostname}/x'", "in which {hostname} may stand)"),
        ("'\(String(repeating: "x", count: 64)){hostname}'", "1 to 64 of"),
    ])
    func `braces that enclose nothing known are refused with a word`(written: String, word: String) {
        let message = refusal("scanner_id: \(written)\n")
        #expect(message.hasPrefix("config.yaml:1:13: scanner_id: ") && message.contains(word), "\(message)")
    }

    @Test func `the host name belongs to the scanner's name and not into topics`() {
        let message = refusal("scanner_id: a\ntopic:\n  status: ble/{hostname}\n")
        #expect(message.contains("{hostname} is filled in in scanner_id only"), "\(message)")
    }

    @Test(arguments: ["", "(none)", "localhost", "localhost.localdomain", ".x"])
    func `a machine without a name of its own is no scanner`(hostName: String) {
        let message = refusal(Array("scanner_id: 'pi-{hostname}'\n".utf8), hostName: hostName)
        #expect(message.hasPrefix("config.yaml:1:13: scanner_id: {hostname} cannot be filled in, for this machine has no host name of its own ("))
        #expect(message.contains("(it is \(hostName.isEmpty ? "empty" : hostName))"), "\(message)")
    }
}
