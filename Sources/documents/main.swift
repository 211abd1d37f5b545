@preconcurrency import Glibc

// Writes the documents that are made from the daemon's tables. A tool for development: `make generate`.

guard CommandLine.arguments.count == 2 else { fatalError("usage: documents DIRECTORY, the root of the repository") }
for document in GeneratedDocument.allCases {
    let path = "\(CommandLine.arguments[1])/\(document.rawValue)"
    var old = ""
    if document.hasHandwrittenParts {
        guard freopen(path, "r", stdin) != nil else { fatalError("\(path) cannot be read") }
        while let line = readLine(strippingNewline: false) { old += line }
    }
    let new = document.renewed(old)
    guard freopen(path, "w", stdout) != nil else { fatalError("\(path) cannot be written") }
    print(new, terminator: "")
}
