import Glibc

/// Files of a line or two, as /proc and /sys have them.
enum SmallFile {
    /// What the file begins with, at most `limit` bytes; empty where it cannot be read.
    static func text(_ path: String, limit: Int = 256) -> String {
        guard let file = try? FileDescriptor.openForReading(path) else { return "" }
        return withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) { memory in
            guard let count = try? file.read(into: memory) else { return "" }
            return String(decoding: memory[..<count], as: UTF8.self)
        }
    }

    /// The number that is all of the file; nil where there is none.
    static func number(_ path: String) -> Int? {
        Int(text(path).prefix { !$0.isWhitespace })
    }

    /// The names in a folder, in no order, `.` and `..` left out; none where it cannot be read.
    /// The corresponding C functions are `opendir` and `readdir`.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
