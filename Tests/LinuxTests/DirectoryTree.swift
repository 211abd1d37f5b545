import Glibc

@testable import Linux

/// A made-up directory, which its test removes.
final class DirectoryTree {
    let path: String
    /// What was made, in that order.
    private var made: [String] = []

    init() {
        var template = Array("/tmp/blemqttd-tests.XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() {
        for path in made.reversed() + [path] { Glibc.remove(path) }
    }

    /// Makes a file, and the directories above it.
    func file(_ name: String, _ text: String) {
        directory(above: name)
        let target = "\(path)/\(name)"
        guard let file = fopen(target, "w") else { preconditionFailure("\(target): \(errno)") }
        // Zero bytes are text too.
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        made.append(target)
    }

    /// Makes a symbolic link to another name in the tree.
    func link(_ name: String, to target: String) {
        directory(above: name)
        precondition(symlink("\(path)/\(target)", "\(path)/\(name)") == 0)
        made.append("\(path)/\(name)")
    }

    func contents(_ name: String) throws -> [UInt8] { try FileDescriptor.openForReading("\(path)/\(name)").readSome() }

    private func directory(above name: String) {
        var directory = path
        for part in name.split(separator: "/").dropLast() {
            directory += "/\(part)"
            if mkdir(directory, 0o755) == 0 { made.append(directory) }
        }
    }
}
