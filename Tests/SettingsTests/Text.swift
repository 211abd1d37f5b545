import Bluetooth
import Gateway
import Testing

@testable import Settings
@testable import YAMLSchema

/// Made once: thousands of configurations are read with it.
let tableSchema = Configuration.schema(hostName: "pi-07.example.org")
let tableKeys = tableSchema.documented.keys

extension Configuration {
    /// Reads a scalar as the value of a row. Returns why it is not allowed.
    mutating func assign(_ text: String, _ row: Int) -> String? {
        var copy = self
        defer { self = copy }
        return withoutActuallyEscaping({ (keys: Keys, isOnCopy: Bool) in copy.name(keys) }) { pass in
            Reader(tableSchema.outline, standard: { tableKeys[$0].defaultText }, pass: pass).assign(Scalar(text: text, isPlain: true), row)
        }
    }

    /// Adds an element to a list of which nothing has been read.
    mutating func append(_ row: Int) { name(Keys(.append(row: row))) }
}

/// Parses text, with the name the golden files have.
func parse(_ text: String) throws -> Configuration {
    try Configuration.parse(Array(text.utf8), name: "config.yaml")
}

/// The whole message of a text that must be refused.
func refusal(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> String {
    refusal(Array(text.utf8), sourceLocation: sourceLocation)
}

/// The whole message of bytes that must be refused.
/// - Parameter hostName: the machine's, if it is not `pi-07.example.org`.
func refusal(_ bytes: [UInt8], hostName: String? = nil, sourceLocation: SourceLocation = #_sourceLocation) -> String {
    do throws(ConfigurationErrors) {
        _ = try Configuration.parse(files: [("config.yaml", bytes)], hostName.map { Configuration.schema(hostName: $0) } ?? tableSchema)
        Testing.Issue.record("was accepted", sourceLocation: sourceLocation)
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

extension Configuration {
    /// Reads a file's bytes.
    static func parse(_ bytes: [UInt8], name: String, warn: (Diagnostic) -> Void = { _ in }) throws(ConfigurationErrors) -> Configuration {
        try parse(files: [(name, bytes)], warn: warn)
    }

    /// Reads several files over each other.
    static func parse(
        files: [(name: String, bytes: [UInt8])], _ schema: Schema<Configuration> = tableSchema, warn: (Diagnostic) -> Void = { _ in }
    ) throws(ConfigurationErrors) -> Configuration {
        var sources = Sources()
        for (name, bytes) in files { sources.append(name, bytes) }
        let reading = try schema.read(sources)
        reading.warnings.forEach(warn)
        return reading.root
    }
}

extension Partial<Configuration.Scanner> {
    /// An element of `adapters`, and what it has of its own.
    init(_ adapter: AdapterSelector, _ own: Set<String> = [], _ change: (inout Configuration.Scanner) -> Void = { _ in }) {
        var values = Configuration.Scanner()
        values.adapter = adapter
        change(&values)
        self.init(values, given: own.union(["adapter"]))
    }
}

extension Configuration.Identity {
    init(name: String, address: UInt64, irk: [UInt8]) { self.init(KnownDevice(name: name, address: DeviceAddress(address)), irk: irk) }
}

/// 16 bytes, most significant first.
func uuid(_ bytes: some Sequence<UInt8>) -> UInt128 { bytes.reduce(0) { $0 << 8 | UInt128($1) } }
