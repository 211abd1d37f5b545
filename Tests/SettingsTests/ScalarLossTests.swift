import Testing

@testable import Settings
@testable import YAMLSchema

@Suite struct ScalarLossTests {
    private func broker(_ lines: String...) -> String {
        "scanner_id: attic\nmqtt:\n  broker:\n" + lines.map { "    \($0)\n" }.joined()
    }

    private func messages(_ text: String) throws -> [String] {
        var messages: [String] = []
        _ = try Configuration.parse(Array(text.utf8), name: "f", warn: { messages.append($0.message) })
        return messages
    }

    @Test(arguments: ["&right", "&right more", "&a \"right\"", "! right", "!right", "*right"])
    func `an anchor, a tag or an alias never swallows a value`(value: String) {
        for key in ["username", "host", "tls: {ca_file", "password"] {
            let text = broker("username: me", "\(key): \(value)\(key.contains("{") ? "}" : "")")
            #expect(throws: ConfigurationErrors.self) { try parse(text) }
        }
    }

    @Test func `an anchor's message has the quotes to write`() {
        #expect(
            refusal(broker("username: &bob"))
                == """
                config.yaml:4:15: mqtt.broker.username: an anchor is not allowed; remove the word that begins with &, or put the value in \
                quotes: "&bob"
                    4 |     username: &bob
                      |               ^
                """)
        #expect(refusal(broker("username: ! bob")).contains(#"or put the value in quotes: "! bob""#))
        #expect(refusal(broker("username: *bob")).contains(#"or put it in quotes: "*bob""#))
        #expect(refusal("scanner_id: a\nfilters: {rules: [{action: deny, name: &x}]}").contains(#"filters.rules[0].name: an anchor is not"#))
    }

    @Test func `an anchor at a section, a list, a key or the file is refused`() {
        for text in [
            "&a\nscanner_id: x\n", "&a scanner_id: x\n", "scanner_id: x\nring: &a\n  size: 1 MiB\n", "scanner_id: x\nadapters: &a []\n",
            "scanner_id: x\nadapters: [&a {adapter: hci0}]\n", "scanner_id: x\nadapters: [{&a adapter: hci0}]\n", "!x\nscanner_id: x\n",
        ] {
            #expect(refusal(text).contains("not allowed; remove the word that begins with"), "\(text)")
        }
    }

    @Test func `a password with an anchor is not told`() {
        let text = refusal(broker("username: me", "password: &hunter2"))
        #expect(text.contains("mqtt.broker.password: an anchor is not allowed") && !text.contains("hunter"))
    }

    @Test func `a password that a comment cuts is a warning`() throws {
        let warnings = try warnings(broker("username: me", "password: hunter2 #1"))
        #expect(
            warnings == [
                """
                config.yaml:5:15: warning: mqtt.broker.password: a comment begins at the #, so the value ends before it; put quotes around \
                what is the value
                    5 |     password: •••
                      |               ^
                """
            ])
        #expect(try parse(broker("username: me", "password: hunter2 #1")).broker.password == "hunter2")
    }

    @Test(arguments: [
        "#hunter", "\t#hunter", "# hunter", "~", "Null", "NULL", "", "|\n      hunter2", ">-\n      hunter2", "hun\n      ter2", "'hun\n      ter2'",
        #""hun\ter""#, #""\x41""#, #""\/""#, "hunter # 2",
    ])
    func `what a password loses in silence is a warning that does not tell it`(value: String) throws {
        let warnings = try warnings(broker("username: me", "password: \(value)"))
        #expect(warnings.count == 1 && warnings[0].contains(": warning: mqtt.broker.password: "))
        #expect(!warnings.contains { $0.contains("hun") })
    }

    @Test(arguments: [
        "null", "hunter2", "hunter2#", "'hunter2 #1'", #""hunter2 #1""#, "'hunter2' # the password", #""a\\b\"c""#, "'a\\b'", "null # none", "true",
    ])
    func `a password that is all there is none`(value: String) throws {
        #expect(try messages(broker("username: me", "password: \(value)")).isEmpty)
    }

    @Test func `a public value that a comment cuts is shown with its quotes`() throws {
        #expect(
            try messages(broker("username: bob #1"))
                == [#"mqtt.broker.username: a comment begins at the #, so the value ends before it; put quotes around what is the value: "bob #1""#])
        #expect(
            try messages(broker("username: #bob"))
                == [
                    "mqtt.broker.username: a comment begins at the #, so the value is null; write null for none, or put the value in quotes: \"#bob\""
                ])
        #expect(
            try messages("scanner_id: a\nfilters: {default: deny, rules: [{action: allow, name: \"a\\bc\"}]}")
                == [
                    #"filters.rules[0].name: in double quotes \b is an escape for another character; use single quotes, or write a backslash as \\"#
                ])
    }

    @Test func `comments beside values that hold no number sign, and beside a blank, are comments`() throws {
        let text = broker("host: broker.local #1", "username: bob # the builder", "port: 1884 #x", "tls: {ca_path: /a} # x")
            .replacing("tls:", with: "#tls:")
        #expect(try messages(text).isEmpty)
    }

    @Test func `what only looks like a block gets its quotes`() {
        for value in ["|", ">", "|-"] {
            #expect(refusal(broker("username: \(value)")).contains("| and > begin a block of lines; put the value in quotes"))
        }
        for value in ["[bob]", "{bob}"] {
            #expect(refusal(broker("username: \(value)")).contains("put a value that begins with \(value.first!) in quotes"))
        }
    }

    @Test(arguments: ["@attic", "%attic", "`attic", "|attic", ">attic"])
    func `a value that cannot begin so is shown in quotes`(value: String) {
        #expect(refusal("scanner_id: \(value)\n").contains("put the value in quotes: \"\(value)\""))
        #expect(!refusal(broker("password: \(value)")).contains("attic"))
    }

    @Test func `no more than a hundred warnings are given`() throws {
        let rules = (0..<200).map { "    - {action: allow, name: \"\($0)\\t\"}\n" }.joined()
        #expect(try messages("scanner_id: a\nfilters:\n  default: deny\n  rules:\n" + rules).count == Issue.maximum)
    }
}
