import Gateway
import Runtime

/// A file of the repository that is made, or has parts that are made, from the daemon's tables.
enum GeneratedDocument: String, CaseIterable {
    case statistics = "docs/statistics.md"
    case status = "docs/status.schema.json"
    case reference = "docs/configuration.md"
    case example = "config.yaml.example"
    case programManual = "deploy/manual/blemqttd.8"
    case configurationManual = "deploy/manual/blemqttd.yaml.5"
    case bash = "deploy/completions/blemqttd.bash"
    case zsh = "deploy/completions/_blemqttd"
    case fish = "deploy/completions/blemqttd.fish"

    /// Whether what is around the parts that are made is written by hand.
    var hasHandwrittenParts: Bool { self == .statistics || self == .status }

    /// The document made anew. Ends with a newline.
    /// - Parameters:
    ///   - text: as it is; it counts only where parts are written by hand.
    ///   - metrics: all of them, but for tests.
    func renewed(_ text: String, metrics: [Metric] = Metric.table) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        switch self {
        case .statistics:
            replace("<!-- metrics: by make generate -->", "<!-- end -->", with: MetricPage.table(metrics), in: &lines)
            replace("<!-- by adapter: by make generate -->", "<!-- end -->", with: MetricPage.adapterLine(metrics), in: &lines)
        case .status:
            // By their indentation, for JSON has no comments.
            replace("    \"statistics\": {", "    }", with: StatusSchema.statistics(metrics), in: &lines)
            replace("    \"adapter\": {", "    }", with: StatusSchema.adapter(metrics), in: &lines)
        case .reference: return ReferencePage.text()
        case .example: return ExampleFile.text()
        case .programManual: return ProgramManual.text(version: version)
        case .configurationManual: return ConfigurationManual.text(version: version)
        case .bash: return Completion.bash
        case .zsh: return Completion.zsh
        case .fish: return Completion.fish
        }
        return lines.joined(separator: "\n")
    }

    /// Puts lines between the first line that is `begin` and the next that is `end`.
    private func replace(_ begin: String, _ end: String, with new: [String], in lines: inout [String]) {
        guard let first = lines.firstIndex(of: begin), let last = lines[first...].firstIndex(of: end) else {
            fatalError("\(rawValue) has no lines “\(begin)” and “\(end)”")
        }
        lines.replaceSubrange(first + 1..<last, with: new)
    }
}

/// Words in lines of at most `width` characters.
/// - Parameters:
///   - indent: what the first line begins with.
///   - continuation: what the others begin with.
func wrapped(_ words: [String], width: Int, indent: String, continuation: String) -> [String] {
    var lines: [String] = []
    var line = indent
    for (position, word) in words.enumerated() {
        if position > 0, line.count + 1 + word.count > width {
            lines.append(line)
            line = continuation + word
        } else {
            line += (position > 0 ? " " : "") + word
        }
    }
    return lines + [line]
}
