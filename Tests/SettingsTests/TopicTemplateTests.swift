import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct TopicTemplateTests {
    private func topic(_ lines: String...) throws -> Configuration.Topic {
        try parse("scanner_id: attic\ntopic:\n" + lines.map { "  \($0)\n" }.joined()).topic
    }

    @Test func `without a template the topics are base, scanner and address as ever`() throws {
        let standard: [TopicTemplate.Part] = [.text("ble/raw/"), .placeholder(.scannerID), .text("/"), .placeholder(.mac)]
        #expect(Configuration.Topic().advertisementTemplate.parts == standard)
        #expect(Configuration.Topic().statusTopic(scannerID: "attic") == "ble/status/attic")
        let named = try topic("base: home/ble", "status: home/status")
        #expect(named.advertisementTemplate == TopicTemplate("home/ble/{scanner_id}/{mac}"))
        #expect(named.statusTopic(scannerID: "attic") == "home/status/attic")
    }

    @Test func `a status topic without its placeholder is still a base, unless it is said to be whole`() throws {
        #expect(try topic("status: v1/devices/me/attributes").statusTopic(scannerID: "attic") == "v1/devices/me/attributes/attic")
        #expect(
            try topic("status: v1/devices/me/attributes", "status_is_whole: true").statusTopic(scannerID: "attic")
                == "v1/devices/me/attributes")
        #expect(try topic("status: /site/{scanner_id}/up").statusTopic(scannerID: "attic") == "/site/attic/up")
        #expect(try topic("status: '{scanner_id}'", "status_is_whole: true").statusTopic(scannerID: "attic") == "attic")
    }

    @Test(arguments: [
        "v1/devices/me/telemetry", "/ble/{mac}", "$aws/things/{scanner_id}/ble/{mac_bare}", "{scanner_id}/{adapter}/{mac}",
        "{mac}", "a-{adapter}-{adapter}", "Küche/{mac}", "$SYSTEM/x", String(repeating: "x", count: 256),
    ])
    func `a topic that a broker prescribes is taken`(template: String) throws {
        #expect(try topic("advertisement: '\(template)'").advertisement == template)
    }

    @Test(arguments: [
        ("a/{max}", "{max} is no placeholder; did you mean {mac}?"), ("a/{MAC}", "{MAC} is no placeholder; did you mean {mac}?"),
        ("a/{mac-bare}", "{mac-bare} is no placeholder; did you mean {mac_bare}?"), ("{scanner}/x", "{scanner} is no placeholder"),
        ("a/{zebra}", "{zebra} is no placeholder"), ("a/{}", "{} is no placeholder"), ("a/{mac", "a { stands alone"),
        ("a/mac}", "a } stands alone"), ("a/{{mac}}", "a { stands alone"), ("a/+/{mac}", "wildcards are for subscriptions"),
        ("a/{mac}/#", "wildcards are for subscriptions"), ("a/{mac}/", "leave out the / at the end"), ("/", "leave out the / at the end"), ("a//{mac}", "is empty"),
        ("//{mac}", "is empty"), ("$SYS/{mac}", "the broker's own"), ("$SYS", "the broker's own"), ("$share/g/{mac}", "for subscriptions"),
        (String(repeating: "x", count: 257), "1 to 256 bytes"), ("", "write null for none"),
    ])
    func `a topic on which nothing can be published is refused with a word`(template: String, word: String) {
        let message = refusal("scanner_id: a\ntopic:\n  advertisement: '\(template)'\n")
        #expect(message.hasPrefix("config.yaml:3:18: topic.advertisement: ") && message.contains(word), "\(message)")
    }

    @Test func `a template that YAML takes for a section is said to want quotes`() {
        let message = refusal("scanner_id: a\ntopic:\n  advertisement: {mac}\n")
        #expect(message.contains("topic.advertisement: a section is not allowed") && message.contains("in quotes where it begins with {"))
    }

    @Test func `a status topic knows no device`() {
        let message = refusal("scanner_id: a\ntopic:\n  status: ble/{mac}\n")
        #expect(message.contains("in which {scanner_id} may stand, in quotes where it begins with {; {mac} is filled in in topic.advertisement only"), "\(message)")
    }

    @Test func `no template that is taken can grow beyond what MQTT has for a topic`() {
        let longest: [TopicTemplate.Placeholder: Int] = [.scannerID: 64, .mac: 17, .macBare: 12, .adapter: 17]
        for placeholder in TopicTemplate.Placeholder.allCases {
            let times = TopicTemplate.maximumBytes / placeholder.text.utf8.count
            let template = String(repeating: placeholder.text, count: times)
            #expect(TopicTemplate.problem(template, [placeholder]) == nil)
            #expect(TopicTemplate(template).parts.count == times)
            #expect(times * longest[placeholder]! + TopicTemplate.maximumBytes <= 65_535)
        }
    }
}
