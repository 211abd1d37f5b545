import Testing

@testable import Config

/// Parses text, with the name the golden files have.
func parse(_ text: String) throws -> Configuration {
    try Configuration.parse(Array(text.utf8), name: "config.yaml")
}

/// The whole message of a text that must be refused.
func refusal(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> String {
    refusal(Array(text.utf8), sourceLocation: sourceLocation)
}

/// The whole message of bytes that must be refused.
func refusal(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> String {
    do throws(ConfigurationErrors) {
        _ = try Configuration.parse(bytes, name: "config.yaml")
        Issue.record("was accepted", sourceLocation: sourceLocation)
        return ""
    } catch {
        return error.description
    }
}

/// The warnings of a text that must be accepted, each with its place and excerpt.
func warnings(_ text: String) throws -> [String] {
    var warnings: [String] = []
    _ = try Configuration.parse(Array(text.utf8), name: "config.yaml", warn: { warnings.append($0.description) })
    return warnings
}
