import Gateway

/// A document with parts that are made from the daemon's tables; what is around them is written by hand.
enum GeneratedDocument: String, CaseIterable {
    case statistics = "docs/statistics.md"
    case status = "docs/status.schema.json"

    /// The document with its parts made anew.
    /// - Parameters:
    ///   - text: as it is.
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
