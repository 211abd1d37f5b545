import Bluetooth
import Gateway
import YAMLSchema

extension Configuration.Scanner: Keyed {
    /// What each adapter may have its own of: keys of `scanner`, and of the elements of `adapters`.
    package mutating func name(_ keys: Keys) {
        keys("adapter", &adapter, .adapter,
            help: "Bluetooth adapter to scan with, by name or by its own address, or all. An address keeps its meaning when adapters are replugged. Beside the list adapters leave this line out.")
        keys("mode", &mode, .choice(),
            help: "Passive listens only. Active also asks scannable devices for their scan response, which costs them battery. Mixed is passive with short active windows, to learn names.")
        keys("interval_ms", &intervalMilliseconds, .number(2.5...10240, unit: "milliseconds"),
            help: "From the start of one scan window to the start of the next, in steps of 0.625 ms.")
        keys("window_ms", &windowMilliseconds, .number(2.5...10240, unit: "milliseconds"),
            help: "How long each window listens, at most interval_ms. Equal to interval_ms it listens all the time.")
        keys("own_address_type", &usesRandomAddress, .choice([("public", false), ("random", true)]),
            help: "The address that scan requests carry. It matters in active and mixed mode only.")
        keys("phys", &phys, .choice([("auto", [.le1M, .leCoded]), ("1m", .le1M), ("coded", .leCoded), ("both", [.le1M, .leCoded])]),
            help: "What to listen on: 1m hears almost everything there is, coded only long range advertisements. Auto is both where the controller can, else 1m.")
        keys("access", &access, .choice([("raw", .raw), ("mgmt", .management), ("exclusive", .exclusive)]),
            help: "Raw gives the adapter commands beside other programs. Mgmt asks the kernel, which shares the scan with bluetoothd. Exclusive takes the adapter away from every other program.")
        keys("receive_buffer", &receiveBufferBytes, .size(64 << 10...64 << 20),
            help: "The kernel's buffer between adapter and daemon. What does not fit is lost, and counted.")
    }
}

extension Configuration {
    mutating func nameScanner(_ keys: Keys) {
        keys.section("scanner", affects: .scans, help: "The adapter and how it scans.") {
            scanner.name(keys)
            keys.section("mixed", help: "The scan schedule of mode mixed.") {
                keys("period", &scanner.mixed.periodSeconds, .integer(5...86400, unit: "seconds"),
                    help: "From the start of one active window to the start of the next.")
                keys("active", &scanner.mixed.activeSeconds, .integer(1...3600, unit: "seconds"),
                    help: "How long each active window is, less than period.")
            }
            keys.section("watchdog", help: "When silence is taken for a fault.") {
                keys("silence", &scanner.watchdog.silenceSeconds, .integer(5...86400, unit: "seconds", zero: "never"),
                    help: "After this long without an advertisement that says something, the scan is taken for stopped and is started again.")
                keys("check", &scanner.watchdog.checkSeconds, .integer(1...3600, unit: "seconds"), help: "Time between two checks.")
            }
            keys.section("recovery", help: "What may be done to an adapter that has stopped hearing.") {
                keys("power_cycle", &scanner.recovery.powerCycle, .flag,
                    help: "Whether the adapter may be taken down and up again. Other programs notice.")
                keys("rfkill_unblock", &scanner.recovery.unblockRadio, .flag,
                    help: "Whether a radio that rfkill blocks by software may be unblocked. Somebody may have meant it.")
                keys("usb_reset", &scanner.recovery.usbReset, .flag, help: "Whether a USB adapter may be reset as if it had been unplugged.")
            }
        }
    }

    mutating func nameAdapters(_ keys: Keys) {
        keys.list(
            "adapters", &adapters, maximum: 16, new: Partial(Scanner()), affects: .scans,
            example: [["adapter: hci0"], ["adapter: AA:BB:CC:DD:EE:FF", "mode: active", "phys: 1m"]],
            help: "Several adapters at once, in place of scanner.adapter. What an element leaves out is as scanner says."
        ) {
            keys.part(of: "scanner", &$0, required: ("adapter", "hci0"), help: Self.helpInElements)
        }
    }

    private static func helpInElements(_ name: String) -> String? {
        switch name {
        case "adapter": "The adapter; no two elements may name the same. All means those that no other element names."
        case "mode": "Its scan mode."
        case "interval_ms": "Its scan interval."
        case "window_ms": "Its scan window, at most its interval."
        case "own_address_type": "The address that its scan requests carry."
        case "phys": "What it listens on."
        case "access": "How it is shared with other programs."
        case "receive_buffer": "The kernel's buffer between it and the daemon."
        default: nil
        }
    }
}
