import Bluetooth
import CLinux
import Glibc

/// An adapter's switch in rfkill.
public enum RadioSwitch {
    /// The state of `/sys/class/bluetooth/hciN/rfkill*/{hard,soft}`; `open` where the adapter has no switch, or is not there.
    /// - Parameter system: where sysfs is mounted.
    public static func state(adapter: Int, system: String = "/sys") -> BluetoothAdapter.Radio {
        let directories = switches(adapter, system).map { directory(adapter, system) + "/rfkill\($0)" }
        if directories.contains(where: { SmallFile.number("\($0)/hard") == 1 }) { return .hardBlocked }
        return directories.contains { SmallFile.number("\($0)/soft") == 1 } ? .softBlocked : .open
    }

    /// The names of the Bluetooth switches that software blocks, the machine's own among them, with which an adapter goes from the bus.
    /// - Parameter system: where sysfs is mounted.
    public static func blocked(system: String = "/sys") -> [String] {
        let directory = "\(system)/class/rfkill"
        return SmallFile.names(in: directory).sorted().map { "\(directory)/\($0)" }.filter {
            SmallFile.text("\($0)/type") == "bluetooth\n" && SmallFile.number("\($0)/soft") == 1
        }.map { String(SmallFile.text("\($0)/name").prefix { !$0.isNewline }) }
    }

    /// Takes the software's block off this adapter, and no other. The adapter stays down until it is brought up.
    /// - Parameters:
    ///   - system: where sysfs is mounted.
    ///   - device: rfkill's device, which takes | 4 index | 1 type | 1 operation | 1 soft | 1 hard | (`struct rfkill_event`).
    /// - Throws: `SystemError`: ENODEV where the adapter has no switch, ERFKILL where the machine's own switch blocks it, EACCES
    ///   without the right to write to `device`. The corresponding C function is `write` with `RFKILL_OP_CHANGE`.
    public static func unblock(adapter: Int, system: String = "/sys", device: String = "/dev/rfkill") throws(SystemError) {
        let numbers = switches(adapter, system)
        guard !numbers.isEmpty else { throw SystemError("rfkill", ENODEV) }
        let file = FileDescriptor(try retrying("open /dev/rfkill") { open(device, O_WRONLY | O_CLOEXEC) })
        for number in numbers {
            let event = request(unblock: number)
            _ = try retrying("unblock by rfkill") { write(file.rawValue, event, event.count) }
        }
        if state(adapter: adapter, system: system) == .hardBlocked { throw SystemError("unblock by rfkill", ERFKILL) }
    }

    /// `struct rfkill_event`, the index in the machine's byte order.
    static func request(unblock number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number) { Array($0) } + [UInt8(RFKILL_TYPE_BLUETOOTH.rawValue), UInt8(RFKILL_OP_CHANGE.rawValue), 0, 0]
    }

    private static func directory(_ adapter: Int, _ system: String) -> String { "\(system)/class/bluetooth/hci\(adapter)" }

    /// The numbers in `rfkillN`.
    private static func switches(_ adapter: Int, _ system: String) -> [UInt32] {
        SmallFile.names(in: directory(adapter, system)).filter { $0.hasPrefix("rfkill") }.compactMap { UInt32($0.dropFirst(6)) }.sorted()
    }
}
