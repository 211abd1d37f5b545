import Foundation
import Testing

@testable import Linux

@Suite struct AtomicFileTests {
    /// A folder of the test's own.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "atomic-\(UInt64.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func `a file is made, replaced and removed, and nothing is left beside it`() throws {
        try inFolder { folder in
            let path = folder + "/numbers.prom"
            try AtomicFile.write(Array("one".utf8), to: path)
            #expect(AtomicFile.read(path) == "one")
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o644)
            try AtomicFile.write([], to: path, mode: 0o666)
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o666)
            #expect(AtomicFile.read(path) == "")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["numbers.prom"])
            try AtomicFile.remove(path)
            #expect(AtomicFile.read(path) == nil)
            try AtomicFile.remove(path)
        }
    }

    @Test func `who has the old file open goes on reading it`() throws {
        try inFolder { folder in
            let path = folder + "/numbers.prom"
            try AtomicFile.write(Array("old".utf8), to: path)
            let old = try #require(FileHandle(forReadingAtPath: path))
            try AtomicFile.write(Array("newer".utf8), to: path)
            #expect(old.readDataToEndOfFile() == Data("old".utf8))
            #expect(AtomicFile.read(path) == "newer")
        }
    }

    @Test func `large files are written whole`() throws {
        try inFolder { folder in
            let bytes = [UInt8](repeating: 0x41, count: 3_000_000)
            try AtomicFile.write(bytes, to: folder + "/x")
            #expect(FileManager.default.contents(atPath: folder + "/x") == Data(bytes))
        }
    }

    @Test func `a folder that is not there, a folder in the way and a link are errors, and leave nothing behind`() throws {
        try inFolder { folder in
            #expect(throws: SystemError.self) { try AtomicFile.write([1], to: folder + "/none/x") }
            try FileManager.default.createDirectory(atPath: folder + "/x", withIntermediateDirectories: true)
            #expect(throws: SystemError.self) { try AtomicFile.write([1], to: folder + "/x") }
            #expect(throws: SystemError.self) { try AtomicFile.remove(folder + "/x") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x"])
            try FileManager.default.createSymbolicLink(atPath: folder + "/.y.new", withDestinationPath: folder + "/elsewhere")
            #expect(throws: SystemError.self) { try AtomicFile.write([1], to: folder + "/y") }
            #expect(!FileManager.default.fileExists(atPath: folder + "/elsewhere"))
        }
    }
}
