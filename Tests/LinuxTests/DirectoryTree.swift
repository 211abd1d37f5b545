import Glibc

@testable import Linux

/// A made-up folder, which its test removes.
final class FolderTree {
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

    /// Makes a file, and the folders above it.
    func file(_ name: String, _ text: String) {
        folder(above: name)
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
        folder(above: name)
        precondition(symlink("\(path)/\(target)", "\(path)/\(name)") == 0)
        made.append("\(path)/\(name)")
    }

    func contents(_ name: String) throws -> [UInt8] { try FileDescriptor.openForReading("\(path)/\(name)").readSome() }

    private func folder(above name: String) {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            if mkdir(folder, 0o755) == 0 { made.append(folder) }
        }
    }
}
