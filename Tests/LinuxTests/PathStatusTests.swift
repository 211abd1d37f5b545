import Foundation
import Testing

@testable import Linux

@Suite struct PathStatusTests {
    @Test func `the way to a file has every directory, and where a link leads`() throws {
        var template = Array("/tmp/blemqttd-way-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory + "/a", withIntermediateDirectories: false)
        try Data().write(to: URL(filePath: directory + "/a/file"))
        try #require(chmod(directory + "/a/file", 0o640) == 0 && chmod(directory + "/a", 0o710) == 0)
        try #require(symlink(directory + "/a/file", directory + "/link") == 0)
        let way = try PathStatus.way(to: directory + "/link")
        #expect(way.map(\.path) == ["/", "/tmp", directory, directory + "/a", directory + "/a/file"])
        #expect(way.map(\.isDirectory) == [true, true, true, true, false])
        #expect(way.suffix(2).map(\.mode) == [0o710, 0o640] && way.last?.owner == geteuid())
        #expect(throws: SystemError.self) { try PathStatus.way(to: directory + "/none") }
    }

    @Test func `the super-user has an account with its groups, and nobody else of a strange name`() {
        let root = Account(named: "root")
        #expect(root?.id == 0 && root?.groups.first == 0 && root?.group == "root")
        #expect(Account(named: "no such user") == nil)
    }
}
