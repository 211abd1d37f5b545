import CBluetooth
import CLinux
import Glibc

/// A Bluetooth adapter as the kernel lists it.
public struct BluetoothAdapter: Equatable, Sendable {
    /// The number in `hciN`; it may change when the adapter is plugged in again.
    public var index: Int
    /// 48-bit address, most significant byte in bits 40–47.
    public var address: UInt64
    /// HCI_UP
    public var isUp: Bool

    public var name: String { "hci\(index)" }

    /// The adapters that the kernel knows, down ones included.
    /// - Throws: `SystemError`; EAFNOSUPPORT where the kernel has no Bluetooth. The corresponding C calls are
    ///   `ioctl(HCIGETDEVLIST)` and `ioctl(HCIGETDEVINFO)`.
    public static func all() throws(SystemError) -> [BluetoothAdapter] {
        let socket = try control()
        let size = MemoryLayout<hci_dev_list_req>.size + Int(HCI_MAX_DEV) * MemoryLayout<hci_dev_req>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let list = memory.assumingMemoryBound(to: hci_dev_list_req.self)
        list.pointee.dev_num = UInt16(HCI_MAX_DEV)
        _ = try retrying("list Bluetooth adapters") { cbluetooth_hcigetdevlist(socket.rawValue, list) }
        // dev_req is a flexible array behind the 16-bit count, aligned to 4.
        let requests = (memory + 4).assumingMemoryBound(to: hci_dev_req.self)
        var adapters: [BluetoothAdapter] = []
        for position in 0..<Int(list.pointee.dev_num) {
            if let adapter = info(Int(requests[position].dev_id), socket) { adapters.append(adapter) }
        }
        return adapters.sorted { $0.index < $1.index }
    }

    /// One adapter; nil where the kernel does not know it (any more).
    private static func info(_ index: Int, _ socket: borrowing FileDescriptor) -> BluetoothAdapter? {
        var info = hci_dev_info()
        info.dev_id = UInt16(index)
        guard cbluetooth_hcigetdevinfo(socket.rawValue, &info) == 0 else { return nil }
        let address = withUnsafeBytes(of: info.bdaddr) { bytes in
            bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        // HCI_UP is bit 0 of the flags.
        return BluetoothAdapter(index: index, address: address, isUp: info.flags & 1 != 0)
    }

    /// Brings the adapter up; it waits for the controller, as long as the kernel does: 10 s at most for one that hangs.
    /// - Throws: `SystemError`: EPERM without CAP_NET_ADMIN, ERFKILL where rfkill blocks it. The corresponding C call is `ioctl(HCIDEVUP)`.
    public static func bringUp(index: Int) throws(SystemError) {
        let socket = try control()
        do throws(SystemError) {
            _ = try retrying("bring adapter up") { cbluetooth_hcidevup(socket.rawValue, Int32(index)) }
        } catch {
            if error.number != EALREADY { throw error }
        }
    }

    private static func control() throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            try retrying("Bluetooth socket") { socket(AF_BLUETOOTH, clinux_sock_raw | clinux_sock_cloexec, BTPROTO_HCI) })
    }
}
