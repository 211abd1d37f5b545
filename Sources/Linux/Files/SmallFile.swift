import Glibc

/// Files of a line or two, as /proc and /sys have them.
enum SmallFile {
    /// What the file begins with, at most `limit` bytes; empty where it cannot be read.
    static func text(_ path: String, limit: Int = 256) -> String { read(path, limit: limit) ?? "" }

    /// The same; nil if it cannot be read. It does not wait for the other end of a FIFO.
    static func read(_ path: String, limit: Int) -> String? {
        do throws(SystemError) {
            let file = FileDescriptor(try retrying("open") { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) })
            return try withTemporaryMemory(byteCount: limit) { memory throws(SystemError) in
                String(decoding: memory[..<(try file.read(into: memory))], as: UTF8.self)
            }
        } catch {
            return nil
        }
    }

    /// The number that is all of the file; nil if none.
    static func number(_ path: String) -> Int? {
        Int(text(path).prefix { !$0.isWhitespace })
    }

    /// The names in a directory, in no order, `.` and `..` left out; none where it cannot be read.
    /// - Parameter limit: no more than so many are read.
    /// The corresponding C functions are `opendir` and `readdir`.
    static func names(in directory: String, limit: Int = .max) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
