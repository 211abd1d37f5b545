import Testing

@testable import Linux

@Suite struct ProgramsTests {
    @Test func `a program is known by its name, all of it`() {
        let tree = DirectoryTree()
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
        #expect(!Programs.isRunning("bluetoothd", processes: "/no/such/directory"))
    }

    @Test func `a program is reported with its number and arguments, empty ones too`() {
        let tree = DirectoryTree()
        defer { tree.remove() }
        tree.file("212/comm", "blemqttd\n")
        tree.file("212/cmdline", "/usr/bin/blemqttd\0--config\0/etc/a b\0\0")
        tree.file("213/comm", "blemqttd2\n")
        // A thread of the kernel, or a process that has ended.
        tree.file("214/comm", "blemqttd\n")
        let found = Programs.running("blemqttd", processes: tree.path).sorted { $0.number < $1.number }
        #expect(found.map(\.number) == [212, 214])
        #expect(found.map(\.arguments) == [["/usr/bin/blemqttd", "--config", "/etc/a b", ""], []])
    }

    @Test func `this machine's programs are read from the kernel`() {
        let own = SmallFile.text("/proc/self/comm").split(separator: "\n")[0]
        #expect(Programs.isRunning(String(own)))
    }
}
