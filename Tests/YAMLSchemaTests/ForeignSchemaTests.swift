import Testing

@testable import YAMLSchema

/// A program with keys of its own.
private struct Tool: Keyed {
    enum Colour: String, CaseIterable, Sendable {
        case auto, always, never
    }

    struct Store: Equatable, Sendable {
        var path = "/var/lib/tool"
        var days: UInt16 = 30
        var token: String?
    }

    struct Feed: Keyed {
        var colour = Colour.auto

        mutating func name(_ keys: Keys) { keys("colour", &colour, .choice(), help: "When it is in colour.") }
    }

    var name = ""
    var colour = Colour.auto
    var share = 0.5
    var cache = 1 << 20
    var store = Store()
    var feed = Feed()
    var feeds: [Partial<Feed>] = []

    private static let text = Format<String>.text("some text", mayHoldNumberSign: true, accepts: { !$0.isEmpty })

    mutating func name(_ keys: Keys) {
        keys("name", &name, Self.text, required: "one", help: "Its name.")
        keys("colour", &colour, .choice(), help: "When it is in colour.")
        keys("share", &share, .number(0...1), help: "A share.")
        keys("cache", &cache, .size(1 << 10...1 << 30), help: "Its cache.")
        keys.section("store", affects: .init(rawValue: 2), help: "What is kept.") {
            keys("path", &store.path, Self.text, help: "Where.")
            keys("days", &store.days, .integer(1...365, unit: "days", zero: "ever"), help: "How long.")
            keys("token", &store.token, .optional(Self.text), isSecret: true, help: "Its token.")
        }
        keys.section("feed", affects: .init(rawValue: 1), help: "What is heard.") { feed.name(keys) }
        keys.list(
            "feeds", &feeds, maximum: 3, new: Partial(Feed()), affects: .init(rawValue: 1), example: [["colour: never"]], help: "More of them."
        ) {
            keys.part(of: "feed", &$0, required: ("", ""), help: { _ in "Its colour." })
        }
    }

    static let schema: Schema<Tool> = {
        var words = Outline.Words()
        words.variablePrefix = "TOOL_"
        words.otherNames = { [("store", ["directory", "dir"], "store.path")] }
        words.otherWords = { ["always": ["yes"]] }
        words.secretAdvice = { list in list ?? "keep it in a file" }
        words.exampleLine = "name: one"
        return Schema(
            standard: Tool(),
            words: words,
            checks: [
                .rule("share", beside: "cache") { $0.share > 0.9 && $0.cache < 2048 ? "too much of too little" : nil },
                .doubt("store.days") { tool, given in tool.store.days == 0 && given.of("store.path") == .absent ? "keeps all in the default place" : nil },
            ])
    }()
}

/// What is asked of a schema that this package's own program does not know.
@Suite struct ForeignSchemaTests {
    private func read(_ text: String, _ variables: [String: String] = [:]) throws(ConfigurationErrors) -> Reading<Tool> {
        var sources = Sources()
        sources.append("tool.yaml", Array(text.utf8))
        sources.append(environment: variables.map { ($0.key, Array($0.value.utf8)) }, Tool.schema.outline)
        return try Tool.schema.read(sources)
    }

    private func refusal(_ text: String, _ variables: [String: String] = [:]) -> String {
        do throws(ConfigurationErrors) {
            _ = try read(text, variables)
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test func `each kind of value reaches its property`() throws {
        let tool = try read("name: a\ncolour: never\nshare: 1\ncache: 2 KiB\nstore: {path: /x, days: 0, token: 'hunter2'}\n").root
        #expect(tool.name == "a" && tool.colour == .never && tool.share == 1 && tool.cache == 2048)
        #expect(tool.store == .init(path: "/x", days: 0, token: "hunter2"))
    }

    @Test(arguments: [
        ("nmae: a", "tool.yaml:1:1: nmae: unknown key; did you mean name?\n    1 | nmae: a\n      | ^\ntool.yaml:1:1: name is required: add a line such as  name: one"),
        ("name: a\nstore: {dir: /x}", "store.dir: unknown key; did you mean store.path?"),
        ("name: a\ncolour: yes", "colour: yes is not allowed (auto, always or never; did you mean always?)"),
        ("name: a\nstore: {days: 366}", "store.days: 366 is not allowed (0 for ever, or a whole number of days, 1 to 365)"),
        ("name: a\nname: b", "name: given twice, first on line 1"), ("[a]", "a list is not allowed here (keys such as name: one)"),
        ("name: a\ncache: 1 KiB\nshare: 0.95", "share: too much of too little"),
        ("name: a\nfeeds: [{}, x]", "feeds[0]: an empty element is not allowed"),
    ])
    func `a mistake is told in the schema's own words`(text: String, message: String) {
        #expect(refusal(text).contains(message), "\(refusal(text))")
    }

    @Test func `a value that is cut off by the end of the file hides its secret to the end`() {
        let text = refusal("name: a\nstore: {token: {a: hunter2, b: [hunter3")
        #expect(text.contains("store.token: a section is not allowed") && !text.contains("hunter"), "\(text)")
    }

    @Test func `variables have the schema's prefix, and a secret the schema's advice`() throws {
        let reading = try read("name: a\n", ["TOOL_STORE_DAYS": "7", "TOOL_FEEDS": "[{colour: always}]", "OTHER": "x"])
        #expect(reading.root.store.days == 7 && reading.root.feeds == [Partial(.init(colour: .always), given: ["colour"])])
        #expect(reading.origin(of: "store.days") == "TOOL_STORE_DAYS" && reading.origin(of: "name") == "tool.yaml:1")
        #expect(refusal("name: a\n", ["TOOL_STORE_TOKEN": "hunter2"]).hasSuffix("; keep it in a file"))
    }

    @Test func `an element is as its section where it says nothing`() throws {
        var tool = try read("name: a\nfeed: {colour: always}\nfeeds: [{colour: never}]\n").root
        #expect(tool.feeds[0].over(tool.feed).colour == .never)
        tool.feeds[0].given = []
        #expect(tool.feeds[0].over(tool.feed).colour == .always)
        tool.feeds[0].given = ["colour"]
        #expect(Tool.schema.printed(tool).hasSuffix("feed:\n  colour: always\nfeeds:\n  - colour: never\n"))
    }

    @Test func `a change says what it affects`() throws {
        let old = try read("name: a\n").root
        let new = try read("name: b\nstore: {days: 1}\nfeeds: [{colour: never}]\n").root
        #expect(Tool.schema.differences(old, new).map(\.path) == ["name", "store.days", "feeds"])
        #expect(Tool.schema.differences(old, new).map(\.affects.rawValue) == [0, 2, 1])
    }

    @Test func `a print hides secrets, names where values come from and reads back`() throws {
        let reading = try read("name: 'true'\nstore: {token: '#x', days: 0}\n")
        let text = Tool.schema.printed(reading.root, origin: { reading.origin(of: $0.path) })
        #expect(text.hasPrefix("name: \"true\"  # tool.yaml:1\ncolour: auto\nshare: 0.5\ncache: 1 MiB\nstore:\n  path: \"/var/lib/tool\"\n  days: 0  # tool.yaml:2\n  token: •••"))
        #expect(reading.secrets(in: "tool.yaml") == ["store.token"])
        #expect(reading.warnings.map(\.message) == ["store.days: keeps all in the default place"])
        var plain = reading.root
        plain.store.token = nil
        #expect(try read(Tool.schema.printed(plain)).root == plain)
    }

    @Test func `a number with a fraction that is lost is no whole number, and no number is refused in words of another`() {
        #expect(refusal("name: a\nstore: {days: 1.5}").contains("store.days: 1.5 is not allowed"))
        #expect(refusal("name: a\nstore: {days: 70000}").contains("store.days: 70000 is not allowed"))
    }
}
