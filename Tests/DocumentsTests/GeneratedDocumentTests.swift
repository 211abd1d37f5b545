import Foundation
import Testing

@testable import Gateway
@testable import documents

@Suite struct GeneratedDocumentTests {
    private func text(_ document: GeneratedDocument) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: document.rawValue), encoding: .utf8)
    }

    private let row = Metric("dropped_at_random", .advertisements, .total, .byAdapter(\.dropped), "Dropped at random", prometheus: .reason)

    @Test(arguments: GeneratedDocument.allCases)
    func `each document is what the tables make of it`(document: GeneratedDocument) throws {
        let text = try text(document)
        #expect(document.renewed(text) == text, "make generate writes it again")
    }

    @Test(arguments: [GeneratedDocument.statistics, .status])
    func `a row that a document does not have, and one that it has no more, make it another`(document: GeneratedDocument) throws {
        let text = try text(document)
        let more = document.renewed(text, metrics: Metric.table + [row])
        #expect(more != text && more.contains("dropped_at_random"))
        #expect(document.renewed(text, metrics: Metric.table.dropLast()) != text)
        #expect(document.renewed(more) == text, "what is around the parts stays")
    }

    @Test func `the schema is JSON with every number, those by adapter and the states of an adapter`() throws {
        let text = try GeneratedDocument.status.renewed(text(.status), metrics: Metric.table + [row])
        let schema = try JSONSerialization.jsonObject(with: Data(text.utf8))
        func at(_ path: String) -> Any? { path.split(separator: " ").reduce(schema as Any?) { ($0 as? [String: Any])?[String($1)] } }
        let keys = Metric.table.map(\.key.description) + ["dropped_at_random"]
        #expect(at("properties statistics required") as? [String] == keys)
        #expect((at("properties statistics properties") as? [String: Any])?.keys.sorted() == keys.sorted())
        let adapter = (at("$defs adapter properties") as? [String: Any])?.keys.sorted()
        #expect(adapter == (Metric.table.filter(\.isByAdapter).map(\.key.description) + ["cause", "dropped_at_random", "state"]).sorted())
        #expect(at("$defs adapter properties state enum") as? [String] == AdapterSupervisor.Condition.allCases.map(\.rawValue))
    }
}
