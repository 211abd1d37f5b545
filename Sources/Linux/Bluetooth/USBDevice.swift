import CLinux
import Glibc

/// The USB device that an adapter is.
public enum USBDevice {
    /// Resets the device as if it were unplugged and plugged in again, which it is to the kernel: the adapter goes and comes back, and may
    /// have another index then. Blocks for the time of that, a second or more.
    /// - Throws: `SystemError`: ENODEV where the adapter is no USB device, EACCES without the right to write to
    ///   `/dev/bus/usb/BBB/DDD`. The corresponding C call is `ioctl(USBDEVFS_RESET)`.
    public static func reset(adapter: Int) throws(SystemError) {
        guard let path = path(adapter: adapter) else { throw SystemError("reset the USB device", ENODEV) }
        let file = FileDescriptor(try retrying("open the USB device") { open(path, O_WRONLY | O_CLOEXEC) })
        _ = try retrying("reset the USB device") { clinux_usb_reset(file.rawValue) }
    }

    /// `/dev/bus/usb/BBB/DDD`, nil if the adapter is no USB device. The adapter's `device` is one interface of it.
    /// - Parameter system: where sysfs is mounted.
    static func path(adapter: Int, system: String = "/sys") -> String? {
        let device = "\(system)/class/bluetooth/hci\(adapter)/device/.."
        guard let bus = SmallFile.number("\(device)/busnum"), let number = SmallFile.number("\(device)/devnum") else { return nil }
        return "/dev/bus/usb/\(threeDigits(bus))/\(threeDigits(number))"
    }

    private static func threeDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
    }
}
