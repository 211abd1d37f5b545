// Makes the parts of a document that come from the daemon's tables: reads it from standard input, writes it to standard output. A tool for
// development: `make generate`.

guard let name = CommandLine.arguments.dropFirst().first, let document = GeneratedDocument(rawValue: name) else {
    fatalError("usage: documents \(GeneratedDocument.allCases.map(\.rawValue).joined(separator: "|")) < OLD > NEW")
}
var text = ""
while let line = readLine(strippingNewline: false) { text += line }
print(document.renewed(text), terminator: "")
