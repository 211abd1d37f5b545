import Testing

@testable import Linux

@Suite struct ProgramsTests {
    @Test func `a program is known by its name, all of it`() {
        let tree = FolderTree()
        defer { tree.remove() }
        tree.file("1/comm", "systemd\n")
        tree.file("212/comm", "bluetoothd\n")
        tree.file("213/comm", "a-name-that-is-\n")
        tree.file("self/comm", "blemqttd\n")
        tree.file("214/stat", "")
        #expect(Programs.isRunning("bluetoothd", processes: tree.path))
        #expect(Programs.isRunning("systemd", processes: tree.path))
        #expect(Programs.isRunning("a-name-that-is-longer", processes: tree.path))
        #expect(!Programs.isRunning("bluetooth", processes: tree.path) && !Programs.isRunning("bluetoothd2", processes: tree.path))
        // Only numbers are processes.
        #expect(!Programs.isRunning("blemqttd", processes: tree.path))
        #expect(!Programs.isRunning("bluetoothd", processes: "/no/such/folder"))
    }

    @Test func `this machine's programs are read from the kernel`() {
        let own = SmallFile.text("/proc/self/comm").split(separator: "\n")[0]
        #expect(Programs.isRunning(String(own)))
    }
}
