/// The file to start from, config.yaml.example: every key with its help and default.
enum ExampleFile {
    /// Valid as it is, with every default. Ends with a newline.
    static func text() -> String {
        var text = """
            # Configuration of blemqttd.
            #
            # Every key is here with its default. Only scanner_id is required; give this
            # scanner a name of its own. Other keys may be left out. Lists are empty, with
            # an example above each: take the # away from it, and the [] line out. The #
            # before a key is there because its default depends on others.
            #
            # Text may stand in quotes; numbers, true, false and null must not.
            # Check a change before it counts:
            #   blemqttd --check-config --config FILE


            """
        var open: [String] = []
        var wasList = false
        for key in DocumentedKey.all where key.elementOf == nil {
            let sections = key.sections
            if open != sections || key.list != nil || wasList { text += "\n" }
            for level in zip(open, sections).prefix(while: { $0 == $1 }).count..<sections.count {
                let help = DocumentedKey.help(ofSection: sections[...level].joined(separator: "."))
                text += indented((help.map { comment($0, level: level) } ?? []) + ["\(sections[level]):"], by: level)
            }
            let mark = key.derivedStandard == nil ? "" : "# "
            text += indented(comment(on: key) + ["\(mark)\(key.name): \(key.standard ?? key.example ?? "")"], by: sections.count)
            (open, wasList) = (sections, key.list != nil)
        }
        return text
    }

    private static func comment(on key: DocumentedKey) -> [String] {
        let level = key.sections.count
        guard let list = key.list else {
            // Of what is true or false, the help says enough.
            let isFlag = key.standard == "true" || key.standard == "false"
            return comment(key.help, level: level) + (isFlag ? [] : comment("Allowed: \(key.allowed).", level: level))
        }
        var text = comment(key.help, level: level)
        text += comment("Allowed: a list of at most \(list.maximum) sections, each begun with -, with these keys:")
        for element in key.elementKeys {
            let required = element.example == nil ? "" : " (required)"
            let absence = element.absence.map { " Left out: \($0)." } ?? ""
            text += comment(
                "\(element.name)\(required): \(element.help) Allowed: \(element.allowed).\(absence)", margin: "#   ", hanging: "#     ")
        }
        return text + ["#"] + key.listExample.split(separator: "\n").map { "# \($0)" }
    }

    /// Lines of at most 80 columns at that level of nesting.
    private static func comment(_ sentence: String, level: Int = 0, margin: String = "# ", hanging: String = "# ") -> [String] {
        // Up to two levels of nesting look alike, whichever they are.
        wrapped(sentence.split(separator: " ").map(String.init), width: 80 - 2 * max(level, 2), indent: margin, continuation: hanging)
    }

    private static func indented(_ lines: [String], by level: Int) -> String {
        lines.map { String(repeating: "  ", count: level) + $0 + "\n" }.joined()
    }
}
