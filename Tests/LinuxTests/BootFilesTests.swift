import Testing

@testable import Linux

@Suite struct BootFilesTests {
    @Test func `the Pi's configuration is read where it is, the present place before the earlier one`() {
        let tree = DirectoryTree()
        defer { tree.remove() }
        #expect(BootFiles.read(limit: 100, root: tree.path).isEmpty)
        tree.file("boot/config.txt", "old\n")
        #expect(BootFiles.read(limit: 100, root: tree.path).map(\.path) == ["/boot/config.txt"])
        tree.file("boot/firmware/config.txt", "dtoverlay=disable-bt\n")
        let files = BootFiles.read(limit: 9, root: tree.path)
        #expect(files.map(\.path) == ["/boot/firmware/config.txt", "/boot/config.txt"])
        #expect(files.map(\.text) == ["dtoverlay", "old\n"])
    }
}
