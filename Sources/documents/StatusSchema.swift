import Gateway

/// The numbers, as the JSON Schema of the status message has them.
enum StatusSchema {
    static func statistics(_ metrics: [Metric]) -> [String] {
        let keys = metrics.map { "\"\($0.key)\"" }
        let required = wrapped(
            keys.dropLast().map { $0 + "," } + keys.suffix(1), width: 140, indent: "        ", continuation: "        ")
        let properties = metrics.map { "        \"\($0.key)\": \(value($0))" }
        return ["      \"type\": \"object\",", "      \"required\": ["] + required + ["      ],", "      \"properties\": {"] + joined(properties)
            + ["      },", "      \"additionalProperties\": { \"$ref\": \"#/$defs/count\" }"]
    }

    static func adapter(_ metrics: [Metric]) -> [String] {
        let states = AdapterSupervisor.Condition.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        let properties =
            [
                "        \"state\": {",
                "          \"enum\": [\(states)],",
                "          \"description\": \"a replay has none\"",
                "        },",
                "        \"cause\": { \"type\": \"string\", \"minLength\": 1 },",
            ] + joined(metrics.filter(\.isByAdapter).map { "        \"\($0.key)\": \(value($0))" })
        return ["      \"type\": \"object\",", "      \"properties\": {"] + properties
            + ["      },", "      \"additionalProperties\": { \"$ref\": \"#/$defs/count\" }"]
    }

    private static func value(_ metric: Metric) -> String {
        let type = if case .measure = metric.source { "measure" } else { "count" }
        let unit = metric.unit == .count || metric.unit == .advertisements ? "" : " (\(metric.unit.symbol))"
        return "{ \"$ref\": \"#/$defs/\(type)\", \"description\": \"\(metric.help)\(unit)\" }"
    }

    private static func joined(_ members: [String]) -> [String] { members.dropLast().map { $0 + "," } + members.suffix(1) }
}
