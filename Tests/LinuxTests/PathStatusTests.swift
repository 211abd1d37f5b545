import Foundation
import Testing

@testable import Linux

@Suite struct PathStatusTests {
    @Test func `the way to a file has every folder, and where a link leads`() throws {
        var template = Array("/tmp/blemqttd-way-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: false)
        try Data().write(to: URL(filePath: folder + "/a/file"))
        try #require(chmod(folder + "/a/file", 0o640) == 0 && chmod(folder + "/a", 0o710) == 0)
        try #require(symlink(folder + "/a/file", folder + "/link") == 0)
        let way = try PathStatus.way(to: folder + "/link")
        #expect(way.map(\.path) == ["/", "/tmp", folder, folder + "/a", folder + "/a/file"])
        #expect(way.map(\.isFolder) == [true, true, true, true, false])
        #expect(way.suffix(2).map(\.mode) == [0o710, 0o640] && way.last?.owner == geteuid())
        #expect(throws: SystemError.self) { try PathStatus.way(to: folder + "/none") }
    }

    @Test func `the super-user has an account with its groups, and nobody else of a strange name`() {
        let root = Account(named: "root")
        #expect(root?.id == 0 && root?.groups.first == 0 && root?.group == "root")
        #expect(Account(named: "no such user") == nil)
    }
}
