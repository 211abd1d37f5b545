import Bluetooth
import Glibc
import Testing

@testable import Linux

@Suite struct BluetoothAdapterTests {
    private static func adapter(flags: UInt32 = 0, type: UInt8 = 0, features: [UInt8] = [0, 0, 0, 0, 0x60, 0, 0, 0]) -> BluetoothAdapter {
        BluetoothAdapter(index: 3, address: [1, 2, 3, 4, 5, 0xAA] as [UInt8], flags: flags, type: type, features: features)
    }

    @Test func `an address comes with its least significant byte first`() {
        let adapter = Self.adapter()
        #expect(adapter.address == DeviceAddress(0xAA05_0403_0201) && adapter.index == 3 && adapter.name == "hci3")
    }

    @Test func `up and raw are a bit each`() {
        #expect(!Self.adapter(flags: 0).isUp && !Self.adapter(flags: 0).isRaw)
        #expect(Self.adapter(flags: 1).isUp && !Self.adapter(flags: 1).isRaw)
        #expect(!Self.adapter(flags: 0xFE).isUp && !Self.adapter(flags: 0xFE).isRaw)
        #expect(!Self.adapter(flags: 0x100).isUp && Self.adapter(flags: 0x100).isRaw)
    }

    @Test func `the bus is in the low bits of the type`() {
        let names = (0...11).map { Self.adapter(type: $0).bus.rawValue }
        #expect(names == ["virtual", "usb", "other", "uart", "other", "pci", "sdio", "other", "other", "other", "other", "other"])
        #expect(Self.adapter(type: 0x11).bus == .usb)
    }

    @Test func `LE is bit 38 of the features, and unknown before the kernel has asked`() {
        #expect(Self.adapter(features: [0, 0, 0, 0, 0x40, 0, 0, 0]).speaksLE == true)
        #expect(Self.adapter(features: [0xFF, 0xFF, 0xFF, 0xFF, 0xBF, 0xFF, 0xFF, 0xFF]).speaksLE == false)
        #expect(Self.adapter(features: [UInt8](repeating: 0, count: 8)).speaksLE == nil)
    }

    @Test func `a kernel without Bluetooth fails everything with that error`() throws {
        // Where the kernel has it, the adapters' number is the machine's affair.
        let failures = [
            failure { _ = try AdapterEvents() }, failure { _ = try ManagementSocket() }, failure { _ = try BluetoothAdapter.all() },
            failure { try BluetoothAdapter.takeDown(index: 65_000) }, failure { _ = try HCISocket(adapter: 65_000, .exclusive) },
        ]
        if failures[0]?.isUnsupported == true {
            #expect(failures.allSatisfy { $0?.isUnsupported == true })
        } else {
            #expect(failures[0] == nil && failures[1] == nil && failures[2] == nil)
        }
        #expect(failures[3] != nil && failures[4] != nil)
        #expect(!BluetoothAdapter(index: 65_000, address: [], flags: 1, type: 0, features: Array(repeating: 0, count: 8)).isExclusive)
    }

    private func failure(_ call: () throws -> Void) -> SystemError? {
        do {
            try call()
            return nil
        } catch {
            return error as? SystemError
        }
    }
}
