import YAMLSchema

/// The file to start from: every key with its help and default.
enum ExampleFile {
    /// Valid as it is, with every default. Ends with a newline.
    static func text() -> String {
        """
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


        """ + keys()
    }

    private static func keys() -> String {
        let outline = Configuration.schema.outline
        var page = Page()
        var wasList = false
        for key in outline.keys where key.elementOf == nil {
            if page.isApart(key) || key.list != nil || wasList { page.blank() }
            page.open(key) { path, level in outline.help(ofSection: path).map { comment($0, level: level) } ?? "" }
            let mark = key.derivedDefault == nil ? "" : "# "
            page.line("\(comment(on: key, outline))\(mark)\(key.name): \(key.defaultText ?? key.example?.file ?? "")")
            wasList = key.list != nil
        }
        return page.text
    }

    /// A list's example as YAML, newline at the end.
    static func example(of key: Key, _ list: Key.List) -> String {
        var page = Page()
        page.line("\(key.name):")
        for lines in list.example { page.element(lines) }
        return page.text
    }

    private static func comment(on key: Key, _ outline: Outline) -> String {
        let level = key.section.split(separator: ".").count
        guard let list = key.list else {
            let allowed = key.allowed == Format<Bool>.flag.allowed ? "" : comment("Allowed: \(key.allowedInFull).", level: level)
            return comment(key.help, level: level) + allowed
        }
        var text =
            comment(key.help, level: level) + comment("Allowed: a list of at most \(list.maximum) sections, each begun with -, with these keys:")
        for element in outline.elementKeys(of: key) {
            let need = element.example == nil ? "" : " (required)"
            let leftOut = element.absence.map { " Left out: \($0)." } ?? ""
            text += comment(
                "\(element.name)\(need): \(element.help) Allowed: \(element.allowedInFull).\(leftOut)", margin: "#  ", hanging: "#    ")
        }
        text += "#\n"
        for line in example(of: key, list).split(separator: "\n") { text += "# \(line)\n" }
        return text
    }

    /// Comment lines of at most 80 columns at that level of nesting, newline at the end.
    private static func comment(_ sentence: String, level: Int = 0, margin: String = "#", hanging: String = "#") -> String {
        // Up to two levels of nesting look alike, whichever they are.
        let width = 80 - 2 * max(level, 2)
        var text = ""
        var line = margin
        for word in sentence.split(separator: " ") {
            if line.unicodeScalars.count + 1 + word.unicodeScalars.count > width {
                text += line + "\n"
                line = hanging
            }
            line += " " + word
        }
        return text + line + "\n"
    }
}
