import Glibc
import Testing

@testable import Linux

@Suite struct USBDeviceTests {
    /// An adapter on USB, where `device` is an interface of the device, and one on a serial line.
    private static func system() -> DirectoryTree {
        let tree = DirectoryTree()
        tree.file("devices/usb1/1-4/busnum", "1\n")
        tree.file("devices/usb1/1-4/devnum", "27\n")
        tree.file("devices/usb1/1-4/1-4:1.0/bInterfaceClass", "e0\n")
        tree.link("class/bluetooth/hci0/device", to: "devices/usb1/1-4/1-4:1.0")
        tree.file("devices/serial0/serial0-0/modalias", "of:NbluetoothT\n")
        tree.link("class/bluetooth/hci1/device", to: "devices/serial0/serial0-0")
        tree.file("class/bluetooth/hci2/uevent", "DEVTYPE=host\n")
        return tree
    }

    @Test func `a USB adapter's device has the numbers of its bus and of itself, of three digits each`() {
        let tree = Self.system()
        defer { tree.remove() }
        #expect(USBDevice.path(adapter: 0, system: tree.path) == "/dev/bus/usb/001/027")
        tree.file("devices/usb2/2-1/busnum", "112\n")
        tree.file("devices/usb2/2-1/devnum", "104\n")
        tree.file("devices/usb2/2-1/2-1:1.0/bInterfaceClass", "e0\n")
        tree.link("class/bluetooth/hci5/device", to: "devices/usb2/2-1/2-1:1.0")
        #expect(USBDevice.path(adapter: 5, system: tree.path) == "/dev/bus/usb/112/104")
    }

    @Test func `an adapter on a serial line is no USB device, nor is a virtual one, nor one that is not there`() {
        let tree = Self.system()
        defer { tree.remove() }
        for adapter in 1...3 { #expect(USBDevice.path(adapter: adapter, system: tree.path) == nil) }
    }

    @Test func `what is no USB device cannot be reset as one`() {
        #expect(throws: SystemError("reset the USB device", ENODEV)) { try USBDevice.reset(adapter: 65_000) }
    }
}
