import Foundation
import Testing

@testable import Linux

@Suite struct AtomicFileTests {
    /// A directory of the test's own.
    private func inDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "atomic-\(UInt64.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test func `a file is made, replaced and removed, and nothing is left beside it`() throws {
        try inDirectory { directory in
            let path = directory + "/numbers.prom"
            try AtomicFile.write(Array("one".utf8), to: path)
            #expect(AtomicFile.read(path) == "one")
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o644)
            try AtomicFile.write([], to: path, mode: 0o666)
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o666)
            #expect(AtomicFile.read(path) == "")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["numbers.prom"])
            try AtomicFile.remove(path)
            #expect(AtomicFile.read(path) == nil)
            try AtomicFile.remove(path)
        }
    }

    @Test func `who has the old file open goes on reading it`() throws {
        try inDirectory { directory in
            let path = directory + "/numbers.prom"
            try AtomicFile.write(Array("old".utf8), to: path)
            let old = try #require(FileHandle(forReadingAtPath: path))
            try AtomicFile.write(Array("newer".utf8), to: path)
            #expect(old.readDataToEndOfFile() == Data("old".utf8))
            #expect(AtomicFile.read(path) == "newer")
        }
    }

    @Test func `large files are written whole`() throws {
        try inDirectory { directory in
            let bytes = [UInt8](repeating: 0x41, count: 3_000_000)
            try AtomicFile.write(bytes, to: directory + "/x")
            #expect(FileManager.default.contents(atPath: directory + "/x") == Data(bytes))
        }
    }

    @Test func `a directory that is not there, a directory in the way and a device are errors, and leave nothing behind`() throws {
        try inDirectory { directory in
            #expect(throws: SystemError.self) { try AtomicFile.write([1], to: directory + "/none/x") }
            try FileManager.default.createDirectory(atPath: directory + "/x", withIntermediateDirectories: true)
            #expect(throws: SystemError("rename", EISDIR)) { try AtomicFile.write([1], to: directory + "/x") }
            #expect(throws: SystemError.self) { try AtomicFile.remove(directory + "/x") }
            #expect(AtomicFile.read(directory + "/x") == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["x"])
            #expect(throws: SystemError("replace a device", EINVAL)) { try AtomicFile.write([1], to: "/dev/null") }
        }
    }

    @Test func `nothing that was planted under a name of the temporary file is opened, waited for or written to`() throws {
        try inDirectory { directory in
            let path = directory + "/y"
            // The one name that could once be known beforehand: a link, a FIFO that nobody reads, a hard link.
            let plant = directory + "/.y.new"
            try Data("theirs".utf8).write(to: URL(fileURLWithPath: directory + "/elsewhere"))
            for kind in ["link", "fifo", "hard link"] {
                switch kind {
                case "link": symlink(directory + "/elsewhere", plant)
                case "fifo": mkfifo(plant, 0o666)
                default: link(directory + "/elsewhere", plant)
                }
                try AtomicFile.write(Array(kind.utf8), to: path)
                #expect(AtomicFile.read(path) == kind)
                #expect(AtomicFile.read(directory + "/elsewhere") == "theirs")
                unlink(plant)
            }
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: directory)) == ["y", "elsewhere"])
        }
    }

    @Test func `no two temporary names are the same`() throws {
        try inDirectory { directory in
            var names: Set<String> = []
            for _ in 0..<20 {
                try AtomicFile.write([1], to: directory + "/y", mode: 0o644) { _ in
                    for name in SmallFile.names(in: directory) where name != "y" { names.insert(name) }
                    return 0
                }
            }
            #expect(names.count == 20)
            #expect(names.allSatisfy { $0.utf8.count == ".y.0123456789abcdef.new".utf8.count })
        }
    }

    @Test func `what stands in the file's place is replaced, not written to: a hard link, a link, a FIFO`() throws {
        try inDirectory { directory in
            let path = directory + "/y"
            let other = directory + "/other"
            try Data("theirs".utf8).write(to: URL(fileURLWithPath: other))
            for plant in [link, symlink] {
                #expect(plant(other, path) == 0)
                try AtomicFile.write(Array("ours".utf8), to: path)
                #expect(AtomicFile.read(path) == "ours" && AtomicFile.read(other) == "theirs")
                unlink(path)
            }
            #expect(mkfifo(path, 0o666) == 0)
            #expect(AtomicFile.read(path) == nil, "not waited for")
            try AtomicFile.write(Array("ours".utf8), to: path)
            #expect(AtomicFile.read(path) == "ours")
        }
    }

    @Test func `the bytes are on the disk before the name is, and then the name`() throws {
        try inDirectory { directory in
            let path = directory + "/y"
            try AtomicFile.write(Array("old".utf8), to: path)
            var synced: [String] = []
            try AtomicFile.write(Array("newer".utf8), to: path, mode: 0o644) { fd in
                var status = stat()
                fstat(fd, &status)
                let isDirectory = status.st_mode & S_IFMT == S_IFDIR
                synced.append("\(isDirectory ? "directory" : "\(status.st_size) bytes"), \(AtomicFile.read(path) ?? "none")")
                return 0
            }
            #expect(synced == ["5 bytes, old", "directory, newer"])
        }
    }

    @Test func `a disk that cannot keep the bytes is an error, and the old file stays`() throws {
        try inDirectory { directory in
            let path = directory + "/y"
            try AtomicFile.write(Array("old".utf8), to: path)
            #expect(throws: SystemError("fsync", EIO)) {
                try AtomicFile.write(Array("new".utf8), to: path, mode: 0o644) { _ in
                    errno = EIO
                    return -1
                }
            }
            #expect(AtomicFile.read(path) == "old")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["y"])
        }
    }

    @Test func `own leftovers are removed, and nothing else`() throws {
        try inDirectory { directory in
            let leftovers = [".y.new", ".y.0123456789abcdef.new"]
            let others = ["y", "y.new", ".y.0123456789abcde.new", ".y.0123456789abcdeg.new", ".z.0123456789abcdef.new", ".y.prom.new", ".ynew"]
            for name in leftovers + others { try Data().write(to: URL(fileURLWithPath: directory + "/" + name)) }
            symlink("y", directory + "/.y.aaaaaaaaaaaaaaaa.new")
            AtomicFile.removeLeftovers(of: directory + "/y")
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: directory)) == Set(others + [".y.aaaaaaaaaaaaaaaa.new"]))
        }
    }
}
