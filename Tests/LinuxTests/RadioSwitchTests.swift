import Bluetooth
import Glibc
import Testing

@testable import Linux

@Suite struct RadioSwitchTests {
    /// sysfs with adapters 0, 1 and 10; rfkill's file beside it.
    private static func system(_ soft: Int = 0, _ hard: Int = 0) -> DirectoryTree {
        let tree = DirectoryTree()
        tree.file("class/bluetooth/hci0/rfkill4/soft", "\(soft)\n")
        tree.file("class/bluetooth/hci0/rfkill4/hard", "\(hard)\n")
        tree.file("class/bluetooth/hci0/rfkill4/name", "hci0\n")
        tree.file("class/bluetooth/hci0/uevent", "DEVTYPE=host\n")
        tree.file("class/bluetooth/hci1/uevent", "DEVTYPE=host\n")
        tree.file("class/bluetooth/hci10/rfkill5/soft", "1\n")
        tree.file("class/bluetooth/hci10/rfkill5/hard", "0\n")
        tree.file("rfkill", "")
        return tree
    }

    private static func unblock(_ adapter: Int, _ tree: DirectoryTree) throws(SystemError) {
        try RadioSwitch.unblock(adapter: adapter, system: tree.path, device: "\(tree.path)/rfkill")
    }

    @Test func `a switch is open, or blocked by software, or by hardware, which weighs more`() {
        for (soft, hard, state) in [(0, 0, BluetoothAdapter.Radio.open), (1, 0, .softBlocked), (0, 1, .hardBlocked), (1, 1, .hardBlocked)] {
            let tree = Self.system(soft, hard)
            defer { tree.remove() }
            #expect(RadioSwitch.state(adapter: 0, system: tree.path) == state)
        }
    }

    @Test func `a switch of the machine's own is found without an adapter, and those of other radios are not`() {
        let tree = DirectoryTree()
        defer { tree.remove() }
        for (number, name, type, soft) in [
            (0, "phy0", "wlan", 1), (1, "tpacpi_bluetooth_sw", "bluetooth", 1), (2, "hci0", "bluetooth", 0), (3, "hci1", "bluetooth", 1),
        ] {
            for (file, text) in [("name", name), ("type", type), ("soft", "\(soft)")] { tree.file("class/rfkill/rfkill\(number)/\(file)", "\(text)\n") }
        }
        #expect(RadioSwitch.blocked(system: tree.path) == ["tpacpi_bluetooth_sw", "hci1"])
        #expect(RadioSwitch.blocked(system: "/no/such/directory") == [])
    }

    @Test func `an adapter without a switch is open, and one that is not there`() {
        let tree = Self.system(1)
        defer { tree.remove() }
        #expect(RadioSwitch.state(adapter: 1, system: tree.path) == .open)
        #expect(RadioSwitch.state(adapter: 7, system: tree.path) == .open)
        #expect(RadioSwitch.state(adapter: 10, system: tree.path) == .softBlocked)
        #expect(RadioSwitch.state(adapter: 0, system: "/no/such/directory") == .open)
    }

    @Test func `unblocking names the adapter's own switch`() throws {
        let tree = Self.system(1)
        defer { tree.remove() }
        try Self.unblock(0, tree)
        // | 4 index | 1 type: Bluetooth | 1 operation: change | 1 soft | 1 hard |
        #expect(try tree.contents("rfkill") == (UInt32(1).littleEndian == 1 ? [4, 0, 0, 0, 2, 2, 0, 0] : [0, 0, 0, 4, 2, 2, 0, 0]))
    }

    @Test func `of several switches all are unblocked`() throws {
        let tree = Self.system(1)
        defer { tree.remove() }
        tree.file("class/bluetooth/hci0/rfkill12/soft", "1\n")
        try Self.unblock(0, tree)
        #expect(try tree.contents("rfkill") == RadioSwitch.request(unblock: 4) + RadioSwitch.request(unblock: 12))
    }

    @Test func `what the machine's own switch blocks is still blocked afterwards`() {
        let tree = Self.system(1, 1)
        defer { tree.remove() }
        #expect(throws: SystemError("unblock by rfkill", ERFKILL)) { try Self.unblock(0, tree) }
    }

    @Test func `where there is no switch, nothing can be unblocked`() {
        let tree = Self.system(1)
        defer { tree.remove() }
        #expect(throws: SystemError("rfkill", ENODEV)) { try Self.unblock(1, tree) }
        #expect(throws: SystemError("open /dev/rfkill", ENOENT)) {
            try RadioSwitch.unblock(adapter: 0, system: tree.path, device: "/no/such/file")
        }
    }
}
