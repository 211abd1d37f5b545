import Bluetooth
import CBluetooth
import CLinux
import Glibc

extension BluetoothAdapter.Bus {
    /// - Parameter number: `HCI_VIRTUAL`, `HCI_USB`…
    init(number: Int32) {
        self =
            switch number {
            case HCI_VIRTUAL: .virtual
            case HCI_USB: .usb
            case HCI_UART: .uart
            case HCI_PCI: .pci
            case HCI_SDIO: .sdio
            default: .other
            }
    }
}

extension BluetoothAdapter {
    /// Takes the fields of the kernel's `struct hci_dev_info`.
    /// - Parameters:
    ///   - address: least significant byte first.
    ///   - type: | 4 bits bus | 2 bits kind of controller | 2 bits unused |, bus in the low bits.
    ///   - features: page 0 of the LMP features, 8 bytes; all zero before the kernel has asked for them.
    init(index: Int, address: some Sequence<UInt8>, flags: UInt32, type: UInt8, features: [UInt8], radio: Radio = .open) {
        self.init(
            index: index, address: DeviceAddress(address.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }),
            isUp: flags & 1 << HCI_UP != 0, isRaw: flags & 1 << HCI_RAW != 0, bus: Bus(number: Int32(type & 0x0F)),
            speaksLE: features.allSatisfy { $0 == 0 } ? nil : features[4] & 0x40 != 0, radio: radio)
    }

    /// A program has this adapter to itself (`HCI_USER_CHANNEL`); asks the kernel, and disturbs no program.
    ///
    /// The kernel shows it only by refusing: with EBUSY it refuses, on a raw socket on that adapter, even to report whether a connection is
    /// authenticated, which it otherwise reports (ENOENT for a connection that does not exist). The corresponding C call is
    /// `ioctl(HCIGETAUTHINFO)`.
    public var isExclusive: Bool {
        do throws(SystemError) {
            let socket = try HCISocket.unbound()
            try HCISocket.bind(socket, device: UInt16(index), channel: HCI_CHANNEL_RAW)
            var request = hci_auth_info_req()
            _ = try retrying("ask about a connection") { cbluetooth_hcigetauthinfo(socket.rawValue, &request) }
            return false
        } catch {
            return error.number == EBUSY
        }
    }

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

    /// One adapter; nil if the kernel does not know it (any more).
    private static func info(_ index: Int, _ socket: borrowing FileDescriptor) -> BluetoothAdapter? {
        var info = hci_dev_info()
        info.dev_id = UInt16(index)
        guard cbluetooth_hcigetdevinfo(socket.rawValue, &info) == 0 else { return nil }
        return BluetoothAdapter(
            index: index, address: withUnsafeBytes(of: info.bdaddr) { Array($0) }, flags: info.flags, type: info.type,
            features: withUnsafeBytes(of: info.features) { Array($0) }, radio: RadioSwitch.state(adapter: index))
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

    /// Takes the adapter down, whoever uses it; it waits for the controller, 2 s at most for one that hangs. One that is down already
    /// stays down.
    /// - Throws: `SystemError`: EPERM without CAP_NET_ADMIN, EBUSY where a program has it to itself, ENODEV where it has gone.
    ///   The corresponding C call is `ioctl(HCIDEVDOWN)`.
    public static func takeDown(index: Int) throws(SystemError) {
        let socket = try control()
        _ = try retrying("take adapter down") { cbluetooth_hcidevdown(socket.rawValue, Int32(index)) }
    }

    /// Takes the adapter down, waits half a second and brings it up again. It blocks for all of that, so it is to be called on a thread of
    /// its own (`BackgroundTask`).
    /// - Throws: `SystemError`, of whichever step failed; after a failure the adapter may be down.
    public static func powerCycle(index: Int) throws(SystemError) {
        try takeDown(index: index)
        Clock.pause(nanoseconds: 500_000_000)
        try bringUp(index: index)
    }

    private static func control() throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            try retrying("Bluetooth socket") { socket(AF_BLUETOOTH, clinux_sock_raw | clinux_sock_cloexec, BTPROTO_HCI) })
    }
}
