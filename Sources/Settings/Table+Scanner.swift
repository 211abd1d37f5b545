import Bluetooth
import Gateway
import YAMLSchema

extension Configuration.Scanner {
    /// What each adapter may have its own of: keys of `scanner`, and of the elements of `adapters`.
    static var ownRows: [Row<Self>] {
        [
            Row("adapter", \.adapter, .adapter,
                help: "Bluetooth adapter to scan with, by name or by its own address, or all. An address keeps its meaning when adapters are replugged. Beside the list adapters leave this line out."),
            Row("mode", \.mode, .choice(),
                help: "Passive listens only. Active also asks scannable devices for their scan response, which costs them battery. Mixed is passive with short active windows, to learn names."),
            Row("interval_ms", \.intervalMilliseconds, .number(2.5...10240, unit: "milliseconds"),
                help: "From the start of one scan window to the start of the next, in steps of 0.625 ms."),
            Row("window_ms", \.windowMilliseconds, .number(2.5...10240, unit: "milliseconds"),
                help: "How long each window listens, at most interval_ms. Equal to interval_ms it listens all the time."),
            Row("own_address_type", \.usesRandomAddress, .choice([("public", false), ("random", true)]),
                help: "The address that scan requests carry. It matters in active and mixed mode only."),
            Row("phys", \.phys, .choice([("auto", [.le1M, .leCoded]), ("1m", .le1M), ("coded", .leCoded), ("both", [.le1M, .leCoded])]),
                help: "What to listen on: 1m hears almost everything there is, coded only long range advertisements. Auto is both where the controller can, else 1m."),
            Row("access", \.access, .choice([("raw", .raw), ("mgmt", .management), ("exclusive", .exclusive)]),
                help: "Raw gives the adapter commands beside other programs. Mgmt asks the kernel, which shares the scan with bluetoothd. Exclusive takes the adapter away from every other program."),
            Row("receive_buffer", \.receiveBufferBytes, .size(64 << 10...64 << 20),
                help: "The kernel's buffer between adapter and daemon. What does not fit is lost, and counted."),
        ]
    }
}

extension Configuration {
    static var scannerRows: [Row<Configuration>] {
        Row.section(
            "scanner", \.scanner, restarts: .scans, help: "The adapter and how it scans.",
            Scanner.ownRows
                + Row.section(
                    "mixed", \.mixed, help: "The turns of mode mixed.",
                    [
                        Row("period", \.periodSeconds, .integer(5...86400, unit: "seconds"),
                            help: "From the start of one active window to the start of the next."),
                        Row("active", \.activeSeconds, .integer(1...3600, unit: "seconds"),
                            help: "How long each active window is, less than period."),
                    ])
                + Row.section(
                    "watchdog", \.watchdog, help: "When silence is taken for a fault.",
                    [
                        Row("silence", \.silenceSeconds, .integer(5...86400, unit: "seconds", zero: "never"),
                            help: "After this long without an advertisement that says something, the scan is taken for stopped and is started again."),
                        Row("check", \.checkSeconds, .integer(1...3600, unit: "seconds"), help: "Time between two looks."),
                    ])
                + Row.section(
                    "recovery", \.recovery, help: "What may be done to an adapter that has stopped hearing.",
                    [
                        Row("power_cycle", \.powerCycle, .flag,
                            help: "Whether the adapter may be taken down and up again. Other programs notice."),
                        Row("rfkill_unblock", \.unblockRadio, .flag,
                            help: "Whether a radio that rfkill blocks by software may be unblocked. Somebody may have meant it."),
                        Row("usb_reset", \.usbReset, .flag, help: "Whether a USB adapter may be reset as if it had been unplugged."),
                    ]))
    }

    static var adapterRows: [Row<Configuration>] {
        Row.list(
            "adapters", \.adapters, maximum: 16, new: Partial(Scanner()), affects: Restart.scans.rawValue,
            example: [["adapter: hci0"], ["adapter: AA:BB:CC:DD:EE:FF", "mode: active", "phys: 1m"]],
            help: "Several adapters at once, in place of scanner.adapter. What an element leaves out is as scanner says.",
            Scanner.ownRows.map { row in
                row.overriding("scanner", required: row.key.path == "adapter" ? "hci0" : nil, help: helpInElements[row.key.path] ?? row.key.help)
            })
    }

    private static let helpInElements = [
        "adapter": "The adapter; no two elements may name the same. All means those that no other element names.",
        "mode": "Its scan mode.",
        "interval_ms": "Its scan interval.",
        "window_ms": "Its scan window, at most its interval.",
        "own_address_type": "The address that its scan requests carry.",
        "phys": "What it listens on.",
        "access": "How it is shared with other programs.",
        "receive_buffer": "The kernel's buffer between it and the daemon.",
    ]
}
