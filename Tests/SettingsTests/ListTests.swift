import Bluetooth
import Gateway
import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct ListTests {
    private static func rule(_ conditions: String) throws -> FilterRule {
        let configuration = try parse("scanner_id: a\nfilters: {rules: [{action: allow, \(conditions)}]}")
        return try #require(configuration.filters.rules.first)
    }

    private static func refusesRule(_ conditions: String, _ key: String) -> Bool {
        refusal("scanner_id: a\nfilters: {rules: [{action: allow, \(conditions)}]}").contains("filters.rules[0].\(key): ")
    }

    private static let battery: UInt128 = 0x0000_180F_0000_1000_8000_0080_5F9B_34FB

    @Test(arguments: ["", "~", "[]", "null # none", "\n  # - adapter: hci0", "[\n]"])
    func `a list without elements means none`(list: String) throws {
        #expect(
            try parse("scanner_id: a\nadapters: \(list)\nidentities: \(list)\nfilters:\n  rules: []\n") == Configuration(scannerID: "a"))
    }

    @Test(arguments: [
        "adapters:\n- adapter: hci0\n  mode: active\n- adapter: all", "adapters:\n  - adapter: hci0\n    mode: active\n  - adapter: all",
        "adapters: [{adapter: hci0, mode: active}, {adapter: all}]", "adapters: [{mode: active, adapter: hci0,}, adapter: all]",
        "adapters:\n  -\n    adapter: 'hci0'\n    mode: \"active\"\n  - ? adapter\n    : all\n",
        "\"adapters\":\r\n  - {adapter: hci0, mode: active}\r\n  - adapter: all\r\n",
    ])
    func `a list may be written in every way of YAML's`(text: String) throws {
        let adapters = try parse("scanner_id: a\n\(text)").adapters
        #expect(adapters == [Partial(.index(0), ["mode"]) { $0.mode = .active }, Partial(.all)])
    }

    @Test func `each list takes as many elements as it may and keeps their order`() throws {
        let adapters = (0..<16).map { "{adapter: hci\(15 - $0)}" }.joined(separator: ", ")
        let rules = (0..<256).map { "{action: deny, name: n\($0)}" }.joined(separator: ", ")
        let key = String(repeating: "0f", count: 16)
        let identities = (0..<32 as Range<UInt32>).map { "{name: n\($0), address: \"00:00:00:00:00:\(Printable.hex($0, digits: 2))\", irk: \(key)}" }.joined(
            separator: ", ")
        let configuration = try parse("scanner_id: a\nadapters: [\(adapters)]\nfilters: {rules: [\(rules)]}\nidentities: [\(identities)]")
        #expect(configuration.adapters.map(\.values.adapter) == (0..<16).map { .index(15 - $0) })
        #expect(configuration.filters.rules.map { $0.names.map(\.glob) } == (0..<256).map { ["n\($0)"] })
        #expect(configuration.identities.map(\.device.address.value) == (0..<32).map { UInt64($0) })
        #expect(configuration.identities.allSatisfy { $0.irk == [UInt8](repeating: 0x0F, count: 16) })
    }

    @Test func `a key of one element says nothing about the next`() throws {
        let rules = try parse(
            "scanner_id: a\nfilters:\n  rules:\n    - {action: deny, name: a, rssi_min: -50}\n    - {action: allow, company_id: 76}"
        ).filters.rules
        #expect(rules[1].names.isEmpty && rules[1].rssiMin == nil && rules[1].companyIDs == [76] && rules[0].companyIDs == [])
    }

    // MARK: Adapters

    @Test func `an element overrides what the scanner says and leaves the rest`() throws {
        let configuration = try parse(
            """
            scanner_id: a
            adapters:
              - adapter: hci1
              - adapter: AA:BB:CC:DD:EE:FF
                mode: passive
                interval_ms: 200
                window_ms: 150
                own_address_type: public
                phys: both
                access: raw
                receive_buffer: 1 MiB
              - adapter: hci2
                interval_ms: 120
            scanner:
              mode: mixed
              interval_ms: 100
              window_ms: 50
              own_address_type: random
              phys: coded
              access: mgmt
              receive_buffer: 2 MiB
              mixed: {period: 30, active: 3}
              watchdog: {silence: 0}
              recovery: {usb_reset: false}
            """)
        var first = configuration.scanner
        first.adapter = .index(1)
        var second = Configuration.Scanner()
        second.adapter = .address(0xAABB_CCDD_EEFF)
        second.intervalMilliseconds = 200
        second.windowMilliseconds = 150
        second.phys = [.le1M, .leCoded]
        second.receiveBufferBytes = 1 << 20
        second.mixed = .init(periodSeconds: 30, activeSeconds: 3)
        second.watchdog.silenceSeconds = 0
        second.recovery.usbReset = false
        var third = first
        third.adapter = .index(2)
        third.intervalMilliseconds = 120
        #expect(configuration.scanners == [first, second, third])
    }

    @Test func `without a list there is one scanner`() throws {
        #expect(Configuration(scannerID: "a").scanners == [.init()])
        #expect(try parse("scanner_id: a\nscanner: {adapter: all}").scanners.map(\.adapter) == [.all])
    }

    @Test(arguments: [
        "scanner: {adapter: hci3}\nadapters: []", "adapters: [{adapter: hci0, window_ms: 100, interval_ms: 100}]",
        "adapters: [{adapter: all}, {adapter: hci0}]", "scanner: {mixed: {period: 6}}",
        "scanner: {window_ms: 20}\nadapters: [{adapter: hci0, interval_ms: 20}]",
    ])
    func `what is only near a mistake is accepted`(text: String) throws {
        _ = try parse("scanner_id: a\n\(text)")
    }

    @Test func `a mistake in one key of an element does not bring others forth`() {
        let text = refusal("scanner_id: a\nadapters: [{adapter: hci0, window_ms: 200, interval_ms: 1}, {adapter: eth0}, {adapter: eth0}]")
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("config.yaml:") }.count == 3, "\(text)")
    }

    // MARK: Conditions

    @Test(arguments: [
        "180f", "180F", "0x180f", "0X180F", "0000180f", "0x0000180F", "0000180f-0000-1000-8000-00805f9b34fb",
        "0000180F00001000800000805F9B34FB",
    ])
    func `a service has a UUID of 16, 32 or 128 bits`(text: String) throws {
        #expect(try Self.rule("service_uuid: \(text)").serviceUUIDs.first == Self.battery)
        #expect(try Self.rule("service_uuid: '\(text)'").serviceUUIDs.first == Self.battery)
    }

    @Test func `32 bits fill the first four bytes and 128 are taken as they stand`() throws {
        #expect(try Self.rule("service_uuid: 12345678").serviceUUIDs.first == 0x1234_5678 << 96 | Self.battery & (1 << 96 - 1))
        let text = "00112233-4455-6677-8899-aAbBcCdDeEfF"
        let bytes = uuid((0..<16).map { UInt8($0 * 0x11) })
        #expect(try Self.rule("service_uuid: \(text)").serviceUUIDs.first == bytes)
        #expect(try Self.rule("ibeacon_uuid: \(text)").iBeaconUUIDs.first == bytes)
    }

    @Test(arguments: [
        "", "1", "18 0f", "180g", "0x", "0x180f0", "x180f", "180f0000-1000", "0000180f-0000-1000-8000-00805f9b34f",
        "0000180f-0000-1000-8000-00805f9b34fbb",
        "0000180f_0000_1000_8000_00805f9b34fb", "0000180-f0000-1000-8000-00805f9b34fb", "{180f}", "0x0000180f-0000-1000-8000-00805f9b34fb",
        "１８０ｆ",
    ])
    func `what is no UUID is refused`(text: String) {
        #expect(Self.refusesRule("service_uuid: \"\(text)\"", "service_uuid"))
        #expect(Self.refusesRule("ibeacon_uuid: \"\(text)\"", "ibeacon_uuid"))
    }

    @Test func `an iBeacon's UUID has 128 bits`() {
        #expect(Self.refusesRule("ibeacon_uuid: 180f", "ibeacon_uuid"))
        #expect(Self.refusesRule("ibeacon_uuid: 0000180f", "ibeacon_uuid"))
    }

    @Test(arguments: [
        ("0", 0), ("76", 76), ("65535", 65535), ("0x4C", 76), ("0x004c", 76), ("0xFFFF", 65535), ("0x0", 0), ("\"0x004C\"", 76),
        ("'76'", 76),
    ])
    func `a company is numbered in decimal or with 0x`(text: String, number: UInt16) throws {
        #expect(try Self.rule("company_id: \(text)").companyIDs.first == number)
    }

    @Test(arguments: [
        "004C", "4c00", "007", "00", "+7", "-0", "0x", "0X4C", "0x00004C", "0x+4C", "65536", "7.0", "7e1", "", "0b1", "0xGG", "٧",
    ])
    func `what numbers no company is refused`(text: String) {
        #expect(Self.refusesRule("company_id: \"\(text)\"", "company_id"))
    }

    @Test(arguments: [
        ("AA", 0xAA00_0000_0000, 1), ("01:02", 0x0102_0000_0000, 2), ("aa:bb:cc", 0xAABB_CC00_0000, 3),
        ("AA:BB:CC:dd", 0xAABB_CCDD_0000, 4),
        ("00:00:00:00:01", 0x0000_0000_0100, 5), ("AA:BB:CC:DD:EE:FF", 0xAABB_CCDD_EEFF, 6), ("12:34:56:12:34:56", 0x1234_5612_3456, 6),
    ])
    func `an address may be its first bytes alone`(text: String, value: Int, bytes: Int) throws {
        let pattern = try #require(try Self.rule("address: '\(text)'").addresses.first)
        #expect(pattern == .init(value: UInt64(value), bytes: bytes))
        #expect(Format.addressPattern.text(pattern) == text.uppercased())
    }

    @Test(arguments: [
        "", "A", "AA:", "AA:B", ":AA", "AA:BB:CC:DD:EE:FF:00", "AA-BB", "AABB", "AA:BB:*", "AA::BB", "GG", "AA BB", "AA:BB:CC:DD:EE:FF ",
    ])
    func `what is no part of an address is refused`(text: String) {
        #expect(Self.refusesRule("address: \"\(text)\"", "address"))
    }

    @Test func `a pattern matches the addresses that begin with it`() throws {
        let prefix = try #require(try Self.rule("address: AA:BB:CC").addresses.first)
        #expect(prefix.matches(DeviceAddress(0xAABB_CC00_0000)) && prefix.matches(DeviceAddress(0xAABB_CCFF_FFFF)))
        #expect(![0xAABB_CB00_0000, 0x00AA_BBCC_0000, 0x2ABB_CC00_0000].contains { prefix.matches(DeviceAddress($0)) })
        let whole = try #require(try Self.rule("address: AA:BB:CC:DD:EE:FF").addresses.first)
        #expect(whole.matches(DeviceAddress(0xAABB_CCDD_EEFF)) && !whole.matches(DeviceAddress(0xAABB_CCDD_EEFE)))
    }

    @Test(arguments: [
        ("Sensor", "Sensor"), ("Sensor-*", "Sensor-*"), ("\"*\"", "*"), ("'?*'", "?*"), (#"'a\*b'"#, #"a\*b"#), (#"a\?b"#, #"a\?b"#),
        (#""\\\\""#, #"\\"#),
        ("Küche 鍵", "Küche 鍵"), ("76", "76"), ("true", "true"), ("'null'", "null"), ("\" \"", " "), ("a#b", "a#b"), (#""a\nb""#, "a\nb"),
        ("'[a-z]'", "[a-z]"), ("{a: b}", nil),
    ])
    func `a name is a glob`(text: String, name: String?) throws {
        if let name { #expect(try Self.rule("name: \(text)").names.map(\.glob) == [name]) } else { #expect(Self.refusesRule("name: \(text)", "name")) }
    }

    @Test(arguments: [#"\"#, #"a\"#, #"\a"#, #"\\\"#, #"\\\n"#])
    func `a backslash before anything else is refused`(name: String) {
        #expect(Self.refusesRule("name: '\(name)'", "name"))
    }

    @Test(arguments: [("rssi_min", -127), ("rssi_min", 20), ("rssi_below", -127), ("rssi_below", 20), ("rssi_min", 0)])
    func `signal strengths are in the range that controllers report`(key: String, value: Int) throws {
        let rule = try Self.rule("\(key): \(value)")
        #expect((rule.rssiMin ?? rule.rssiBelow) == value && (rule.rssiMin == nil) != (rule.rssiBelow == nil))
        #expect(Self.refusesRule("\(key): \(value > 0 ? 21 : -128)", key))
    }

    @Test(arguments: ["public", "random", "public_identity", "random_identity", "anonymous"].map { "address_type: \($0)" } + ["event_type: ADV_IND", "event_type: SCAN_RSP"])
    func `kinds are words`(condition: String) throws {
        let rule = try Self.rule(condition)
        let words = rule.addressTypes.map(Format.addressType.text) + rule.eventKinds.map(\.rawValue)
        #expect(words.count == 1 && condition.hasSuffix(": \(words[0] ?? "")"))
    }

    // MARK: Identities

    @Test(arguments: ["00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF", "\"00112233445566778899aabbccddeeff\""])
    func `a key is 32 digits, the first byte first`(text: String) throws {
        let configuration = try parse("scanner_id: a\nidentities: [{name: n, address: \"AA:BB:CC:DD:EE:FF\", irk: \(text)}]")
        #expect(configuration.identities == [.init(name: "n", address: 0xAABB_CCDD_EEFF, irk: (0..<16).map { UInt8($0 * 0x11) })])
    }

    @Test func `a key of digits alone is text`() throws {
        let key = String(repeating: "12", count: 16)
        #expect(
            try parse("scanner_id: a\nidentities: [{name: 1, address: \"00:00:00:00:00:01\", irk: \(key)}]").identities[0].irk
                == [UInt8](repeating: 0x12, count: 16))
    }

    @Test(arguments: [
        ("0123456789abcdef0123456789abcdef", true), ("0x0123456789ABCDEF0123456789ABCDEF", true),
        ("01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef", true),
        ("0123456789abcdef0123456789abcde", false), ("fda50693-a4e2-4fb1-afcf-c6eb07647825", false),
        ("fda50693-a4e24-fb1-afcf-c6eb07647825", true),
        ("AA:BB:CC:DD:EE:FF", false), ("", false), ("deadbeef  deadbeef  deadbeef  deadbeef", false),
    ])
    func `a text that may be a key is known by its looks`(text: String, isKey: Bool) {
        #expect(SecretWords.looksLikeKey(text) == isKey)
    }

    @Test func `a name that contains irk hides no more than its line`() {
        let text = refusal(
            "scanner_id: a\nidentities:\n  - name: Dirk's watch\n    address: nowhere\n    irk: 00112233445566778899aabbccddeeff\n")
        #expect(text.contains("    address: nowhere\n"), "\(text)")
    }

    // MARK: Size

    @Test func `a file full of rules and wide characters is read in its order`() throws {
        var text = "scanner_id: a\nfilters:\n  rules:\n"
        for number in 0..<256 {
            text += "    - {action: allow, name: \"\(String(repeating: "鍵", count: 80))\(number)\", rssi_min: -\(number % 100)}\n"
        }
        #expect(try parse(text).filters.rules.count == 256)
        let message = refusal(text.replacing("rssi_min: -99", with: "rssi_min: x"))
        #expect(message.contains("config.yaml:103:125: filters.rules[99].rssi_min: x is not allowed"), "\(message.prefix(200))")
    }
}
