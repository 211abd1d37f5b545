import Foundation

/// One statistics line of the daemon: `stats key=value key=value …` of the totals, or `stats adapter=hci0 key=value …`.
struct Statistics: Sendable, CustomStringConvertible {
    let values: [String: Double]
    /// Nil if the line has the totals.
    let adapter: String?
    let description: String

    /// Nil if the line is not one.
    init?(logLine: String) {
        guard let start = logLine.firstRange(of: " stats ")?.upperBound else { return nil }
        var values: [String: Double] = [:]
        var adapter: String?
        for pair in logLine[start...].split(separator: " ") {
            guard let equals = pair.firstIndex(of: "=") else { continue }
            let text = pair[pair.index(after: equals)...]
            if pair[..<equals] == "adapter" { adapter = String(text) }
            // A dash: no value, such as a latency of no messages.
            if let value = text == "-" ? .nan : Double(text) { values[String(pair[..<equals])] = value }
        }
        self.values = values
        self.adapter = adapter
        description = logLine
    }

    /// A count; −1 if the line does not have it, so that every comparison with it fails.
    subscript(key: String) -> Int { values[key].flatMap { $0.isNaN ? nil : Int($0) } ?? -1 }

    /// Every key of the totals, as the schema of the status names them.
    static let keys = schema("properties", "statistics", "properties")
    /// The keys of an adapter's line; all of them are in the totals' too.
    static let adapterKeys = schema("$defs", "adapter", "properties").filter { $0 != "state" && $0 != "cause" }
    static let dropReasons = adapterKeys.filter { $0.hasPrefix("dropped_") }

    private static func schema(_ path: String...) -> [String] {
        let file = try! Data(contentsOf: URL(filePath: "\(checkout)/docs/\(JSONSchema.status.rawValue)"))
        let object = path.reduce(try! JSONSerialization.jsonObject(with: file)) { ($0 as! [String: Any])[$1]! }
        return (object as! [String: Any]).keys.sorted()
    }

    /// What is wrong with the line's arithmetic, empty where every report is accounted for.
    var faults: [String] {
        var faults = (adapter == nil ? Self.keys : Self.adapterKeys).filter { values[$0] == nil }.map { "no \($0)" }
        let accounted =
            self["published"] + self["filtered"] + self["thinned"] + self["dropped"] + self["queued"] + self["in_flight"]
        if self["received"] != accounted { faults.append("received \(self["received"]) ≠ \(accounted)") }
        let reasons = Self.dropReasons.reduce(0) { $0 + self[$1] }
        if self["dropped"] != reasons { faults.append("dropped \(self["dropped"]) ≠ \(reasons) by reason") }
        guard adapter == nil else { return faults }
        let reports = self["received"] + self["fragments_joined"] + self["fragments_open"]
        if self["reports"] != reports { faults.append("reports \(self["reports"]) ≠ \(reports)") }
        return faults
    }

    /// What is wrong with the lines of a log, each and among each other: those of the adapters sum to the totals that they follow.
    static func faults(_ lines: [Statistics]) -> [String] {
        var faults = lines.flatMap { line in line.faults.map { "\($0): \(line)" } }
        var rest = lines[...]
        while let first = rest.popFirst() {
            guard first.adapter == nil else {
                faults.append("an adapter without totals: \(first)")
                continue
            }
            let adapters = rest.prefix { $0.adapter != nil }
            rest = rest.dropFirst(adapters.count)
            for key in adapters.isEmpty ? [] : adapterKeys {
                let sum = adapters.reduce(0) { $0 + $1[key] }
                if sum != first[key] { faults.append("\(key) \(first[key]) ≠ \(sum) by adapter: \(first)") }
            }
        }
        return faults
    }
}
